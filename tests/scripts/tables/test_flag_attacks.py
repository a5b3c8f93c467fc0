import pandas as pd

from scripts.tables.flag_attacks import flag_attacks

COLUMNS = [
    *("flag", "level", "model", "seed", "attack", "n", "n_checked", "frames", "meaning", "advice")
]
ROW = {
    **{"model": "m", "seed": 3, "mean_abs_diff": 2.0, "saturated_share": 0.0},
    **{"zero_gradients": None, "grid": "fine", "grid_certified": None, "grid_confirms": None},
}


def test_flags_of_a_table_of_attacks(tmp_path):
    seen = {"grid_certified": False}
    rows = [
        ROW | seen | {"attack": "a", "frame": "f0", "success": False, "stop_reason": "budget"},
        ROW | {"attack": "a", "frame": "f1", "success": False, "stop_reason": "wrong_at_start"},
        ROW
        | seen
        | {"attack": "fine", "frame": "f0", "success": True, "stop_reason": "flipped"}
        | {"grid_confirms": True},
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "attacks.csv", index=False)
    definitions = {"a": {"method": "cma", "box": {}}, "fine": {"method": "grid", "box": {}}}
    flag_attacks(str(tmp_path / "attacks.csv"), definitions, str(tmp_path / "flags.csv"))
    table = pd.read_csv(tmp_path / "flags.csv")
    assert list(table) == COLUMNS
    raised = table[table["n"] > 0].set_index("flag")
    assert raised["attack"].to_dict() == {"grid_vulnerable_missed": "a", "limit_reached": "a"}
    assert raised["seed"].tolist() == [3, 3]
    assert raised["frames"].tolist() == ["f0", "f0"]
    assert raised["n_checked"].tolist() == [1, 1]


def test_attack_past_a_guard_is_not_compared_with_one_that_knows_none(tmp_path):
    rows = [
        ROW | {"attack": name, "frame": "f0", "success": success, "stop_reason": reason}
        for name, success, reason in (("corners", True, "flipped"), ("past", False, "exhausted"))
    ]
    pd.DataFrame(rows).assign(grid=None).to_csv(tmp_path / "attacks.csv", index=False)
    raised = {}
    for guarded in (False, True):
        definitions = {
            "corners": {"method": "corners", "box": {}},
            "past": {"method": "cma", "box": {}} | ({"guarded": True} if guarded else {}),
        }
        flag_attacks(str(tmp_path / "attacks.csv"), definitions, str(tmp_path / "flags.csv"))
        table = pd.read_csv(tmp_path / "flags.csv")
        raised[guarded] = set(table.loc[table["n"] > 0, "flag"])
    assert raised == {False: {"worse_than_corners"}, True: set()}
