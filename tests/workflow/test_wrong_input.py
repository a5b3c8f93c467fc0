"""Wrong input stops before or at its frame, with the words that a person needs to mend it."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from tests.workflow.workflow_run import TABLE_CHUNKS, TableWorkflow, merged


@pytest.fixture
def table(checkout, tmp_path):
    """A frame table that has not been read yet."""
    workflow = TableWorkflow(checkout, tmp_path)
    workflow.write()
    return workflow


def refusal(workflow):
    """What the terminal says when the workflow does not even start."""
    terminal = workflow.run(*TABLE_CHUNKS, fails=True)
    assert "Traceback" not in terminal
    assert not (workflow.folder / "results").exists()
    return terminal


def change_configuration(workflow, keys):
    old = yaml.safe_load((workflow.folder / "config.yaml").read_text())
    workflow.configure(merged(old, keys))


# Before anything runs

ROWS = {
    "missing file": (
        {"path": "rf/absent.mha"},
        ["frames.tsv: row 5, column path: found 'rf/absent.mha'", "expected a file"],
    ),
    "unknown scanner": (
        {"scanner": "scanner_z"},
        ["row 5, column scanner: found 'scanner_z'", "scanner_a", "scanner_b"],
    ),
    "label 2": (
        {"label": 2},
        ["row 5, column label: found 2", "expected 1 (fatty), 0 (normal) or empty"],
    ),
    "two rows of one name": (
        {"frame": "frame-1"},
        ["row 5, column frame: found 'frame-1', which row 3 gives too"],
    ),
}


@pytest.mark.parametrize("case", ROWS)
def test_wrong_row(table, case):
    cells, words = ROWS[case]
    table.change_row(3, **cells)
    terminal = refusal(table)
    assert all(word in terminal for word in words), terminal


def test_patient_with_two_labels_is_refused_unless_labels_are_of_frames(table):
    for number in range(6):
        table.change_row(number, patient=f"patient-{number // 2}")
    assert "set label_of: frame of the cohort" in refusal(table)
    change_configuration(table, {"cohorts": {"bench": {"label_of": "frame"}}})
    table.run("results/folds.csv")
    folds = pd.read_csv(table.folder / "results" / "folds.csv")
    assert folds["label"].tolist() == [0, 1] * 3
    assert folds.groupby("patient")["fold"].nunique().tolist() == [1, 1, 1]


KEYS = {
    "misspelt key": (
        {"attacks": {"zoo": {"max_step": 10}}},
        ["attacks.zoo.max_step: unknown key; did you mean max_steps?"],
    ),
    "bounds that exclude the initial value": (
        {"attacks": {"zoo": {"parameters": {"beta": {"box": [1.0, 1.3]}}}}},
        ["attacks.zoo.parameters.beta.box is [1, 1.3]", "leaves out the initial value 0.9"],
    ),
    "undefined model": (
        {"run": {"models": ["compactt"]}},
        ["run.models: 'compactt' is not defined under models; did you mean compact?"],
    ),
}


@pytest.mark.parametrize("case", KEYS)
def test_wrong_key(table, case):
    keys, words = KEYS[case]
    change_configuration(table, keys)
    terminal = refusal(table)
    assert all(word in terminal for word in words), terminal


def test_container_that_is_not_built(table):
    terminal = table.run(*TABLE_CHUNKS, "--sdm", "apptainer", fails=True)
    assert "Traceback" not in terminal
    sif = table.checkout / "containers" / "reconattack.sif"
    assert f"container.image: {sif} is not there" in terminal
    assert f"build it with `make sif` in {table.checkout}" in terminal


def test_model_that_is_not_there(table):
    """Frames can be looked at before; the job that opens the model says where it was expected."""
    model = {"source": "models/nope.onnx", "scaling": {"divide": 255}}
    change_configuration(table, {"models": {"net": model}, "run": {"models": ["net"]}})
    assert table.planned("check_frames")["check_frames"] == 1
    terminal = table.run("results/predictions/net.csv", "--until", "bring_model", fails=True)
    place = table.folder / "models" / "nope.onnx"
    assert f"model models/nope.onnx: expected a file, and there is none at {place}" in terminal
    assert "MissingInputException" not in terminal and "Traceback" not in terminal


def test_numbers_of_a_scanner_in_other_units_are_told_before_anything_is_read(table):
    wrong = {"sampling_frequency": 12.5, "probe_radius": 50, "angle_span": 66}
    change_configuration(table, {"scanners": {"scanner_b": wrong}})
    terminal = refusal(table)
    for fact, value in wrong.items():
        assert terminal.count(f"scanners.scanner_b: {fact} is {value:g} ") == 1


# At the frame


@pytest.fixture
def broken_table(table):
    """A truncated file in the second chunk, NaN in the third; the first is whole."""
    cut_short = table.folder / "rf" / "3.mha"
    cut_short.write_bytes(cut_short.read_bytes()[:-1000])
    samples = np.random.default_rng(4).standard_normal((16, 400))
    samples[2, 7] = np.nan
    table.write_frame(4, samples)
    return table


def frames_with(workflow, variable, folder):
    """Whether each frame of the chunks in a folder of the results holds a variable."""
    held = {}
    for path in sorted((workflow.folder / "results" / folder).rglob("*.nc")):
        with xr.open_datatree(path) as chunk:
            held |= {name: variable in frame for name, frame in chunk.children.items()}
    return held


ALL_BUT_TWO = {f"frame-{number}": number not in (3, 4) for number in range(6)}


def test_unusable_files_are_all_named_and_nothing_is_trained_or_judged(broken_table):
    terminal = broken_table.run("results/folds.csv", *TABLE_CHUNKS, fails=True)

    assert "2 of 6 frames cannot be used" in terminal
    assert "frame frame-3 (rf/3.mha): rf/3.mha: truncated: 24600 bytes of samples" in terminal
    assert "declares 25600" in terminal
    assert "frame frame-4 (rf/4.mha): the frame has 1 samples of 6400 that are NaN" in terminal
    assert "the first at sample 7 of line 2; expected finite numbers" in terminal
    assert "set run.on_bad_frame to skip" in terminal
    assert "Traceback" not in terminal
    assert not (broken_table.folder / "results" / "folds.csv").exists()
    assert frames_with(broken_table, "rf", "frames") == ALL_BUT_TWO


def test_unusable_files_are_skipped_where_this_is_asked_for(broken_table):
    change_configuration(broken_table, {"run": {"on_bad_frame": "skip"}})
    broken_table.run("results/folds.csv", "check_frames", *TABLE_CHUNKS)
    assert frames_with(broken_table, "bmode", "bmode") == ALL_BUT_TWO
    table = pd.read_csv(broken_table.folder / "results" / "tables" / "frames.csv")
    assert table["error"].isna().tolist() == list(ALL_BUT_TWO.values())
    folds = pd.read_csv(broken_table.folder / "results" / "folds.csv")
    assert list(folds["frame"]) == list(ALL_BUT_TWO)  # a mended file changes no other's fold


def test_check_frames_shows_its_table_and_computes_nothing_else(table):
    samples = np.random.default_rng(4).standard_normal((16, 400))
    samples[9] = 0
    table.write_frame(3, samples)
    terminal = table.run("check_frames")
    for said in (terminal, table.run("check_frames")):
        assert said.count("400 x 16") == 6
        assert said.count("frame-3: some lines are constant") == 1
    made = {path.name for path in (table.folder / "results").iterdir()}
    assert made == {"frames", "tables", "figures", "logs", "benchmarks", "provenance.json"}
