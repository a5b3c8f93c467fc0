import numpy as np
import pytest

from reconattack.evidence.robust_accuracy import box_of, frame_rows, grid_rows, robust_curves
from reconattack.evidence.statistics import wilson_interval

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


def test_share_of_the_box_that_costs_a_frame(files):
    assert [row["box_share"] for row in frame_rows(files[0]["path"])] == [0.5, 1]
    assert list(frame_rows(files[1]["path"])) == [
        {"label": "1", "box_share": np.inf},
        {"label": "0", "box_share": 0.0},
        {"label": None, "box_share": np.inf},
        {"label": None, "box_share": 0.0},
    ]


def test_every_labelled_frame_that_was_read_is_in_the_denominator(files):
    curves = robust_curves(grid_rows(files)).set_index(["seed", "label"])
    together = curves.loc[("0", "all")]
    assert together["box_share"].tolist() == [0, 0.5, 1]
    assert together["n"].tolist() == [4] * 3
    assert together["n_robust"].tolist() == [3, 2, 1]
    assert together["robust_accuracy"].tolist() == [0.75, 0.5, 0.25]
    first = together.iloc[0]
    assert (first["robust_accuracy_low"], first["robust_accuracy_high"]) == pytest.approx(
        wilson_interval(3, 4)
    )
    assert curves.loc[("0", "1"), "n_robust"].tolist() == [2, 1, 1]
    assert curves.loc[("0", "0"), "n_robust"].tolist() == [1, 0]
    assert curves.loc[("1", "all"), "n_robust"].tolist() == [1, 1]
    assert curves.loc[("1", "0"), "robust_accuracy"].isna().all()


def test_box_in_words(files):
    assert box_of(files[0]["path"]).endswith(
        " 0.5 to 1.1, $\\alpha_{lower}$ 5 to 15, $\\alpha_{upper}$ 55 to 60"
    )
