import pandas as pd
import pytest

from reconattack.evidence.visibility import changes_of_flips, visibility_curves
from reconattack.figures.panels import save_figure
from reconattack.figures.success_against_visibility import draw_visibility
from tests.known_tables import four_attacked, grid_of_five

LIMITS = {"mean_abs_diff": 20, "ssim": 0.8, "white_added": 0.1, "black_added": 0.1}


@pytest.fixture
def attacks():
    return four_attacked()


@pytest.fixture
def grid(judged_grid):
    return grid_of_five(judged_grid)


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
