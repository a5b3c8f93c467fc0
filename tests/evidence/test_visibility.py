import numpy as np
import pytest

from reconattack.evidence.visibility import (
    LIMITED,
    changes_of_attacks,
    changes_of_grid,
    small_flips,
    visibility_curves,
)
from tests.known_tables import four_attacked, grid_of_five


@pytest.fixture
def attacks():
    return four_attacked()


@pytest.fixture
def grid(judged_grid):
    return grid_of_five(judged_grid)


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


def test_small_flips_keep_all_limits_together(attacks, grid):
    limits = {"mean_abs_diff": 20, "ssim": 0.8, "white_added": 0.3, "black_added": 0.1}
    (row,) = small_flips(changes_of_attacks(attacks), limits, [grid]).to_dict("records")
    assert (row["measure"], row["n_success"], row["n_attacked"]) == ("all limits", 1, 3)
    assert row["success_low"] < row["success_rate"] == 1 / 3 < row["success_high"]
    tighter = small_flips(changes_of_attacks(attacks), limits | {"white_added": 0.2}, [grid])
    assert tighter["n_success"].tolist() == [0]
    assert small_flips(changes_of_grid(grid), limits, [grid]).empty
