import matplotlib.pyplot as plt
import pandas as pd
import pytest

from reconattack.evidence.transfer import Counts, cell_rows, counts_by_attack
from reconattack.figures.panels import save_pages
from reconattack.figures.style import HIGHEST
from reconattack.figures.transfer import cell_text, draw_transfer
from tests.known_tables import two_seeds_transferred

FIRST, SECOND = "seed 0", "seed 1"


@pytest.fixture
def tables():
    return two_seeds_transferred()


def test_sources_are_rows_and_targets_columns(tables):
    (figure,) = draw_transfer(counts_by_attack(*tables))
    zoo = figure.axes[0]
    assert zoo.get_title(loc="left").endswith("   zoo")
    assert [label.get_text() for label in zoo.get_yticklabels()] == [FIRST, SECOND]
    cells = {
        tuple(int(place) for place in text.get_position()): text.get_text().split("\n")[0]
        for text in zoo.texts
    }
    assert cells == {(0, 0): "10/20", (1, 0): "7/9", (0, 1): "none", (1, 1): "0/18"}
    first, *_ = zoo.get_yticks()
    assert (first, zoo.yaxis_inverted()) == (0.5, True)
    assert zoo.collections[0].get_array()[0].tolist() == [0.5, 7 / 9]
    plt.close(figure)


def test_cell_gives_wilsons_interval():
    assert cell_text(Counts(13, 27)) == "13/27\n31\N{EN DASH}66 %"


def test_cells_have_a_row_each(tables):
    rows = pd.DataFrame(cell_rows(counts_by_attack(*tables)))
    rows = rows.set_index(["attack", "source", "target"])
    assert len(rows) == 8
    cell = rows.loc["zoo", "m, seed 0", "m, seed 1"]
    assert cell[["n_flipped", "n_tried"]].tolist() == [7, 9]
    assert cell["rate"] == pytest.approx(7 / 9)
    assert cell["rate_low"] < cell["rate"] < cell["rate_high"]
    assert rows.loc["zoo", "m, seed 1", "m, seed 0"][["rate", "rate_low"]].isna().all()


def test_figure_is_written(tables, tmp_path):
    pdf, png = tmp_path / "t.pdf", tmp_path / "t.png"
    save_pages(draw_transfer(counts_by_attack(*tables)), pdf, png, simulated=True)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert png.stat().st_size > 1000


def test_names_of_many_models_stand_upright_in_one_line(tables):
    own, transferred = tables
    more = [own.assign(model=f"model_{number}") for number in range(4)]
    pages = list(draw_transfer(counts_by_attack(pd.concat(more), transferred.iloc[:0])))
    panels = [axes for page in pages for axes in page.axes if axes.get_title(loc="left")]
    assert len({axes.get_position().x0 for axes in panels}) == 1
    label = panels[-1].get_xticklabels()[0]
    assert (label.get_text(), label.get_rotation()) == ("model 0, seed 0", 90)
    plt.close("all")


def test_many_attacks_are_on_pages_of_a_journals_height_and_letters_go_on(tables):
    own, transferred = tables
    many = pd.concat([own.assign(attack=f"a{number:02}") for number in range(14)])
    pages = list(draw_transfer(counts_by_attack(many, transferred.iloc[:0])))
    titles = [
        [title for axes in page.axes if (title := axes.get_title(loc="left"))] for page in pages
    ]
    assert [len(page) for page in titles] == [12, 2]
    assert max(page.get_figheight() for page in pages) <= HIGHEST
    assert titles[1][0] == r"$\mathbf{m}$   a12"
    plt.close("all")
