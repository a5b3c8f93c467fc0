import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.evidence.robust_accuracy import (
    box_in_symbols,
    grid_rows,
    proof_rows,
    robust_curves,
    shares_of_box,
)
from reconattack.evidence.statistics import wilson_interval
from tests.known_tables import grids_of_two_seeds
from tests.proved_records import BOX, write_proofs


@pytest.fixture
def files(judged_grid):
    return grids_of_two_seeds(judged_grid)


def test_share_of_the_box_that_costs_a_frame(files):
    assert [row["box_share"] for row in grid_rows(files[0]["path"])] == [0.5, 1]
    assert list(grid_rows(files[1]["path"])) == [
        {"statement": "lattice", "label": "1", "box_share": np.inf},
        {"statement": "lattice", "label": "0", "box_share": 0.0},
        {"statement": "lattice", "label": None, "box_share": np.inf},
        {"statement": "lattice", "label": None, "box_share": 0.0},
    ]


def test_every_labelled_frame_that_was_read_is_in_the_denominator(files):
    curves = robust_curves(shares_of_box(files, [], {})).set_index(["seed", "label"])
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
    curves = robust_curves(shares_of_box(files, [], {})).set_index(["seed", "label"])
    assert curves.loc[("0", "all"), "constant_accuracy"].tolist() == [0.5] * 3
    assert curves.loc[("1", "all"), "constant_accuracy"].tolist() == [1, 1]
    assert curves.loc[("0", "1"), "constant_accuracy"].isna().all()


def test_box_in_symbols():
    assert box_in_symbols({"beta": {"box": [0.5, 1.1]}, "alpha_upper": {"box": [55, 55]}}) == (
        "$\\beta$ 0.5 to 1.1"
    )


def test_proof_is_a_curve_below_and_one_above(tmp_path):
    """The box is 0.4 wide below the initial beta and 0.2 above it, in half-widths 4/3 and 2/3.

    The proved margin of 0.5 half-widths is 3/8 of the longer side. The flip at beta 0.7 is half of
    the way to the lower bound.
    """
    path = write_proofs(tmp_path / "proofs.nc")
    rows = list(proof_rows(path, BOX))
    shares = {
        statement: [row["box_share"] for row in rows if row["statement"] == statement]
        for statement in ("proved", "attacked")
    }
    assert shares["proved"] == pytest.approx([np.inf, 3 / 8, 0.45, np.inf, 0, 0])
    assert shares["attacked"] == [np.inf, 0.5, np.inf, np.inf, 0, 0]
    assert [row["label"] for row in rows[::2]] == ["1", "0", "1", None, "0", None]
    file = {"model": "m", "seed": "0", "attack": "certify", "path": path}
    curves = robust_curves(shares_of_box([], [file], {"certify": BOX}))
    together = curves[curves["label"] == "all"].set_index("statement")
    assert together.loc["proved", "n_robust"].tolist() == [3, 2, 1, 1]
    assert together.loc["attacked", "n_robust"].tolist() == [3, 2, 2]


def test_without_a_record_there_is_nothing_to_draw():
    with pytest.raises(InputError, match="no attack of method grid or certify"):
        shares_of_box([], [], {})
