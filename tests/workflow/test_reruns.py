"""What a change makes Snakemake run again: the steps that depend on it, and nothing else."""

import dataclasses
import os
import shutil
from collections import Counter

import numpy as np
import pytest
import yaml

from tests.workflow.workflow_run import PICTURE_CHUNK, ROOT, TABLE_CHUNKS, WITH_REPORT

# Rules with their numbers of jobs in config/smoke.yaml
REPORT = Counter(report=1)
AFTER_FIGURE = Counter(summary_page=1, run_pages=1, checklists=1) + REPORT
AFTER_TABLE = Counter(captions=1, table_pages=1, model_card=1) + AFTER_FIGURE
AFTER_SUMMARISE = Counter(summarise=1, compare_with_paper=1, tabulate_timings=1)
SUCCESS = Counter(success_against_budget=1, success_against_visibility=1)
TABULATE = (
    AFTER_SUMMARISE
    + SUCCESS
    + Counter(tabulate_attacks=1, flag_attacks=1, compare=1, fig3_adversarial=1, animation=1)
)
ENVELOPE = Counter(tabulate_envelope=1, envelope=1)
ONE_ATTACK = Counter(attack=4, attack_paths=1, dossier=1, explorer=1) + TABULATE + ENVELOPE
CORNERS = (  # corners and small_change
    Counter(attack=8, attack_paths=1, explorer=1) + TABULATE + ENVELOPE
)
LATTICE_SHOWN = Counter(explorer=1, dossier=1)
ATTACK = ONE_ATTACK + Counter(attack=12, tabulate_margins=1, margins=1)
TIMINGS = Counter(tabulate_timings=1)
CHECK = Counter(tabulate_frames=1, tabulate_boxes=1)
TABULATE_ACCIDENTAL = Counter(tabulate_accidental=1, accidental_change=1)
ACCIDENTAL = Counter(judge_settings=4, tabulate_repeatability=1) + TABULATE_ACCIDENTAL
LATTICE = Counter(judge_lattice=4)
JUDGE = Counter(predict=1, roc=1, validate_simulation=1)
TRAIN = Counter(train=2) + JUDGE + ATTACK + ACCIDENTAL + LATTICE
RECONSTRUCT = Counter(reconstruct=2, tabulate_reference_levels=1, fig1_samples=1) + TRAIN
FIGURES = SUCCESS + Counter(
    fig1_samples=1,
    fig2_pipeline=1,
    fig3_adversarial=1,
    roc=1,
    attack_paths=1,
    dossier=1,
    animation=1,
    accidental_change=1,
    margins=1,
    envelope=1,
)
EVERYTHING = (
    Counter(simulate_frames=4, simulate_images=2, admit_frames=1)
    + CHECK
    + Counter(assign_folds=1, fig2_pipeline=1, tabulate_small_change=1)
    + RECONSTRUCT
)

FILES = {
    "reconattack/simulation/acoustics.py": EVERYTHING + AFTER_TABLE,
    "reconattack/readers/rf/metaimage.py": {},
    "reconattack/classifiers/training/training.py": TRAIN + AFTER_TABLE,
    "reconattack/classifiers/training/networks/compact.py": TRAIN + AFTER_TABLE,
    "reconattack/classifiers/training/networks/rf_lines.py": {},  # no model of the run uses it
    # What a network decides is part of its training.
    "reconattack/classifiers/decisions/binary.py": TRAIN + AFTER_TABLE,
    "reconattack/attacks/drawn_settings.py": ACCIDENTAL + ENVELOPE + TIMINGS + AFTER_TABLE,
    "reconattack/attacks/methods/zoo.py": ONE_ATTACK + AFTER_TABLE,
    "reconattack/attacks/methods/corners.py": CORNERS + AFTER_TABLE,
    "reconattack/attacks/methods/cobyqa.py": {},  # no attack of the run uses it
    "reconattack/attacks/methods/further.py": {},  # a new method
    # A run without a guard depends on nothing of guards.
    "reconattack/attacks/guarded.py": {},
    "reconattack/classifiers/guard.py": {},
    "scripts/attacks/attack_guarded.py": {},
    "reconattack/attacks/run.py": ATTACK + AFTER_TABLE,
    "reconattack/attacks/judged_lattice.py": LATTICE + LATTICE_SHOWN + AFTER_FIGURE,
    "scripts/tables/tabulate_margins.py": Counter(tabulate_margins=1, margins=1) + AFTER_TABLE,
    "reconattack/reconstruction/picture_change.py": (
        Counter(tabulate_small_change=1, tabulate_boxes=1)
        + ATTACK
        + ACCIDENTAL
        + LATTICE
        + AFTER_TABLE
    ),
    "reconattack/evidence/statistics.py": (
        AFTER_SUMMARISE
        + SUCCESS
        + Counter(roc=1, validate_simulation=1, compare=1, tabulate_repeatability=1)
        + TABULATE_ACCIDENTAL
        + ENVELOPE
        + AFTER_TABLE
    ),
    "reconattack/evidence/envelope.py": ENVELOPE + AFTER_TABLE,
    "reconattack/evidence/variance_components.py": (
        Counter(tabulate_repeatability=1) + AFTER_TABLE - Counter(model_card=1)  # not in the card
    ),
    "reconattack/evidence/flags.py": Counter(flag_attacks=1) + AFTER_TABLE,
    "reconattack/figures/panels.py": FIGURES + CHECK + AFTER_TABLE,
    "reconattack/figures/style.py": FIGURES + CHECK + AFTER_TABLE,
    "reconattack/frames/quality.py": CHECK + AFTER_TABLE,
    "scripts/tables/tabulate_attacks.py": TABULATE + AFTER_TABLE,
    "scripts/figures/dossier.py": Counter(dossier=1) + AFTER_FIGURE,
    "scripts/figures/roc.py": Counter(roc=1) + AFTER_FIGURE,
    "reconattack/pages/explorer/page.css": Counter(explorer=1) + REPORT,
    "reconattack/pages/explorer/judgements.py": Counter(explorer=1) + REPORT,
    "reconattack/pages/wording.py": Counter(summary_page=1, captions=1, model_card=1) + REPORT,
    "reconattack/pages/printed_page/page.css": (
        Counter(summary_page=1, model_card=1, checklists=1) + REPORT
    ),
    "reconattack/pages/checklists/checklists.yaml": Counter(checklists=1) + REPORT,
    "reconattack/pages/model_card/facts.py": Counter(model_card=1) + REPORT,
    "reconattack/pages/table_page/page.js": Counter(table_pages=1, run_pages=1) + REPORT,
    "report/roc.rst": Counter(summary_page=1) + REPORT,
}

KEYS = {
    "models.compact.dropout": (0.4, TRAIN + AFTER_TABLE),
    "attacks.zoo.parameters.beta.rate": (0.1, ONE_ATTACK + AFTER_TABLE),
    "card.developer": ("somebody", Counter(model_card=1, checklists=1) + REPORT),
    "accidental.settings": (6, ACCIDENTAL + ENVELOPE + TIMINGS + AFTER_TABLE),
    "run.changed_limit": (0.1, ENVELOPE + AFTER_TABLE),
    "explorer.points": (4, LATTICE + Counter(explorer=1, dossier=1) + AFTER_FIGURE),
    "run.cutoff": (0.4, ATTACK + JUDGE + TABULATE_ACCIDENTAL + AFTER_TABLE),
    "run.figure_style": ("slides", FIGURES + CHECK + AFTER_TABLE),
    "run.visible_limit.ssim": (
        0.9,
        AFTER_SUMMARISE
        + Counter(success_against_visibility=1, tabulate_small_change=1, explorer=1)
        + AFTER_TABLE,
    ),
    "reconstruction.initial.beta": (
        0.85,  # inside the box of small changes too
        RECONSTRUCT + CHECK + Counter(fig2_pipeline=1, tabulate_small_change=1) + AFTER_TABLE,
    ),
    "cohorts.simulated_validation.patients": (
        7,
        {"simulate_frames": 1, "validate_simulation": 1},
    ),
    "scanners.scanner_b.calibration_frames": (
        ["simulated_rf-001"],
        {"tabulate_reference_levels": 1},
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_edited_file(smoke, edited, name):
    assert edited(smoke, name).planned(*WITH_REPORT) == FILES[name]


@pytest.mark.parametrize("key", KEYS)
def test_changed_key(smoke, write_config, key):
    value, expected = KEYS[key]
    keys = value
    for part in reversed(key.split(".")):
        keys = {part: keys}
    assert smoke.planned(*WITH_REPORT, config=write_config(keys)) == expected


DEFAULT = yaml.safe_load((ROOT / "config.yaml").read_text())
FURTHER = {
    "attack": (
        {
            "run": {"attacks": [*DEFAULT["run"]["attacks"], "direct"]},
            "attacks": {"direct": DEFAULT["attacks"]["corners"] | {"method": "direct"}},
        },
        {"attack": 4, "train": 0},
    ),
    "model": (
        {
            "run": {"models": ["compact", "other"]},
            "models": {"other": DEFAULT["models"]["compact"]},
        },
        {"attack": 16, "train": 2},
    ),
}


@pytest.mark.parametrize("what", FURTHER)
def test_further_attack_or_model_makes_no_other_again(smoke, write_config, what):
    keys, expected = FURTHER[what]
    planned = smoke.planned(*WITH_REPORT, config=write_config(keys))
    assert {rule: planned[rule] for rule in expected} == expected
    assert not planned.keys() & {"simulate_frames", "simulate_images", "reconstruct"}


def test_names_and_order_that_nothing_depends_on(smoke, tmp_path):
    """Parts in another order, a comment, and a model that no run uses."""
    keys = yaml.safe_load((smoke.checkout / "config" / "smoke.yaml").read_text())
    keys["models"]["unused"] = DEFAULT["models"]["compact"]
    text = yaml.safe_dump(dict(reversed(keys.items())), sort_keys=False)
    path = tmp_path / "config.yaml"
    path.write_text(f"# a comment\n{text}")
    assert smoke.planned(*WITH_REPORT, config=path) == {}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("reconattack/attacks/methods/zoo.py", ONE_ATTACK + AFTER_TABLE),
        ("scripts/attacks/attack.py", ATTACK + AFTER_TABLE),
    ],
)
def test_change_that_keeps_the_old_time_stamp(smoke, edited, name, expected):
    changed = edited(smoke, name)
    old = (smoke.checkout / name).stat()
    os.utime(changed.checkout / name, ns=(old.st_atime_ns, old.st_mtime_ns))
    assert changed.planned(*WITH_REPORT) == expected


# Frame tables: six frames in three chunks


ONE_CHUNK = {"read_frames": 1, "reconstruct": 1}


def test_unchanged_table(table_run):
    assert table_run.planned(*TABLE_CHUNKS) == {}


@pytest.fixture(scope="module")
def both_kinds(table_run, tmp_path_factory):
    """The finished run of the frame table, with a chunk of images."""
    folder = tmp_path_factory.mktemp("both") / "run"
    shutil.copytree(table_run.folder, folder, symlinks=True)
    run = dataclasses.replace(table_run, folder=folder)
    run.run(PICTURE_CHUNK)
    return run


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("README.md", {}),
        ("reconattack/readers/rf/clarius.py", {"read_frames": 3, "reconstruct": 3}),
        ("reconattack/readers/rf/further.py", {"read_frames": 3, "reconstruct": 3}),
        ("reconattack/readers/images/dicom.py", {"read_images": 1}),
    ],
)
def test_changed_reader_reads_no_file_of_the_other_kind_again(both_kinds, edited, name, expected):
    assert edited(both_kinds, name).planned(*TABLE_CHUNKS, PICTURE_CHUNK) == expected


def test_changed_row_touches_its_chunk_only(table_run, copy_of):
    copy = copy_of(table_run)
    copy.change_row(3, label="")
    assert copy.planned(*TABLE_CHUNKS) == ONE_CHUNK
    assert copy.planned(TABLE_CHUNKS[1]) == ONE_CHUNK


def test_changed_file_touches_its_chunk_only(table_run, copy_of):
    copy = copy_of(table_run)
    copy.write_frame(3, np.random.default_rng(99).standard_normal((16, 400)))
    assert copy.planned(*TABLE_CHUNKS) == ONE_CHUNK
    assert copy.planned(TABLE_CHUNKS[1]) == ONE_CHUNK


def test_appended_row_touches_the_last_chunk_only(table_run, copy_of):
    copy = copy_of(table_run)
    copy.write_rows([*copy.rows(), copy.rows()[0] | {"frame": "frame-6", "patient": "patient-6"}])
    appended = "results/bmode/bench/2x0003.nc"
    assert copy.planned(*TABLE_CHUNKS, appended) == ONE_CHUNK
    assert copy.planned(appended) == ONE_CHUNK
