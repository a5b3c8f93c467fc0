import pandas as pd
import pytest

from scripts.figures.success_against_visibility import success_against_visibility

LIMITS = {"mean_abs_diff": 20, "ssim": 0.8, "white_added": 0.1, "black_added": 0.1}


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


@pytest.mark.parametrize("rows", [slice(None), slice(3, 4)])
def test_figure_is_written_even_if_nothing_was_attacked(attacks, grid, tmp_path, rows):
    table, pdf, png = (str(tmp_path / f"f.{suffix}") for suffix in ("csv", "pdf", "png"))
    both = pd.concat([attacks, attacks.assign(attack="grid")])
    both.groupby("attack", sort=False).nth(rows).to_csv(tmp_path / "attacks.csv", index=False)
    success_against_visibility(
        str(tmp_path / "attacks.csv"), [grid], LIMITS, table, pdf, png, simulated=True
    )
    assert set(pd.read_csv(table)["attack"]) == {"search", "grid"}
    assert (tmp_path / "f.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "f.png").stat().st_size > 1000


def test_a_grid_alone_is_drawn(attacks, grid, tmp_path):
    table, pdf, png = (str(tmp_path / f"f.{suffix}") for suffix in ("csv", "pdf", "png"))
    attacks.assign(attack="grid").to_csv(tmp_path / "attacks.csv", index=False)
    success_against_visibility(
        str(tmp_path / "attacks.csv"), [grid], LIMITS, table, pdf, png, simulated=True
    )
    assert (tmp_path / "f.png").stat().st_size > 1000
