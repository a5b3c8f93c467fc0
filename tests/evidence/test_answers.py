import numpy as np
import pandas as pd

from reconattack.evidence.answers import scanned_knobs


def margins(**columns):
    """Of four frames the first flips below, the second nowhere; the others were not scanned."""
    rows = {
        "safe_lower_is_bound_beta": [False, True, False, None],
        "safe_upper_is_bound_beta": [True, True, False, None],
        "safe_lower_beta": [0.7, 0.5, np.nan, np.nan],
        "safe_upper_beta": [1.3, 1.3, np.nan, np.nan],
    }
    return pd.DataFrame(rows | columns)


def test_frames_whose_scan_ended_with_the_budget_do_not_count():
    (beta,) = scanned_knobs(margins())
    assert (beta.control, beta.n, beta.of) == ("beta", 1, 2)


def test_a_flip_on_one_side_counts_if_the_other_side_is_unknown():
    (beta,) = scanned_knobs(margins(safe_upper_beta=[np.nan, 1.3, np.nan, np.nan]))
    assert (beta.n, beta.of) == (1, 2)


def test_parameter_that_no_frame_was_scanned_by_is_left_out():
    assert scanned_knobs(margins(safe_lower_beta=np.nan, safe_upper_beta=np.nan)) == []
