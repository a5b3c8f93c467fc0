import numpy as np
import pytest

from reconattack.evidence.robust_accuracy import box_of, frame_rows, grid_rows, robust_curves
from reconattack.evidence.statistics import wilson_interval
from tests.known_tables import grids_of_two_seeds


@pytest.fixture
def files(judged_grid):
    return grids_of_two_seeds(judged_grid)


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


def test_curves_of_all_labels_stand_beside_a_constant_answer(files):
    """Two of the four labelled frames of seed 0 are fatty, and all of seed 1."""
    curves = robust_curves(grid_rows(files)).set_index(["seed", "label"])
    assert curves.loc[("0", "all"), "constant_accuracy"].tolist() == [0.5] * 3
    assert curves.loc[("1", "all"), "constant_accuracy"].tolist() == [1, 1]
    assert curves.loc[("0", "1"), "constant_accuracy"].isna().all()


def test_box_in_words(files):
    assert box_of(files[0]["path"]).endswith(
        " 0.5 to 1.1, $\\alpha_{lower}$ 5 to 15, $\\alpha_{upper}$ 55 to 60"
    )
