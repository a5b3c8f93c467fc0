from functools import cache

from reconattack.run.library_digest import library_digest
from reconattack.run.plan.paths import PROVENANCE, alternatives, of_fold
from reconattack.run.plan.plan import Plan

RUN = config["run"]
RECONSTRUCTION = config["reconstruction"]
plan = Plan.of(config, f"{ROOT}/schemas/frames.schema.json")
growing = plan.resources.growing


def as_inputs(paths):
    """Mark files that are no results as local, so that they are not looked for in object storage."""
    return [path if path.startswith("results/") else local(path) for path in paths]


def placed(path):
    """Path of a result that is no input or output of a rule.

    Snakemake puts the prefix of a module before inputs and outputs alone.
    """
    return workflow.modifier.path_modifier.replace_prefix(path)


@cache
def library(script, *modules):
    """Digest of the library modules behind a script: a change in one re-runs the rule."""
    return library_digest(f"{ROOT}/{script}", *modules)


# Names that rules still use for parts of the plan.
from pathlib import Path

from reconattack.classifiers import kinds
from reconattack.classifiers.backends.model_files import files_of
from reconattack.run.plan import report as report_plan

ROWS = plan.cohorts.rows
chunk_of = plan.cohorts.output
CALIBRATION_FRAMES = plan.cohorts.calibration_frames
ADMITTED = f"results/frames/{RUN['rf_cohort']}/admitted.csv"
CHECKED_CHUNKS = plan.training.checked_chunks
CHECKED = plan.cohorts.size(*CHECKED_CHUNKS)
FRAMES = plan.results.frames
SIMULATED_COHORTS = plan.training.simulated_cohorts
SIMULATED_SCANNERS = plan.training.simulated_scanners
SIMULATED = plan.cohorts.kind(RUN["rf_cohort"]) == "simulated_rf"
ALL_CHUNKS = plan.cohorts.all_paths
REPORT_CATEGORY = plan.report.categories
report_labels = plan.report.labels
MODELS = config["models"]
NETWORKS = plan.results.networks
is_brought, is_keras, is_texture = (
    plan.models.is_brought,
    plan.models.is_keras,
    plan.models.is_texture,
)
model_files, keras_files = plan.models.files, plan.models.keras_files
model_folder, model_settings = plan.models.output, plan.models.settings
model_protocol, model_kind, model_takes = (
    plan.models.protocol,
    plan.models.kind,
    plan.models.takes,
)
is_immune, history_files, folds_files = (
    plan.models.is_immune,
    plan.models.histories,
    plan.models.folds_files,
)
training_settings, training_images = plan.models.training_settings, plan.training.images
answers_minutes = plan.resources.answers_minutes
predicting_memory, predicting_minutes = (
    plan.resources.predicting_memory,
    plan.resources.predicting_minutes,
)
training_memory, training_minutes = (
    plan.resources.training_memory,
    plan.resources.training_minutes,
)
texture_memory = plan.resources.texture_memory
attack_memory, attack_minutes = plan.resources.attack_memory, plan.resources.attack_minutes
judging_memory, judging_minutes = plan.resources.judging_memory, plan.resources.judging_minutes
is_white_box, box_of, grid_of = plan.attacks.is_white_box, plan.attacks.box, plan.attacks.grid_of
STEPPING, REPORTED_ATTACK = plan.attacks.stepping, plan.attacks.reported
ATTACK_FILES, GRID_FILES = plan.results.attacks, plan.results.grids
KNOB_FILES, MARGIN_FILES = plan.results.knobs, plan.results.margins
GRID_ATTACKS, GRIDS = plan.results.grid_attacks, plan.results.grid_of_path
PATHS_OF_GRIDS, WALKS = plan.results.walk_of_grid, plan.results.walks
TRANSFER_FILES, ACCIDENTAL_FILES = plan.results.transfers, plan.results.accidental
VALIDATION_FILES, RECORDS = plan.models.validations(), plan.results.records
TABLES, FIGURES = plan.results.tables, plan.figures.paths
shown_of, SHOWN = plan.explorer.frames_of, plan.explorer.frames
EXPLORED, EXPLORED_BOX = plan.explorer.files, plan.explorer.box
EXPLORER, DOSSIER = plan.explorer.pages, plan.explorer.dossier
SHOWN_TABLES, TABLE_NAMES = plan.report.tables, plan.report.table_names
NUMBERED, TABLE_PAGES = plan.report.numbered, report_plan.TABLES


def chunk_rows(wildcards):
    return plan.cohorts.chunk_rows(wildcards.cohort, wildcards.chunk)


def chunk_files(wildcards):
    return plan.cohorts.chunk_files(wildcards.cohort, wildcards.chunk)


def chunk_scanners(wildcards):
    return plan.cohorts.chunk_scanners(wildcards.cohort, wildcards.chunk)


def cohort_chunks(kind, cohort):
    return plan.cohorts.paths(kind, [cohort])


def calibrated_cohorts():
    return plan.cohorts.calibrating


def training_frames():
    return plan.training.frames


def networks(*models):
    return plan.models.networks(models)


def network_files(*models):
    return plan.models.all_files(models)


def networks_memory(*models):
    return plan.resources.networks_memory(models)


def rate_limited(*models):
    return plan.models.rate_limited(models)


def brought_notes(model):
    return plan.models.brought_notes([model])


def model_threads(wildcards):
    return plan.models.threads(wildcards.model)


def transfer_sources(wildcards):
    return plan.results.transfer_sources(
        wildcards.model, wildcards.seed, wildcards.fold, wildcards.chunk
    )


def table_caption(name):
    return f"../report/{report_plan.table_caption(name)}"


def report_texts():
    return report_plan.texts_digest(Path(ROOT, "report"))
