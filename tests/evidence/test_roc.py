import numpy as np
import pandas as pd
import pytest

from reconattack.evidence.roc import COLUMNS, first_seed, roc_curves
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
    assert (curve["sensitivity_low"] <= curve["sensitivity_high"]).all()
