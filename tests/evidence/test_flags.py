import pandas as pd
import pytest

from reconattack.attacks.stop_reasons import STOP_REASONS
from reconattack.evidence import flags

BOX = {"beta": [0.5, 1.3]}


def attack(success, method="zoo", **columns):
    """Rows of an attack, a frame for each entry of `success`, that raise no flag by themselves."""
    n = len(success)
    reasons = ["flipped" if hit else "bounds" for hit in success]
    rows = pd.DataFrame(
        {
            **{"model": "m", "seed": 0, "attack": method, "method": method},
            "frame": [f"f{number}" for number in range(n)],
            "success": success,
            "stop_reason": reasons,
            "mean_abs_diff": 3.0,
            "zero_gradients": pd.array([None] * n, "Int64"),
            "saturated_share": 0.0,
            "grid": None,
            "grid_certified": pd.array([None] * n, "boolean"),
            "grid_confirms": pd.array([None] * n, "boolean"),
        }
    )
    typed = {name: pd.array(values, rows[name].dtype) for name, values in columns.items()}
    return rows.assign(**typed)


def by_frame(rows):
    return rows.set_index("frame")


def flagged(check, own, *others):
    frames = check(by_frame(own), {rows["attack"].iloc[0]: by_frame(rows) for rows in others})
    return None if frames is None else frames.tolist()


def beside_grid(success, certified, method="zoo", **columns):
    return attack(
        success, method, grid=["grid"] * len(success), grid_certified=certified, **columns
    )


def test_grid_contradicts_a_success():
    confirms = [True, False, None, None]
    own = beside_grid([True, True, True, False], [False, True, True, True], grid_confirms=confirms)
    assert flagged(flags.grid_contradicted, own) == ["f1"]
    assert flagged(flags.grid_contradicted, attack([True])) is None


def test_success_without_change():
    own = attack([True, True, False], mean_abs_diff=[0, 1e-3, 0])
    assert flagged(flags.success_without_change, own) == ["f0"]


def test_zero_gradients():
    own = attack([True, False, False], zero_gradients=[0, 2, None])
    assert flagged(flags.zero_gradients, own) == ["f1"]
    assert flagged(flags.zero_gradients, attack([True, False])) is None


def test_saturated_probabilities():
    own = attack([True, False, True], saturated_share=[0.5, 0.009, 0.01])
    assert flagged(flags.saturated_probabilities, own) == ["f0", "f2"]


def test_black_box_beats_white_box():
    white = attack([True, False, False, False], "gradient")
    searches = attack([True, True, False, False], "cma"), attack([False, False, True, False], "zoo")
    assert flagged(flags.black_box_beats_white_box, white, *searches) == ["f1", "f2"]
    assert flagged(flags.black_box_beats_white_box, white, attack([True, False] * 2, "cma")) == [
        "f2"
    ]


def test_white_box_is_compared_with_searches_only():
    white, grid = attack([False], "gradient"), attack([True], "grid")
    assert flagged(flags.black_box_beats_white_box, white, grid) is None
    assert flagged(flags.black_box_beats_white_box, grid, white) is None


def test_worse_than_corners():
    corners = attack([True, True, False, True], "corners")
    assert flagged(flags.worse_than_corners, attack([True, False, True, False]), corners) == [
        "f1",
        "f3",
    ]
    assert flagged(flags.worse_than_corners, attack([True, False, True, True]), corners) == []
    assert flagged(flags.worse_than_corners, attack([True] * 4)) is None
    assert flagged(flags.worse_than_corners, corners, attack([True] * 4)) is None


def test_grid_vulnerable_missed():
    own = beside_grid([True, False, False], [False, False, True])
    assert flagged(flags.grid_vulnerable_missed, own) == ["f1"]
    assert flagged(flags.grid_vulnerable_missed, attack([False])) is None
    assert flagged(flags.grid_vulnerable_missed, beside_grid([False], [False], "grid")) is None


def test_limit_reached_on_most_frames():
    reasons = ["budget", "step_limit", "flipped", "budget"]
    own = attack([False, False, True, False], stop_reason=reasons)
    assert flagged(flags.limit_reached, own) == ["f0", "f1", "f3"]
    assert flagged(flags.limit_reached, own.assign(stop_reason=["budget", *["bounds"] * 3])) == []
    assert flagged(flags.limit_reached, own.assign(method="grid")) is None


def test_success_within_the_budget_is_not_given_up():
    own = attack([True, True, False], stop_reason=["budget"] * 3)
    assert flagged(flags.limit_reached, own) == []


def test_stopped_by_cycle():
    own = attack([False, False, True], stop_reason=["cycle", "bounds", "flipped"])
    assert flagged(flags.stopped_by_cycle, own) == ["f0"]
    assert flagged(flags.stopped_by_cycle, own.assign(method="cma")) is None


def test_stop_reasons_are_the_attacks():
    assert {*flags.STOPPED_BY_LIMIT, "cycle"} <= set(STOP_REASONS)


# The table


def table(*attacks, **boxes):
    boxes = {rows["attack"].iloc[0]: BOX for rows in attacks} | boxes
    return flags.raised(pd.concat(attacks, ignore_index=True), boxes)


def test_flag_that_was_not_raised_has_a_row():
    rows = table(attack([True, True]))
    assert rows["flag"].tolist() == [flag.name for flag in flags.FLAGS]
    assert (rows["n"] == 0).all()
    assert rows["frames"].isna().all()
    checked = dict(zip(rows["flag"], rows["n_checked"], strict=True))
    assert checked["success_without_change"] == checked["limit_reached"] == 2
    assert checked["grid_contradicted"] == checked["worse_than_corners"] == 0


def test_raised_flag_names_the_attack_and_its_frames():
    rows = table(attack([True, False, False]), attack([True, True, True], "corners"))
    (row,) = rows[rows["n"] > 0].to_dict("records")
    assert (row["flag"], row["level"]) == ("worse_than_corners", "warning")
    assert (row["model"], row["seed"], row["attack"]) == ("m", 0, "zoo")
    assert (row["n"], row["n_checked"], row["frames"]) == (2, 3, "f1, f2")
    assert row["meaning"] and row["advice"]


def test_attacks_in_other_boxes_and_on_other_models_are_not_compared():
    zoo, corners = attack([True, False, False]), attack([True, True, True], "corners")
    assert (table(zoo, corners, zoo={"beta": [0.8, 1]})["n"] == 0).all()
    assert (table(zoo, corners.assign(seed=1))["n"] == 0).all()
    assert (table(zoo, corners.assign(model="other"))["n"] == 0).all()


def test_many_frames_are_named_in_part():
    rows = table(attack([False] * 13, stop_reason=["cycle"] * 13))
    (frames,) = rows.loc[rows["flag"] == "stopped_by_cycle", "frames"]
    assert frames == "f0, f1, f2, f3, f4, f5, f6, f7, f8, f9 and 3 more"


def test_run_that_attacked_nothing_checks_nothing():
    rows = flags.raised(attack([True])[:0], {"zoo": BOX})
    assert len(rows) == len(flags.FLAGS)
    assert not rows["n"].any() and not rows["n_checked"].any()


@pytest.mark.parametrize("flag", flags.FLAGS, ids=lambda flag: flag.name)
def test_every_flag_is_documented(flag):
    assert flag.level in ("error", "warning")
    assert flag.check.__name__ == flag.name
