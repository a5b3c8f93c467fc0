import numpy as np
import pandas as pd
import pytest

from reconattack.evidence.agreement import agreement_summary, agreement_table
from reconattack.evidence.columns import explained

ROWS = pd.DataFrame(
    {
        "frame": ["a", "b", "a", "b"],
        "patient": ["p", "q", "p", "q"],
        "kind": ["png", "png", "dark", "dark"],
        "points": [100, 100, 100, 100],
        "decisions_agree": [100, 90, 98, 100],
        "grey_error_p95": [1, 1, 2, 3],
        "worst_grey_error": [1, 1, 40, 30],
        "censored_share": [0.02, 0.04, 0.2, 0.1],
        "sure_flips": [10, 30, 0, 0],
        "sure_flips_confirmed": [10, 28, 0, 0],
        "sure_holds": [80, 40, 70, 70],
        "sure_holds_confirmed": [80, 40, 70, 63],
        "true_flips": [12, 38, 5, 5],
    }
)


@pytest.fixture
def table(tmp_path):
    files = []
    for fold, rows in enumerate((ROWS.iloc[[0, 2]], ROWS.iloc[[1, 3]])):
        path = tmp_path / f"{fold}.csv"
        rows.to_csv(path, index=False)
        files.append({"model": "m", "seed": "0", "fold": str(fold), "path": str(path)})
    return agreement_table(files)


def test_rows_of_all_networks(table):
    assert list(table["fold"]) == ["0", "0", "1", "1"]
    assert list(table["frame"]) == ["a", "a", "b", "b"]


def test_shares_of_each_kind(table):
    summary = agreement_summary(table).set_index("kind")
    png, dark = summary.loc["png"], summary.loc["dark"]
    assert (png["frames"], png["points"]) == (2, 200)
    assert png["agree"] == 190 / 200
    assert png["agree_worst"] == 0.9
    assert png["sure_flips_confirmed"] == 38 / 40
    assert png["true_flips_sure"] == 38 / 50
    assert (png["agree_low"], png["agree_high"]) == (0.9, 1.0)  # two patients: one, both, the other
    assert np.isnan(dark["sure_flips_confirmed"])
    assert np.isnan(dark["sure_flips_confirmed_low"])
    assert dark["true_flips_sure"] == 0
    assert dark["sure_holds_confirmed"] == 133 / 140
    assert dark["grey_error_p95"] == 3
    assert dark["worst_grey_error"] == 40
    assert dark["censored_share"] == pytest.approx(0.15)


def test_every_column_is_explained(table):
    tables = {"agreement": table, "agreement_summary": agreement_summary(table)}
    for name, rows in tables.items():
        for column in rows.columns:
            assert explained(name, column).meaning
