"""Wrong input stops before or at its frame, with the words that a person needs to mend it."""

import numpy as np
import pytest
import xarray as xr
import yaml
from workflow_run import TABLE_CHUNKS, TableWorkflow, merged


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


# At the frame


def test_unusable_files_stop_at_their_frames_and_nothing_else_is_lost(table):
    """A truncated file in the second chunk, NaN in the third; the first is made."""
    cut_short = table.folder / "rf" / "3.mha"
    cut_short.write_bytes(cut_short.read_bytes()[:-1000])
    samples = np.random.default_rng(4).standard_normal((16, 400))
    samples[2, 7] = np.nan
    table.write_frame(4, samples)

    terminal = table.run(*TABLE_CHUNKS, "--keep-going", fails=True)

    assert "frame frame-3 (rf/3.mha): rf/3.mha: truncated: 24600 bytes of samples" in terminal
    assert "declares 25600" in terminal
    assert "frame frame-4 (rf/4.mha): rf has 1 samples of 6400 that are NaN" in terminal
    assert "the first at sample 7 of line 2; expected finite numbers" in terminal
    assert "Traceback" not in terminal
    made = sorted(path.name for path in (table.folder / "results" / "bmode").rglob("*.nc"))
    assert made == ["2x0000.nc"]
    held = {}
    for path in sorted((table.folder / "results" / "frames").rglob("*.nc")):
        with xr.open_datatree(path) as chunk:
            held |= {name: "rf" in frame for name, frame in chunk.children.items()}
    assert held == {f"frame-{number}": number not in (3, 4) for number in range(6)}
