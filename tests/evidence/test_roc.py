import numpy as np
import pandas as pd
import pytest

from reconattack.evidence.roc import COLUMNS, corners, first_seed, roc_curves
from reconattack.evidence.statistics import auc


@pytest.fixture
def tables(noisy_scores):
    """A model of two seeds, and one whose frames are all fatty."""
    labels, scores = noisy_scores
    table = pd.DataFrame(
        {"seed": 1, "frame": np.arange(60), "patient": np.arange(60), "label": labels}
        | {"logit": scores, "predicted": (scores > 0.5).astype(int)}
    )
    return {"m": pd.concat([table.assign(seed=3, logit=-scores), table]), "one": table[:40]}


def test_curve_of_the_first_seed_and_its_cutoff_are_tabulated(tables, noisy_scores):
    labels, scores = noisy_scores
    curves = roc_curves({"m": first_seed(tables["m"])}, 0.6)
    assert list(curves) == list(COLUMNS)
    assert set(curves["seed"]) == {1}
    assert set(curves["n"]) == {60}
    assert set(curves["auc"]) == {auc(labels, scores)}
    curve, fixed = curves[:-1], curves.iloc[-1]
    assert curve["cutoff"].isna().all()
    assert fixed["cutoff"] == 0.6
    assert fixed["sensitivity"] == (scores[labels == 1] > 0.5).mean()
    assert fixed["false_positive_rate"] == pytest.approx((scores[labels == 0] > 0.5).mean())
    band = curve[curve["sensitivity"].isna()]
    assert (band["sensitivity_low"] <= band["sensitivity_high"]).all()
    assert curve["sensitivity"].iloc[0] == curve["false_positive_rate"].iloc[0] == 0


def test_corners_of_the_empirical_curve():
    labels, scores = np.array([1, 0, 1, 1, 0]), np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    places = corners(labels, scores)[["false_positive_rate", "sensitivity"]].to_numpy()
    np.testing.assert_allclose(places, [[0, 0], [0, 1 / 3], [0.5, 1 / 3], [0.5, 1], [1, 1]])
    tied = corners(np.array([1, 0, 0, 1]), np.array([0.9, 0.5, 0.1, 0.5]))
    assert tied.to_numpy().tolist() == [[0, 0], [0, 0.5], [0.5, 1], [1, 1]]
