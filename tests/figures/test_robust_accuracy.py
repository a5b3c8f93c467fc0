import numpy as np
import pytest

from reconattack.evidence.robust_accuracy import robust_curves, shares_of_box
from reconattack.figures.panels import save_figure
from reconattack.figures.robust_accuracy import draw_curves
from tests.known_tables import FRAMES, grids_of_two_seeds
from tests.proved_records import BOX, write_proofs

CLASSES = ("normal", "fatty")
BOXES = {"grid": "the box"}


@pytest.fixture
def files(judged_grid):
    return grids_of_two_seeds(judged_grid)


def test_figure_is_written(files, tmp_path):
    curves = robust_curves(shares_of_box(files, [], {}))
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
    curves = robust_curves(shares_of_box([file], [], {}))
    assert set(curves["n"]) == {0}
    pdf, png = tmp_path / "f.pdf", tmp_path / "f.png"
    save_figure(draw_curves(curves, BOXES, CLASSES), pdf, png, simulated=False)
    assert png.stat().st_size > 1000


def test_proof_is_a_band_between_two_lines(tmp_path):
    path = write_proofs(tmp_path / "proofs.nc")
    file = {"model": "m", "seed": "0", "attack": "certify", "path": path}
    curves = robust_curves(shares_of_box([], [file], {"certify": BOX}))
    figure = draw_curves(curves, {"certify": "the box"}, CLASSES)
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    proved, attacked, between, _ = names
    assert (proved, attacked) == ("certify: proved", "certify: attacked")
    assert between == "between proved and attacked"
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    np.testing.assert_allclose(lines[proved].get_ydata(), [0.75, 0.5, 0.25, 0.25])
    np.testing.assert_allclose(lines[attacked].get_ydata(), [0.75, 0.5, 0.5])
    (band,) = figure.axes[0].collections
    corners = band.get_paths()[0].vertices
    assert {0.25, 0.5, 0.75} == set(corners[:, 1].round(9))
    # At half of the box one frame is proved and two are not flipped.
    assert {0.25, 0.5} <= set(corners[np.isclose(corners[:, 0], 100), 1].round(9))
