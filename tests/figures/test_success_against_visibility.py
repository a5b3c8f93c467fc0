import matplotlib.pyplot as plt
import pandas as pd
import pytest

from reconattack.evidence.visibility import changes_of_flips, small_flips, visibility_curves
from reconattack.figures.panels import save_figure
from reconattack.figures.style import HIGHEST
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
    changes = changes_of_flips(some, [grid])
    curves, small = visibility_curves(changes), small_flips(changes, LIMITS, [grid])
    assert set(curves["attack"]) == {"search", "grid"}
    pdf, png = tmp_path / "f.pdf", tmp_path / "f.png"
    (figure,) = draw_visibility(curves, small, LIMITS, ["search", "grid"], ["grid"])
    save_figure(figure, pdf, png, simulated=True)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert png.stat().st_size > 1000


def test_a_grid_alone_is_drawn(attacks, grid, tmp_path):
    changes = changes_of_flips(attacks.assign(attack="grid"), [grid])
    curves, small = visibility_curves(changes), small_flips(changes, LIMITS, [grid])
    assert small.empty
    (figure,) = draw_visibility(curves, small, LIMITS, ["grid"], ["grid"])
    save_figure(figure, tmp_path / "f.pdf", tmp_path / "f.png", simulated=True)
    assert (tmp_path / "f.png").stat().st_size > 1000


def test_numbers_of_flips_stand_above_the_panel_in_the_order_of_the_attacks(attacks):
    both = pd.concat([attacks, attacks.assign(attack="other")])
    changes = changes_of_flips(both, [])
    curves, small = visibility_curves(changes), small_flips(changes, LIMITS, [])
    (figure,) = draw_visibility(curves, small, LIMITS, ["search", "other"], [])
    figure.draw_without_rendering()
    for axes in figure.axes:
        if axes.lines and axes.get_ylabel() != "" and axes.get_xlabel() != "share flipped":
            boxes = [text.get_window_extent() for text in axes.texts if text.get_text()]
            assert all(box.y0 > axes.get_window_extent().y1 for box in boxes)
            assert len(boxes) == 3
            assert boxes[0].x0 > boxes[1].x1 > boxes[1].x0 > boxes[2].x1
            colours = [text.get_color() for text in axes.texts if text.get_text()]
            assert colours[:2] == [line.get_color() for line in axes.lines[:0:-1]]
    plt.close(figure)


def test_many_networks_are_on_pages_of_a_journals_height_and_letters_go_on(attacks):
    many = pd.concat([attacks.assign(model=f"m{number}") for number in range(3)])
    changes = changes_of_flips(many, [])
    curves, small = visibility_curves(changes), small_flips(changes, LIMITS, [])
    pages = list(draw_visibility(curves, small, LIMITS, ["search"], []))
    assert [len(page.axes) for page in pages] == [10, 5]
    assert pages[1].axes[0].get_title(loc="left") == r"$\mathbf{k}$"
    assert max(page.get_figheight() for page in pages) <= HIGHEST
    plt.close("all")


def test_limit_has_the_number_of_flips_within_it_and_every_axis_begins_at_no_change(attacks):
    changes = changes_of_flips(attacks, [])
    curves, small = visibility_curves(changes), small_flips(changes, LIMITS, [])
    (figure,) = draw_visibility(curves, small, LIMITS, ["search"], [])
    first, second, together, *others = figure.axes
    panels = [first, second, *others]
    for axes, (measure, limit) in zip(panels, LIMITS.items(), strict=True):
        curve = curves[curves["measure"] == measure]
        sign = -1 if measure == "ssim" else 1
        within = curve[sign * curve["limit"] <= sign * limit]["n_success"].max()
        words = [text.get_text() for text in axes.texts if text.get_text()]
        assert words == [str(within), "flips within:"]
        assert axes.get_xlim()[0] == 0 < axes.get_xlim()[1]
    (head,) = together.texts
    (row,) = small.to_dict("records")
    assert head.get_text() == f"search: {row['n_success']} of {row['n_attacked']}"
    plt.close(figure)
