import os
from functools import cache

from reconattack.run.ending import ending
from reconattack.run.library_digest import library_digest
from reconattack.run.plan.paths import (
    ANSWER,
    CARD,
    CARD_XML,
    EXPLORER,
    FOLDS,
    NETWORK,
    PROVENANCE,
    SUMMARY,
    alternatives,
    attack_path,
    chunk_path,
    figure_path,
    guard_path,
    of_fold,
    of_network,
    predictions_path,
    property_path,
    table_path,
    units_path,
)
from reconattack.run.plan.plan import Plan
from reconattack.run.plan.report import table_caption, texts_digest

RUN = config["run"]
RECONSTRUCTION = config["reconstruction"]
plan = Plan.of(config, f"{ROOT}/schemas/frames.schema.json")
growing = plan.resources.growing


def as_inputs(paths):
    """Mark files that are no results as local, so that they are not looked for in object storage.

    One that is not there is left out: the job that needs it says so better than Snakemake would.
    """
    return [
        path if path.startswith("results/") else local(path)
        for path in paths
        if path.startswith("results/") or os.path.exists(path)
    ]


def placed(path):
    """Path of a result that is no input or output of a rule.

    Snakemake puts the prefix of a module before inputs and outputs alone.
    """
    return workflow.modifier.path_modifier.replace_prefix(path)


@cache
def library(script, *modules):
    """Digest of the library modules behind a script: a change in one re-runs the rule."""
    return library_digest(f"{ROOT}/{script}", *modules)


# The prefix of a module is known only while its rules are read.
ENDING = (placed(ANSWER), [placed(path) for path in (SUMMARY, *plan.explorer.pages)])


def answer():
    """The answer and the place of the pages, if this run was to make the summary page."""
    names = {job.rule.name for job in workflow.dag.jobs}
    is_asked = not workflow.dryrun and any(name.endswith("summary_page") for name in names)
    return ending(*ENDING) if is_asked else ""
