import pandas as pd
import pytest

from reconattack.evidence.visibility import changes_of_flips, visibility_curves
from reconattack.figures.panels import save_figure
from reconattack.figures.success_against_visibility import draw_visibility

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
    both = pd.concat([attacks, attacks.assign(attack="grid")])
    some = both.groupby("attack", sort=False).nth(rows)
    curves = visibility_curves(changes_of_flips(some, [grid]))
    assert set(curves["attack"]) == {"search", "grid"}
    pdf, png = tmp_path / "f.pdf", tmp_path / "f.png"
    figure = draw_visibility(curves, LIMITS, ["search", "grid"], ["grid"])
    save_figure(figure, pdf, png, simulated=True)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert png.stat().st_size > 1000


def test_a_grid_alone_is_drawn(attacks, grid, tmp_path):
    curves = visibility_curves(changes_of_flips(attacks.assign(attack="grid"), [grid]))
    figure = draw_visibility(curves, LIMITS, ["grid"], ["grid"])
    save_figure(figure, tmp_path / "f.pdf", tmp_path / "f.png", simulated=True)
    assert (tmp_path / "f.png").stat().st_size > 1000
