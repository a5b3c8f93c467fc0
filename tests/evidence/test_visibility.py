import numpy as np
import pandas as pd
import pytest

from reconattack.evidence.visibility import (
    LIMITED,
    changes_of_attacks,
    changes_of_grid,
    visibility_curves,
)


@pytest.fixture
def attacks():
    """Three frames attacked of which two flip, one judged wrong."""
    return pd.DataFrame(
        {
            **{"model": "m", "seed": "0", "attack": "search"},
            "stop_reason": ["flipped", "flipped", "budget", "wrong_at_start"],
            "success": [True, True, False, False],
            "mean_abs_diff": [30.0, 12.5, 3, 0],
            "ssim": [0.5, 0.9, 0.95, 1],
            "white_added": [-0.01, 0.25, 0, 0],
            "black_added": [0.5, 0.0, 0, 0],
        }
    )


@pytest.fixture
def grid(judged_grid):
    path = judged_grid(
        "grid.nc",
        # Flips at beta 0.7 or 0.5, or at an alpha_lower of 15.
        either=(1, lambda beta, lower, upper: -1.0 if beta < 0.8 or lower > 12 else 1.0),
        both=(1, lambda beta, lower, upper: -1.0 if beta < 0.8 and lower > 12 else 1.0),
        never=(1, lambda beta, lower, upper: 1.0),
        wrong=(0, lambda beta, lower, upper: 1.0),
        unreadable=(0, None),
    )
    return {"model": "m", "seed": "0", "fold": "0", "attack": "grid", "path": path}


def curve_of(curves, attack, measure):
    rows = curves[(curves["attack"] == attack) & (curves["measure"] == measure)]
    assert set(rows["n_attacked"]) == {3}
    return list(zip(rows["limit"], rows["n_success"], strict=True))


def test_a_flip_counts_from_its_own_change_on(attacks):
    curves = visibility_curves(changes_of_attacks(attacks))
    assert curve_of(curves, "search", "mean_abs_diff") == [(0, 0), (12.5, 1), (30, 2), (255, 2)]
    assert curve_of(curves, "search", "ssim") == [(1, 0), (0.9, 1), (0.5, 2), (-1, 2)]
    assert curve_of(curves, "search", "white_added") == [(0, 1), (0.25, 2), (1, 2)]
    assert curve_of(curves, "search", "black_added") == [(0, 1), (0.5, 2), (1, 2)]


def test_grid_takes_the_least_change_of_each_measure_alone(grid):
    # A step of beta is 20 grey levels, one of alpha_lower 0.1 of the sector; alpha_upper only ever
    # takes white away.
    changes = changes_of_grid(grid)
    assert changes["attacked"].tolist() == [True, True, True, False, False]
    assert changes["mean_abs_diff"].tolist() == pytest.approx([0, 20] + [np.nan] * 3, nan_ok=True)
    assert changes["white_added"].tolist() == pytest.approx(
        [-0.1, -0.1] + [np.nan] * 3, nan_ok=True
    )
    assert changes["black_added"].tolist() == pytest.approx([-0.1, 0.1] + [np.nan] * 3, nan_ok=True)
    assert changes["ssim"].isna().all()


def test_grid_has_no_curve_of_what_it_does_not_measure(grid):
    curves = visibility_curves(changes_of_grid(grid))
    assert set(curves["measure"]) == set(LIMITED) - {"ssim"}
    assert [n for _, n in curve_of(curves, "grid", "mean_abs_diff")] == [1, 2, 2]
    assert [n for _, n in curve_of(curves, "grid", "white_added")] == [2, 2]
