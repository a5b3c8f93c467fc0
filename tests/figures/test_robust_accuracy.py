import pytest

from reconattack.errors import InputError
from reconattack.evidence.robust_accuracy import grid_rows, robust_curves
from reconattack.figures.panels import save_figure
from reconattack.figures.robust_accuracy import draw_curves

CLASSES = ("normal", "fatty")
BOXES = {"grid": "the box"}

FRAMES = {
    # Flips at beta 0.7: half of the way to the lower bound, 0.5. The upper one, 1.1, is nearer.
    "half": (1, lambda beta, lower, upper: beta - 0.8),
    # Flips only where beta is 1.1 and alpha_lower 5 as well: the whole box.
    "whole": (0, lambda beta, lower, upper: -1.0 if beta < 1 or lower > 7 else 1.0),
    "never": (1, lambda beta, lower, upper: 1.0),
    "wrong": (0, lambda beta, lower, upper: 1.0),
    "unlabelled": (-1, lambda beta, lower, upper: 1.0),
    "unreadable": (0, None),
}


@pytest.fixture
def files(judged_grid):
    """Two folds of a model, and another seed of it that is always right."""
    names = list(FRAMES)
    folds = {
        ("0", "0"): {name: FRAMES[name] for name in names[:2]},
        ("0", "1"): {name: FRAMES[name] for name in names[2:]},
        ("1", "0"): {"never": FRAMES["never"]},
    }
    return [
        {"model": "m", "seed": seed, "fold": fold, "attack": "grid"}
        | {"path": judged_grid(f"{seed}-{fold}.nc", **frames)}
        for (seed, fold), frames in folds.items()
    ]


def test_figure_is_written(files, tmp_path):
    curves = robust_curves(grid_rows(files))
    assert curves["seed"].unique().tolist() == ["0", "1"]
    pdf, png = tmp_path / "f.pdf", tmp_path / "f.png"
    save_figure(draw_curves(curves, BOXES, CLASSES), pdf, png, simulated=True)
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
