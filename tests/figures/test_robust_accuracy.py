import pytest

from reconattack.errors import InputError
from reconattack.evidence.robust_accuracy import grid_rows, robust_curves
from reconattack.figures.panels import save_figure
from reconattack.figures.robust_accuracy import draw_curves
from tests.known_tables import FRAMES, grids_of_two_seeds

CLASSES = ("normal", "fatty")
BOXES = {"grid": "the box"}


@pytest.fixture
def files(judged_grid):
    return grids_of_two_seeds(judged_grid)


def test_figure_is_written(files, tmp_path):
    curves = robust_curves(grid_rows(files))
    assert curves["seed"].unique().tolist() == ["0", "1"]
    pdf, png = tmp_path / "f.pdf", tmp_path / "f.png"
    figure = draw_curves(curves, BOXES, CLASSES)
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["seed 0", "seed 1", "always the more frequent label"]
    all_frames, normal, _ = figure.axes
    counts = curves.groupby(["seed", "label"])["n"].first().unstack()
    shares = counts[["0", "1"]].max(axis=1) / counts["all"]
    constant = [line for line in all_frames.lines if line.get_label() == names[2]]
    assert {line.get_ydata()[0] for line in constant} == set(shares)
    assert [len(axes.lines) for axes in figure.axes] == [2 + len(constant), 2, 2]
    assert normal.get_title(loc="left").endswith("normal")
    save_figure(figure, pdf, png, simulated=True)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert png.stat().st_size > 1000


def test_frames_without_a_label_have_no_accuracy(judged_grid, tmp_path):
    path = judged_grid("grid.nc", a=FRAMES["unlabelled"])
    file = {"model": "m", "seed": "0", "fold": "all", "attack": "grid", "path": path}
    curves = robust_curves(grid_rows([file]))
    assert set(curves["n"]) == {0}
    pdf, png = tmp_path / "f.pdf", tmp_path / "f.png"
    save_figure(draw_curves(curves, BOXES, CLASSES), pdf, png, simulated=False)
    assert png.stat().st_size > 1000


def test_without_a_grid_there_is_nothing_to_draw():
    with pytest.raises(InputError, match="no attack of method grid"):
        grid_rows([])
