import pandas as pd
import pytest

from reconattack.errors import InputError
from scripts.figures.robust_accuracy import robust_accuracy

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
    table, pdf, png = (str(tmp_path / f"f.{suffix}") for suffix in ("csv", "pdf", "png"))
    robust_accuracy(files, ("normal", "fatty"), table, pdf, png, simulated=True)
    assert pd.read_csv(table)["seed"].unique().tolist() == [0, 1]
    assert (tmp_path / "f.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "f.png").stat().st_size > 1000


def test_frames_without_a_label_have_no_accuracy(judged_grid, tmp_path):
    path = judged_grid("grid.nc", a=FRAMES["unlabelled"])
    file = {"model": "m", "seed": "0", "fold": "all", "attack": "grid", "path": path}
    table, pdf, png = (str(tmp_path / f"f.{suffix}") for suffix in ("csv", "pdf", "png"))
    robust_accuracy([file], ("normal", "fatty"), table, pdf, png, simulated=False)
    assert set(pd.read_csv(table)["n"]) == {0}
    assert (tmp_path / "f.png").stat().st_size > 1000


def test_without_a_grid_there_is_nothing_to_draw():
    with pytest.raises(InputError, match="no attack of method grid"):
        robust_accuracy([], ("normal", "fatty"), "f.csv", "f.pdf", "f.png", simulated=True)
