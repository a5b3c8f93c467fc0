import numpy as np
import pandas as pd

from reconattack.pages.frame_list import frame_list

CONVEX = {
    "reader": "metaimage",
    "samples": 2048,
    "lines": 241,
    "start_depth": 0.0,
    "end_depth": 0.105,
    "angle_span": np.pi / 2,
    "lateral_span": np.nan,
    "center_frequency": 2.63e6,
    "measured_frequency": 2.61e6,
    "saturated_share": 0.0005,
    "silent_lines": 0,
    "empty_share": 0.0,
    "drift_share": 0.0,
    "level": 33.4,
    "gain_state": "raw",
    "warnings": None,
    "error": None,
}
LINEAR = CONVEX | {"angle_span": np.nan, "lateral_span": 0.0127, "measured_frequency": np.nan}
WORDS = "time gain unknown: if the samples carry one, beta compensates twice"


def listed(rows, **columns):
    """Lines of the text of a table with a row per name."""
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("frame").reset_index()
    integers = dict.fromkeys(("samples", "lines", "silent_lines"), "Int64")
    return frame_list(table.astype(integers).assign(**columns)).splitlines()


def test_frame_fits_into_a_line():
    _, convex, linear = listed({"beef": CONVEX, "mouse": LINEAR})
    assert convex.split() == [
        *("beef", "metaimage", "2048", "x", "241", "0.0", "to", "10.5", "90", "deg"),
        *("2.63", "(2.61)", "0.05", "0", "33", "raw"),
    ]
    assert "1.3 cm" in linear and "2.63 (-)" in linear


def test_warning_stands_once_with_the_first_of_its_frames():
    rows = {str(number): CONVEX | {"warnings": WORDS} for number in range(5)}
    rows["0"] = CONVEX | {"warnings": f"{WORDS}; another"}
    assert listed(rows)[6:] == [f"0, 1, 2 and 2 more: {WORDS}", "0: another"]
    assert listed({name: rows[name] for name in "123"})[4:] == [f"1, 2, 3: {WORDS}"]


def test_unreadable_frame_is_named_as_such():
    unreadable = dict.fromkeys(CONVEX) | {"error": "truncated"}
    _, _, line = listed({"a": CONVEX, "b": unreadable})
    assert line.split() == ["b", "UNREADABLE", *"-" * 8]


def test_share_of_the_liver_is_shown_where_it_is_known():
    header, first, second = listed({"a": CONVEX, "b": CONVEX}, liver_share=[0.147, np.nan])
    assert header.endswith("liver %")
    assert first.endswith(" 15") and second.endswith(" -")


def test_empty_samples_and_drift_are_shown_where_there_are_any():
    drifting = CONVEX | {"drift_share": 0.234}
    header, convex, beef = listed({"mouse": CONVEX, "beef": drifting})
    assert header.endswith("gain drift %")
    assert convex.split()[-1] == "0.00" and beef.split()[-1] == "23.40"
    header, beef = listed({"beef": drifting | {"empty_share": 0.5}})
    assert header.endswith("empty % drift %")
    assert beef.split()[-2:] == ["50.00", "23.40"]
