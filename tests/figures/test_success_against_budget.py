import matplotlib.pyplot as plt
import pandas as pd
import pytest

from reconattack.evidence.budget import budget_curves
from reconattack.figures.panels import save_pages
from reconattack.figures.style import HIGHEST
from reconattack.figures.success_against_budget import draw_budgets
from tests.known_tables import search_and_grid


@pytest.fixture
def attacks():
    return search_and_grid()


def test_models_and_seeds_are_apart(attacks):
    table = pd.concat([attacks, attacks.assign(seed=1), attacks.assign(model="n")])
    curves = budget_curves(table, ["grid"])
    assert len(curves) == 3 * 5
    (figure,) = draw_budgets(curves, ["grid"])
    names = [axes.get_title(loc="left") for axes in figure.axes[:3]]
    assert [name.split("   ")[1] for name in names] == ["m, seed 0", "m, seed 1", "n, seed 0"]
    plt.close(figure)


def test_lines_end_at_their_budget_and_have_an_interval_beside_the_panel(attacks):
    curves = budget_curves(attacks, ["grid"])
    (figure,) = draw_budgets(curves, ["grid"])
    axes, beside = figure.axes[0], figure.axes[0].child_axes[0]
    assert axes.lines[0].get_xdata().max() == 10
    low, high = curves.groupby("attack").last().loc["search", ["success_low", "success_high"]]
    assert beside.lines[0].get_ydata().tolist() == [low, high]
    assert len(beside.lines) == 4
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["search", "grid"]
    plt.close(figure)


@pytest.mark.parametrize("rows", [slice(None), slice(3, 5)])
def test_figure_is_written_even_if_nothing_was_attacked(attacks, tmp_path, rows):
    curves = budget_curves(attacks.groupby("attack", sort=False).nth(rows), ["grid"])
    assert set(curves["attack"]) == {"search", "grid"}
    pdf, png = tmp_path / "f.pdf", tmp_path / "f.png"
    save_pages(draw_budgets(curves, ["grid"]), pdf, png, simulated=True)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert png.stat().st_size > 1000


def test_many_networks_are_on_pages_of_a_journals_height_and_letters_go_on(attacks):
    many = pd.concat([attacks.assign(model=f"m{number}") for number in range(13)])
    pages = list(draw_budgets(budget_curves(many, ["grid"]), ["grid"]))
    titles = [
        [title for axes in page.axes if (title := axes.get_title(loc="left"))] for page in pages
    ]
    assert [len(page) for page in titles] == [9, 4]
    assert titles[1][0] == r"$\mathbf{j}$   m9"
    assert max(page.get_figheight() for page in pages) <= HIGHEST
    plt.close("all")
