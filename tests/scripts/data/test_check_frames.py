import pandas as pd
import pytest

from reconattack.errors import InputError
from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import unreadable_frame
from scripts.data.calibrate_reference_level import calibrate_reference_level
from scripts.data.check_frames import check_frames
from scripts.data.tabulate_frames import tabulate_frames

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}


@pytest.fixture
def table(tmp_path, noise_in_band):
    """The written table of two readable frames and a broken one."""
    frames = {
        "a": noise_in_band(),
        "b": unreadable_frame("frame b (b.mha): truncated", "convex", "p1", 0),
        "c": noise_in_band(noise=1e4),
    }
    write_chunk(tmp_path / "chunk.nc", frames, {})
    outputs = {
        **{"table": tmp_path / "frames.csv", "shown": tmp_path / "sheet.csv"},
        **{"pdf": tmp_path / "sheet.pdf", "png": tmp_path / "sheet.png"},
    }
    chunks = {"bench": [str(tmp_path / "chunk.nc")]}
    classes = ("benign", "malignant")
    tabulate_frames(chunks, INITIAL, 64, "skip", classes, [], outputs, lambda text: None)
    return str(outputs["table"])


def test_table_warnings_and_what_is_left_out_are_shown_each_time(table):
    shown = []
    for _ in range(2):
        check_frames(table, "sheet.png", "skip", shown.append)
    first, second = shown
    assert first == second
    assert "1200 x 24" in first and "UNREADABLE" in first
    assert "c: level outside the thresholds 10 to 55 dB" in first
    assert "1 of 3 frames cannot be used and are left out:\n  frame b (b.mha): truncated" in first
    assert first.endswith(f"Table: {table}   Contact sheet: sheet.png")


def test_table_is_shown_before_bad_frames_stop_the_run(table):
    shown = []
    with pytest.raises(InputError, match="1 of 3 frames cannot be used; mend them"):
        check_frames(table, "sheet.png", "stop", shown.append)
    assert len(shown) == 1 and "UNREADABLE" in shown[0]


def test_reference_levels_are_shown_with_the_lines_for_the_configuration(tmp_path):
    levels = {"scanner": ["ours", "7"], "n_frames": [3, 1], "reference_level": [-38.6, 12.0]}
    path = str(tmp_path / "reference_levels.csv")
    pd.DataFrame(levels).to_csv(path, index=False)
    shown = []
    calibrate_reference_level(path, shown.append)
    assert shown[0].splitlines()[1].split() == ["ours", "3", "-38.6"]
    assert shown[0].endswith(
        "scanners:\n  ours: {reference_level: -38.6}\n  7: {reference_level: 12}"
    )
