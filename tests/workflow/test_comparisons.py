"""Universal settings and transfer in the real workflow: two seeds of a network, a coarse grid."""

import re

import pandas as pd
import pytest

TABLES = [f"results/tables/{name}.csv" for name in ("universal", "transfer", "attacks")]
OF_GRIDS = ("robust_accuracy", "decision_maps", "success_against_visibility")
FIGURES = [f"results/figures/{name}.png" for name in ("universal", "transfer", *OF_GRIDS)]
GRID = {
    "method": "grid",
    "lattice": {"beta": 0.4, "alpha_lower": 5, "alpha_upper": 5},
    "max_points": 27,
    "parameters": {
        "beta": {"box": [0.5, 1.3]},
        "alpha_lower": {"box": [5, 15]},
        "alpha_upper": {"box": [50, 60]},
    },
}
COMPARISONS = ("tabulate_universal", "universal", "judge_transferred", "tabulate_transfer")


@pytest.fixture
def two_seeds(smoke, copy_of, write_config):
    """The smoke run gone on with a second seed and a grid, and its configuration."""
    run = {"attacks": ["zoo", "grid"], "seeds": [0, 1]}
    return copy_of(smoke), write_config({"run": run, "attacks": {"grid": GRID}})


def test_both_are_made_where_there_is_something_to_compare(smoke, two_seeds):
    workflow, config = two_seeds
    assert not [path for path in smoke.results() if "transfer" in path or "universal" in path]
    planned = workflow.planned(config=config)
    assert [planned[rule] for rule in COMPARISONS] == [1, 1, 8, 1]
    assert planned["transfer"] == 1
    assert [planned[rule] for rule in OF_GRIDS] == [1, 1, 1]
    assert planned["train"] == 2  # the first seed's networks stay as they are

    workflow.run(*TABLES, *FIGURES, config=config)
    universal, transfer, attacks = (pd.read_csv(workflow.folder / path) for path in TABLES)
    assert set(universal["seed"]) == {0, 1}
    grids = attacks[attacks["attack"] == "grid"]
    attacked = grids[grids["stop_reason"].isin(["flipped", "exhausted"])].groupby("seed")
    in_sample = universal[(universal["kind"] == "all") & (universal["fold"] == "in sample")]
    assert in_sample["n"].tolist() == attacked.size().tolist()
    assert in_sample["n_vulnerable"].tolist() == attacked["success"].sum().tolist()

    tables = workflow.folder / "results" / "tables"
    summary, performance = (pd.read_csv(tables / f"{n}.csv") for n in ("summary", "performance"))
    assert summary["seed"].tolist() == [0, 0, 1, 1]
    assert_range_over_seeds(summary, "attack", "success_rate")
    assert_range_over_seeds(summary, "attack", "accuracy")
    assert_range_over_seeds(performance[performance["fold"] == "pooled"], "cutoff_choice", "auc")

    robust, maps, visible = (
        pd.read_csv(workflow.folder / f"results/figures/{name}.csv") for name in OF_GRIDS
    )
    of_all = robust[robust["label"] == "all"].groupby("seed")["n_robust"]
    assert of_all.first().tolist() == attacked.size().tolist()
    kept = attacked.size() - attacked["success"].sum()
    assert of_all.last().tolist() == kept.tolist()
    assert len(maps) == 9 * attacked.size().sum()
    any_change = visible[(visible["attack"] == "grid") & (visible["limit"] == 255)]
    assert any_change["n_success"].tolist() == attacked["success"].sum().tolist()

    pairs = transfer[["source_seed", "attack", "target_seed"]].itertuples(index=False, name=None)
    assert set(pairs) == {(0, "zoo", 1), (0, "grid", 1), (1, "zoo", 0), (1, "grid", 0)}
    assert (transfer["n_tried"] <= transfer["n_both_right"]).all()
    assert (transfer["n_flipped"] <= transfer["n_tried"]).all()

    fold_of = pd.read_csv(workflow.folder / "results/folds.csv", index_col="frame")["fold"]
    judged = sorted((workflow.folder / "results" / "transfer").rglob("*.csv"))
    assert len(judged) == 8
    for path in judged:
        fold = int(re.search(r"fold-(\d+)", str(path))[1])
        assert (fold_of[pd.read_csv(path)["frame"]] == fold).all()


def assert_range_over_seeds(table, key, measure):
    for _, rows in table.groupby(key):
        assert len(rows) == 2
        assert (rows[f"{measure}_seed_min"] == rows[measure].min()).all()
        assert (rows[f"{measure}_seed_max"] == rows[measure].max()).all()
