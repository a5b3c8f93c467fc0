"""The files and tables of a run."""

from pathlib import PurePath

import pytest

NETWORKS = [("compact", "0", "0"), ("compact", "0", "1")]
ALWAYS = {
    *("frames", "boxes", "attacks", "summary", "performance", "paper", "flags", "timings"),
    "envelope",
}
SEVERAL = {"comparisons"}


def names(paths):
    return {PurePath(path).stem for path in paths}


def test_record_for_every_network_attack_and_chunk(plan_of):
    files = plan_of().results.attacks
    assert len(files) == 2 * 2 * 2
    assert files[-1] == {
        "model": "compact",
        "seed": "0",
        "fold": "1",
        "file": "results/models/compact/seed-0/fold-1.onnx",
        "attack": "corners",
        "path": "results/attacks/compact/seed-0/fold-1/corners/4x0001.nc",
    }


def test_models_with_attacks_of_their_own(plan_of):
    keys = {"models": {"theirs": {"attacks": ["corners"]}}}
    results = plan_of(keys, models=["compact", "theirs"]).results
    own = {file["attack"] for file in results.attacks if file["model"] == "theirs"}
    assert own == {"corners"}
    assert results.compared == 3
    assert results.records == 3 * 6


def test_records_by_what_they_find(plan_of):
    results = plan_of(attacks=["steps", "lattice", "nearest", "each"]).results
    found = [results.grids, results.margins, results.knobs, results.walks]
    expected = ["lattice", "nearest", "each", "steps"]
    assert [{file["attack"] for file in files} for files in found] == [{n} for n in expected]
    assert results.grid_attacks == ["lattice"]
    assert results.attacks_by("steps") == results.walks
    assert results.attacks_by(None) == []


def test_grid_beside_each_record(plan_of):
    results = plan_of(attacks=["steps", "lattice", "each"]).results
    folder = "results/attacks/compact/seed-0/fold-0"
    grid = {"attack": "lattice", "path": f"{folder}/lattice/4x0001.nc"}
    assert results.grid_of_path[f"{folder}/steps/4x0001.nc"] == grid
    assert results.grid_of_path[f"{folder}/lattice/4x0001.nc"] == grid
    assert f"{folder}/each/4x0001.nc" not in results.grid_of_path
    assert results.walk_of_grid[grid["path"]] == f"{folder}/steps/4x0001.nc"


def test_model_without_the_grid_has_none_beside(plan_of):
    keys = {"models": {"compact": {"attacks": ["steps"]}}}
    results = plan_of(keys, attacks=["steps", "lattice"]).results
    assert results.grid_of_path == results.walk_of_grid == {}


def test_grid_of_a_model_that_is_called_as_an_attack(plan_of):
    keys = {"models": {"steps": {"network": "compact"}}}
    results = plan_of(keys, models=["steps"], attacks=["steps", "lattice"]).results
    assert all(f"/{path.split('/')[2]}/seed-0" in path for path in results.walk_of_grid.values())
    assert {path.split("/")[5] for path in results.walk_of_grid.values()} == {"steps"}
    assert {path.split("/")[2] for path in results.walk_of_grid.values()} == {"steps"}


def test_transfer_needs_two_models_or_seeds(plan_of):
    assert plan_of().results.transfers == []
    files = plan_of(seeds=[0, 1]).results.transfers
    assert len(files) == 4 * 2
    assert files[0]["path"] == "results/transfer/compact/seed-0/fold-0/4x0000.csv"


def test_transfer_tries_attacks_on_other_models_of_the_same_frames(plan_of):
    results = plan_of(models=["compact", "theirs"], seeds=[0, 1]).results
    sources = results.transfer_sources("compact", "0", "1", "4x0000")
    assert {(file["model"], file["seed"], file["fold"]) for file in sources} == {
        *[("compact", "1", "1"), ("theirs", "0", "all")]
    }
    assert {PurePath(file["path"]).stem for file in sources} == {"4x0000"}
    to_all = results.transfer_sources("theirs", "0", "all", "4x0000")
    assert {file["fold"] for file in to_all} == {"0", "1"}


def test_accidental_settings_are_optional(plan_of):
    assert plan_of().results.accidental == []
    files = plan_of({"accidental": {"settings": 5}}).results.accidental
    assert [file["path"] for file in files][:2] == [
        "results/settings/compact/seed-0/fold-0/4x0000.nc",
        "results/settings/compact/seed-0/fold-0/4x0001.nc",
    ]


def test_envelope_of_whatever_tells_where_decisions_change(plan_of):
    results = plan_of().results
    assert results.enveloped == results.attacks
    assert (results.has_envelope, results.changed_limit) == (True, 0.05)
    assert plan_of(changed_limit=0.1).results.changed_limit == 0.1
    attacks = {"drawn": {"method": "sample", "parameters": {"beta": {"box": [0.5, 1.3]}}}}
    alone = plan_of({"attacks": attacks}, attacks=["drawn"]).results
    assert (alone.enveloped, alone.has_envelope) == ([], False)
    assert "envelope" not in names(alone.tables)


GROUPS = {
    "one attack": ({}, {"attacks": ["corners"]}, ALWAYS),
    "two attacks": ({}, {}, ALWAYS | SEVERAL),
    "a grid": (
        *({}, {"attacks": ["steps", "lattice"]}),
        ALWAYS | SEVERAL | {"grid", "universal"},
    ),
    "margins": ({}, {"attacks": ["nearest"]}, ALWAYS | {"margins"}),
    "knobs": ({}, {"attacks": ["each"]}, ALWAYS | {"knobs"}),
    "two seeds": ({}, {"seeds": [0, 1]}, ALWAYS | SEVERAL | {"transfer"}),
    "accidental": (
        *({"accidental": {"settings": 5}}, {}),
        ALWAYS | SEVERAL | {"accidental", "accidental_summary", "repeatability"},
    ),
    "defences": (
        *({"defences": {"baseline": "compact"}}, {}),
        ALWAYS | SEVERAL | {"defences", "defences_pairs", "defences_timings", "findings"},
    ),
}


@pytest.mark.parametrize("what", GROUPS)
def test_tables(plan_of, what):
    keys, run, expected = GROUPS[what]
    paths = plan_of(keys, **run).results.tables
    assert names(paths) == expected
    assert len(paths) == len(expected)


def test_guards_have_tables_of_each_chunk_and_of_the_run(plan_of):
    keys = {
        "models": {"compact": {"guard": {"settings": 3, "false_alarm_rate": 0.1}}},
        "attacks": {"past": {"method": "cma", "guarded": True, "parameters": {}}},
    }
    results = plan_of(keys, models=["compact", "svm"], attacks=["steps", "past"]).results
    assert {(file["model"], file["path"]) for file in results.guards} == {
        ("compact", f"results/guards/compact/seed-0/fold-{fold}/4x000{chunk}.csv")
        for fold in (0, 1)
        for chunk in (0, 1)
    }
    assert {"guard", "guard_summary"} <= names(results.tables)
    of_chunk = {"model": "compact", "seed": "0", "fold": "1", "chunk": "4x0000"}
    assert results.guarded_attacks(**of_chunk) == {
        name: f"results/attacks/compact/seed-0/fold-1/{name}/4x0000.nc"
        for name in ("steps", "past")
    }
    assert plan_of().results.guards == []
    assert not {"guard", "guard_summary"} & names(plan_of().results.tables)
