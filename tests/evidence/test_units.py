"""Rates of units and of frames by hand."""

import numpy as np
import pandas as pd
import pytest

from reconattack.errors import InputError
from reconattack.evidence.units import rates_of, unit_tables


def table(flips, patients):
    return pd.DataFrame({"success": flips, "patient": patients})


def test_rates_and_their_difference():
    patients = [f"p{number}" for number in range(10)]
    units = table([True] * 2 + [False] * 8, patients)
    frames = table([True] * 10 + [False] * 10, [p for p in patients for _ in range(2)])
    found = rates_of(units, frames)
    assert (found["n_units_flipped"], found["n_units_attacked"], found["units_rate"]) == (
        2,
        10,
        0.2,
    )
    assert (found["n_frames_flipped"], found["n_frames_attacked"]) == (10, 20)
    assert found["rate_difference"] == pytest.approx(-0.3)
    low, high = found["rate_difference_low"], found["rate_difference_high"]
    assert -0.7 < low < -0.3 < high <= 0
    assert found["frames_rate_low"] < 0.5 < found["frames_rate_high"]


def test_without_units_or_frames_there_is_no_difference():
    none = table(np.zeros(0, bool), np.zeros(0, object))
    found = rates_of(none, table([True], ["p"]))
    assert np.isnan(found["units_rate"])
    assert np.isnan(found["rate_difference"])


def test_run_of_single_frames_has_no_units():
    with pytest.raises(InputError, match=r"run\.unit is frame"):
        unit_tables([], pd.DataFrame(), {}, {})
