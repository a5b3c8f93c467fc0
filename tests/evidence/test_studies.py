import re

import pandas as pd
import pytest
import yaml

from reconattack.evidence.studies import STUDIES, study_table
from reconattack.storage import write_table
from tests.places import ROOT

DATE = re.compile(r"(^|,)\d+[/-]\d+(,|$)", re.MULTILINE)  # as a spreadsheet program takes it


@pytest.fixture
def compared_with(tmp_path):
    """The table of a run of two seeds beside a study's figures."""
    run = {
        **{"model": "compact", "seed": 0, "attack": "zoo", "protocol": "patient_folds"},
        **{"auc": 0.8, "auc_low": 0.6, "auc_high": 0.9, "n_labelled": 30, "n_correct": 24},
        **{"accuracy": 0.8, "accuracy_low": 0.63, "accuracy_high": 0.9},
        **{"n_attacked": 24, "n_success": 6, "success_rate": 0.25},
        **{"success_low": 0.12, "success_high": 0.45, "median_queries": 22.0},
        **{"n_success_visible_limit": 3, "success_visible_rate": 0.125, "constant_accuracy": 0.6},
        **{"success_visible_low": 0.04, "success_visible_high": 0.31},
    }
    other = run | {"attack": "corners", "n_success": 24, "success_rate": 1.0}
    summary = pd.DataFrame([run, other, run | {"seed": 1}])

    def compare(study):
        output = tmp_path / f"{study}.csv"
        write_table(output, study_table(summary, ["zoo"], STUDIES[study], "simulated"))
        assert not DATE.search(output.read_text())
        return pd.read_csv(output)

    return compare


@pytest.fixture
def table(compared_with):
    return compared_with("liver_2020")


def test_the_papers_figures_as_published(table):
    paper = table.iloc[:3].set_index("figure")
    assert list(paper.index) == ["auc", "accuracy", "success_rate"]
    assert paper.loc["auc", "paper"] == 0.84
    assert paper[["paper_count", "paper_n"]].values.tolist()[1:] == [[27, 33], [13, 27]]
    assert round(paper.loc["accuracy", "paper"], 2) == 0.82
    assert round(paper.loc["success_rate", "paper"], 2) == 0.48
    assert round(paper.loc["success_rate", "paper_low"], 2) == 0.31
    assert round(paper.loc["success_rate", "paper_high"], 2) == 0.66
    assert paper.loc["auc", ["paper_low", "paper_high"]].isna().all()


def test_this_runs_figures_stand_beside_them(table):
    run = table.iloc[:3].set_index("figure")
    assert run["run"].tolist() == [0.8, 0.8, 0.25]
    assert run[["run_count", "run_n"]].values.tolist()[1:] == [[24, 30], [6, 24]]
    assert run["run_low"].tolist() == [0.6, 0.63, 0.12]
    assert run["run_high"].tolist() == [0.9, 0.9, 0.45]


def test_every_row_says_whose_it_is(table):
    assert table["seed"].tolist() == [0] * 5 + [1] * 5
    assert set(table["data"]) == {"simulated"}
    assert set(table["model"]) == {"compact"}


def test_every_row_names_its_study(table):
    assert table["study"].str.contains("arXiv:2009.03364").all()
    assert table.loc[table["figure"].isin(["auc", "accuracy", "success_rate"]), "note"].isna().all()


@pytest.mark.parametrize("study", STUDIES)
def test_rates_stand_beside_what_they_are_read_against(compared_with, study):
    """Six of 24 frames flip, three by a small change; one answer for all is right on 0.6."""
    against = compared_with(study).query("seed == 0").set_index("figure").iloc[-2:]
    assert list(against.index) == ["constant_accuracy", "success_visible_rate"]
    assert against["run"].tolist() == [0.6, 0.125]
    assert against.loc["success_visible_rate", ["run_count", "run_n"]].tolist() == [3, 24]
    assert against.loc["success_visible_rate", ["run_low", "run_high"]].tolist() == [0.04, 0.31]
    assert against.loc["constant_accuracy", ["run_count", "run_low"]].isna().all()
    assert against[["paper", "paper_count", "paper_low"]].isna().all(axis=None)
    assert against["note"].notna().all()


def test_companion_studys_figures_stand_in_their_place(compared_with):
    breast = compared_with("breast_2019").iloc[:4].set_index("figure")
    assert breast["study"].str.contains("IbPRIA 2019").all()
    assert breast["paper"].tolist()[:3] == [0.85, 0.58, 0.69]
    assert breast["paper"].iloc[3:].isna().all()
    assert breast[["paper_count", "paper_n", "paper_low", "paper_high"]].isna().all(axis=None)
    assert breast["note"].iloc[:3].str.contains("second hand").all()


def test_what_only_one_side_has_is_empty_on_the_other(compared_with):
    breast = compared_with("breast_2019").iloc[:4].set_index("figure")
    assert breast.loc["auc", "run"] == 0.8
    others = ["auc_lowest_other_reconstruction", "auc_highest_other_reconstruction"]
    assert breast.loc[others, ["run", "run_count", "run_n", "run_low"]].isna().all(axis=None)
    assert breast.loc["success_rate", ["run", "run_count", "run_n"]].tolist() == [0.25, 6, 24]
    assert pd.isna(breast.loc["success_rate", "paper"])


def test_configuration_knows_every_study():
    schema = yaml.safe_load((ROOT / "schemas" / "config.schema.yaml").read_text())
    assert schema["properties"]["run"]["properties"]["study"]["enum"] == list(STUDIES)
