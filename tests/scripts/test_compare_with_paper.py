import pandas as pd
import pytest

from scripts.compare_with_paper import compare_with_paper


@pytest.fixture
def table(tmp_path):
    run = {
        **{"model": "compact", "seed": 0, "attack": "zoo", "protocol": "patient_folds"},
        **{"auc": 0.8, "auc_low": 0.6, "auc_high": 0.9, "n_labelled": 30, "n_correct": 24},
        **{"accuracy": 0.8, "accuracy_low": 0.63, "accuracy_high": 0.9},
        **{"n_attacked": 24, "n_success": 6, "success_rate": 0.25},
        **{"success_low": 0.12, "success_high": 0.45, "median_queries": 22.0},
    }
    pd.DataFrame([run, run | {"seed": 1}]).to_csv(tmp_path / "summary.csv", index=False)
    compare_with_paper(tmp_path / "summary.csv", str(tmp_path / "paper.csv"), "simulated")
    return pd.read_csv(tmp_path / "paper.csv")


def test_the_papers_figures_as_published(table):
    paper = table.iloc[:3].set_index("figure")
    assert list(paper.index) == ["auc", "accuracy", "success_rate"]
    assert paper.loc["auc", "paper"] == 0.84
    assert paper["paper_count"].tolist()[1:] == ["27/33", "13/27"]
    assert round(paper.loc["accuracy", "paper"], 2) == 0.82
    assert round(paper.loc["success_rate", "paper"], 2) == 0.48
    assert round(paper.loc["success_rate", "paper_low"], 2) == 0.31
    assert round(paper.loc["success_rate", "paper_high"], 2) == 0.66
    assert paper.loc["auc", ["paper_low", "paper_high"]].isna().all()


def test_this_runs_figures_stand_beside_them(table):
    run = table.iloc[:3].set_index("figure")
    assert run["run"].tolist() == [0.8, 0.8, 0.25]
    assert run["run_count"].tolist()[1:] == ["24/30", "6/24"]
    assert run["run_low"].tolist() == [0.6, 0.63, 0.12]
    assert run["run_high"].tolist() == [0.9, 0.9, 0.45]


def test_every_row_says_whose_it_is(table):
    assert table["seed"].tolist() == [0, 0, 0, 1, 1, 1]
    assert set(table["data"]) == {"simulated"}
    assert set(table["model"]) == {"compact"}
