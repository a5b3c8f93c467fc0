import numpy as np
import pandas as pd
import pytest

from reconattack.errors import InputError
from reconattack.evidence.columns import explained
from reconattack.evidence.proofs import PROVED, SAMPLED, proof_summary, proof_table
from reconattack.evidence.statistics import wilson_interval
from tests.proved_records import write_proofs, write_sample


@pytest.fixture
def proofs(tmp_path):
    keys = {"model": "m", "seed": "0", "fold": "all"}
    return proof_table(
        [
            keys | {"attack": "certify", "path": write_proofs(tmp_path / "proofs.nc")},
            keys | {"attack": "sample", "path": write_sample(tmp_path / "sample.nc")},
        ]
    )


def test_every_frame_has_the_verdict_of_its_proof(proofs):
    rows = proofs[proofs["statement"] == PROVED].set_index("frame")
    reasons = ["certified", "flipped", "undecided", "certified", "wrong_at_start", "unreadable"]
    assert rows["stop_reason"].tolist() == reasons
    assert rows["certified"].tolist()[:4] == [True, False, False, True]
    assert rows["certified"].isna().tolist() == [False] * 4 + [True] * 2
    assert rows["certified_margin"].tolist()[:4] == [1, 0.5, 0.6, 1]
    # Beta moves by 0.2 of a box whose half-width is 0.3.
    assert rows.loc["flips", "margin_linf"] == pytest.approx(0.2 / 0.3)
    assert rows.loc["flips", "margin_gap"] == pytest.approx(0.2 / 0.3 - 0.5)
    assert rows["margin_linf"].drop("flips").isna().all()
    assert rows["undecided_share"].tolist()[:4] == [0, 0.7, 0.1, 0]
    assert rows["cells"].tolist()[:4] == [40, 300, 300, 50]
    assert rows["label"].tolist()[:3] == [1, 0, 1]
    assert rows["label"].isna().tolist()[3:] == [True, False, False]


def test_sample_is_a_row_of_the_same_table_and_no_proof(proofs):
    rows = proofs[proofs["statement"] == SAMPLED].set_index("frame")
    assert rows["certified"].isna().all()
    kept = rows.loc["kept"]
    assert (kept["n_drawn"], kept["n_flipping"], kept["confidence"]) == (1000, 0, 0.95)
    assert kept["flip_share_upper"] == 0.003
    assert pd.isna(rows.loc["wrong", "n_drawn"])


def test_shares_of_a_model_add_up_to_one(proofs):
    summary = proof_summary(proofs).set_index("attack")
    own = summary.loc["certify"]
    assert own[["n_robust", "n_vulnerable", "n_undecided", "n_attacked"]].tolist() == [2, 1, 1, 4]
    assert own["robust_share"] + own["vulnerable_share"] + own["undecided_share"] == 1
    ends = own["robust_share_low"], own["robust_share_high"]
    assert ends == pytest.approx(wilson_interval(2, 4))
    # Three labelled frames were attacked and one was wrong; one of the four is proved.
    assert (own["n_labelled"], own["certified_accuracy"]) == (4, 0.25)
    assert own["proved_of_margin"] == pytest.approx(0.5 / (0.2 / 0.3))
    sampled = summary.loc["sample"]
    assert sampled[["n_robust", "n_vulnerable", "n_undecided"]].tolist() == [0, 0, 1]
    assert (sampled["flip_share_upper"], sampled["confidence"]) == (0.003, 0.95)


def test_every_column_is_explained(proofs):
    for table, rows in (("proofs", proofs), ("proofs_summary", proof_summary(proofs))):
        for name in rows:
            assert explained(table, name).meaning


def test_a_model_without_any_right_frame_has_no_share(proofs):
    wrong = proofs[proofs["frame"] == "wrong"]
    own = proof_summary(wrong).set_index("attack").loc["certify"]
    assert own["n_attacked"] == 0
    assert np.isnan(own["robust_share"])


def test_without_a_proof_there_is_nothing_to_tabulate():
    with pytest.raises(InputError, match="no attack of method certify or sample"):
        proof_table([])
