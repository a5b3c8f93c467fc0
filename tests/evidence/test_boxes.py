import numpy as np
import pandas as pd
import pytest

from reconattack.evidence.boxes import COLUMNS, DecibelRange, box_table, decibel_range
from reconattack.evidence.columns import explained
from reconattack.frames.frame import build_frame
from reconattack.frames.scanner import Scanner
from reconattack.reconstruction.reconstruction import Reconstruction

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
PAPER = {"beta": {"box": [0.5, 1.3]}, "alpha_lower": {"box": [5, 15]}}


def frames(**changes):
    """Three frames of a probe of 2.5 MHz down to 16 cm; one could not be read."""
    known = {"scanner": "ours", "center_frequency": 2.5e6, "start_depth": 0.0, "end_depth": 0.16}
    known |= {"error": None}
    unread = {"scanner": "ours", "center_frequency": np.nan, "error": "damaged"}
    return pd.DataFrame([known | changes, known | changes, unread])


@pytest.mark.parametrize(("depth", "decibels"), [(5, 10), (10, 20), (15, 30)])
def test_papers_box_of_beta_is_thirty_decibels_deep_down(depth, decibels):
    """0.4 dB/(cm MHz) at 2.5 MHz: 1 dB for each cm there, and 1 dB for each cm back."""
    row = box_table({"zoo": PAPER}, INITIAL, frames()).set_index("parameter").loc["beta"]
    assert row[f"level_lower_{depth}cm"] == -2 * depth * 0.4 * 2.5 == -decibels
    assert row[f"level_upper_{depth}cm"] == decibels


def test_reconstruction_compensates_by_as_many_decibels():
    """The table's numbers are those of the images: on the way there and back, at the frequency."""
    scanner = Scanner(
        name="ours",
        probe="linear",
        sampling_frequency=12.5e6,
        center_frequency=2.5e6,
        sound_speed=1540.0,
        reference_level=0.0,
        lateral_span=0.04,
    )
    rf = np.random.default_rng(0).standard_normal((2592, 16))
    reconstruction = Reconstruction(build_frame(rf, scanner, "p0"), 160, others=INITIAL)
    change = reconstruction.levels(1.3) - reconstruction.levels(0.9)
    rows = np.nonzero(reconstruction.sector)[0]
    at = rows == np.argmin(np.abs(reconstruction.z - 0.15))
    expected = box_table({"zoo": PAPER}, INITIAL, frames())["level_upper_15cm"].iloc[0]
    assert np.ravel(change)[at].mean() == pytest.approx(expected, abs=0.2)


def test_each_attack_scanner_and_parameter_has_a_row():
    both = pd.concat([frames(), frames(scanner="theirs", center_frequency=5e6)])
    table = box_table({"zoo": PAPER, "gain": {"gain": {"box": [-6, 6]}}}, INITIAL, both)
    assert list(table) == list(COLUMNS)
    assert table[["attack", "scanner", "parameter"]].values.tolist() == [
        *(["zoo", "ours", "beta"], ["zoo", "ours", "alpha_lower"]),
        *(["zoo", "theirs", "beta"], ["zoo", "theirs", "alpha_lower"]),
        *(["gain", "ours", "gain"], ["gain", "theirs", "gain"]),
    ]
    theirs = table.iloc[2]
    assert (theirs["level_lower_10cm"], theirs["level_upper_10cm"]) == (-40, 40)
    assert theirs[["initial", "lower", "upper", "units"]].tolist() == [0.9, 0.5, 1.3, "dB/(cm MHz)"]


def test_gain_changes_the_level_alike_at_all_depths():
    table = box_table({"gain": {"gain": {"box": [-6, 3]}}}, INITIAL, frames())
    assert table.filter(like="level_lower").values.tolist() == [[-6, -6, -6]]
    assert table.filter(like="level_upper").values.tolist() == [[3, 3, 3]]


def test_thresholds_have_their_own_decibels_and_shallow_frames_no_deep_ones():
    table = box_table({"zoo": PAPER}, INITIAL, frames(end_depth=0.12)).set_index("parameter")
    assert table.loc["alpha_lower"].filter(like="level_").isna().all()
    assert table.loc["beta", ["level_lower_5cm", "level_lower_10cm"]].tolist() == [-10, -20]
    assert np.isnan(table.loc["beta", "level_lower_15cm"])


def test_frames_that_could_not_be_read_have_no_box():
    assert list(box_table({"zoo": PAPER}, INITIAL, frames()[2:])) == list(COLUMNS)


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_are_explained(name):
    assert explained("boxes", name).meaning


def test_decibels_of_a_control_is_over_its_parameters_and_all_scanners():
    sliders = {f"slider_{number}": {"box": [-number, 6]} for number in range(1, 9)}
    box = PAPER | sliders | {"zoom": {"box": [0.9, 1.1]}}
    both = pd.concat([frames(), frames(scanner="theirs", center_frequency=5e6)])
    table = box_table({"zoo": box, "corners": PAPER}, INITIAL, both)
    assert decibel_range(table, "zoo", "beta") == DecibelRange(-60, 60, 15)
    assert decibel_range(table, "zoo", "alpha_lower") == DecibelRange(-5, 5, None)
    assert decibel_range(table, "zoo", "time-gain curve") == DecibelRange(-8, 6, None)
    assert decibel_range(table, "zoo", "zoom") is None
    assert decibel_range(table, "corners", "time-gain curve") is None


def test_decibels_are_those_of_the_deepest_depth_which_every_scanner_has():
    shallow = frames(scanner="theirs", end_depth=0.06)
    table = box_table({"zoo": PAPER}, INITIAL, pd.concat([frames(), shallow]))
    assert decibel_range(table, "zoo", "beta") == DecibelRange(-10, 10, 5)
