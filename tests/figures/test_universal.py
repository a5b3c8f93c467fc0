import matplotlib.pyplot as plt
import pandas as pd
import pytest

from reconattack.evidence.universal import (
    KINDS,
    Grid,
    lattice_flips,
    map_rows,
    rows_of_grid,
    universal_table,
)
from reconattack.figures.panels import save_pages
from reconattack.figures.style import HIGHEST, SIGN
from reconattack.figures.universal import draw_universal

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
BOX = {
    "beta": {"box": [0.8, 1]},
    "alpha_lower": {"box": [9, 11]},
    "alpha_upper": {"box": [55, 55]},
}


GRID = Grid("m", "0", "grid")


def drawn_grids(files):
    rows = rows_of_grid(universal_table(files, {"grid": BOX}, INITIAL), GRID)
    return {GRID: (lattice_flips(files), rows)}


@pytest.fixture
def figure(grid_files):
    (figure,) = draw_universal(drawn_grids(grid_files), INITIAL)
    yield figure
    plt.close(figure)


def test_settings_are_marked_where_the_table_has_them(figure):
    marks = {
        line.get_label(): line.get_xydata().tolist()
        for line in figure.axes[0].lines
        if not line.get_label().startswith("_")
    }
    assert marks["initial setting"] == [[0.9, 10]]
    assert marks["best on all frames"] == [[1, 10]]
    circles = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    drawn = {
        tuple(line.get_xydata()[0]): line.get_markersize()
        for line in circles
        if len(line.get_xydata())
    }
    assert drawn == {(1, 10): SIGN + 2, (1, 11): SIGN + 1}  # by two folds and by one


def test_bars_say_their_counts(figure):
    texts = [text.get_text() for text in figure.axes[3].texts]
    assert texts == ["2/5", "18 %", "5/5", "2/4", "17 %", "4/4", "22 %", "1/1"]
    widths = [bar.get_width() for bar in figure.axes[3].patches]
    assert widths[:3] == pytest.approx([2 / 5, 8 / 45, 1])


def test_constant_answer_is_a_line_where_both_classes_were_attacked(figure):
    lines = [line for line in figure.axes[3].lines if line.get_linestyle() == ":"]
    assert [line.get_xdata().tolist() for line in lines] == [pytest.approx([0.2, 0.2])]


def test_figure_is_written_also_where_nothing_was_attacked(write_grid, tmp_path):
    file = {"model": "m", "seed": "0", "attack": "grid", "fold": "0"}
    files = [file | {"path": write_grid("none.nc", w=(1, None))}]
    grids = drawn_grids(files)
    lattice, _ = grids[GRID]
    cells = pd.concat(map_rows(GRID, lattice, kind) for kind in KINDS)
    assert len(cells) == 3 * 9
    assert cells["share_flipped"].isna().all()
    pdf, png = tmp_path / "universal.pdf", tmp_path / "universal.png"
    save_pages(draw_universal(grids, INITIAL), pdf, png, simulated=True)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert png.stat().st_size > 1000


def test_many_grids_are_on_pages_of_a_journals_height_and_letters_go_on(grid_files):
    (drawn,) = drawn_grids(grid_files).values()
    grids = {Grid(f"m{number}", "0", "grid"): drawn for number in range(3)}
    pages = list(draw_universal(grids, INITIAL))
    titles = [
        [title for axes in page.axes if (title := axes.get_title(loc="left"))] for page in pages
    ]
    assert [len(page) for page in titles] == [8, 4]
    assert titles[1][3] == r"$\mathbf{l}$   m2"
    assert max(page.get_figheight() for page in pages) <= HIGHEST
    plt.close("all")
