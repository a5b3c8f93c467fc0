"""One setting for all frames of a unit, with models whose answers are known in closed form."""

import numpy as np
import pytest

import reconattack as ra
from reconattack.attacks.run import attack_frames, attack_units
from reconattack.attacks.units import UnitOracle, truth_of_unit, units_of, vote
from reconattack.classifiers.decisions.binary import Binary
from reconattack.classifiers.decisions.number import Number
from reconattack.errors import InputError
from reconattack.reconstruction.pictures import PictureReconstruction
from tests.attacks.test_decisions import (
    GRADES,
    INITIAL,
    METHODS,
    WINDOW,
    grades,
    grey_at,
    mean_grey,
    picture,
)

CUT = 100  # mean grey level from which on a picture is of class 1
BOX = {name: {"box": list(box)} for name, box in WINDOW.items()}


def brightness(images):
    """Probability of class 1, with the logit the mean grey level less `CUT`, in tens."""
    return 1 / (1 + np.exp((CUT - mean_grey(images)) / 10))


def judged(function=brightness, decision=None, **more):
    settings = {"decision": decision} if decision else {}
    return ra.open_model(function, rows=40, **settings, **more).judge


def attacked(unit, rule, method="minimal", function=brightness, decision=None, **more):
    settings = {"method": method, **METHODS[method]}
    steps = {name: settings.pop(name) for name in ("probe", "rate") if name in settings}
    knobs = {k: box | {step: steps[step][k] for step in steps} for k, box in BOX.items()}
    judge = judged(function, decision, **more)
    units = {"clip": [picture(*bands, label=label) for bands, label in unit]}
    settings["parameters"] = knobs
    return attack_units(units, rule, judge, settings, INITIAL, 40, 0.5, "minimal").isel(frame=0)


def test_vote_is_what_more_than_half_reach():
    answers = np.array([[3.0, -1, -2], [3, 1, -2], [1, 1, -1], [-3, -1, -2]])
    assert vote(answers).tolist() == [-1, 1, 1, -2]
    assert vote(np.array([[1.0, -1], [1, 2]])).tolist() == [-1, 1]  # half is not more than half


@pytest.mark.parametrize("rule", ["mean", "vote", "maximum"])
def test_rules_are_those_of_the_answers_to_the_frames(rule):
    greys = [60, 95, 130]
    frames = [PictureReconstruction(picture(grey), tuple(INITIAL), INITIAL) for grey in greys]
    oracle = UnitOracle([frames], judged(), rule)
    points = np.array([[0.9, 10, 55], [0.9, 5, 50], [0.9, 15, 60]])
    found = oracle(np.zeros(3, int), points)
    logits = np.array(
        [[(round(float(grey_at(g, *point[1:]))) - CUT) / 10 for g in greys] for point in points]
    )
    shares = 1 / (1 + np.exp(-logits))
    mean = shares.mean(axis=1)
    expected = {
        "mean": np.log(mean / (1 - mean)),
        "vote": vote(logits),
        "maximum": logits.max(axis=1),
    }
    np.testing.assert_allclose(found, expected[rule], atol=1e-4)
    assert oracle.queries.tolist() == [3]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("rule", "greys", "flips"),
    [
        ("vote", (80, 85, 200), True),  # of three two can reach 100 together: class 1
        ("vote", (40, 45, 200), False),
        ("maximum", (40, 45, 90), True),
        ("maximum", (40, 45, 60), False),
        ("mean", (95, 95, 95), True),
        ("mean", (40, 40, 40), False),
    ],
)
def test_unit_flips_where_the_rule_of_its_frames_does(method, rule, greys, flips):
    assert all(grey_at(grey, 5, 50) < CUT for grey in greys if grey <= 60)
    result = attacked([((grey,), 0) for grey in greys], rule, method)
    assert bool(result["success"]) == flips
    assert int(result["n_frames"]) == 3
    assert result.attrs["rule"] == rule


def test_unit_of_one_frame_is_the_frame(box=BOX):
    settings = {"method": "minimal", "max_queries": 100, "parameters": box}
    frame = picture(95, label=0)
    given = judged(), settings, INITIAL, 40, 0.5, "minimal"
    alone = attack_frames({"a": frame}, *given).isel(frame=0)
    for rule in ("mean", "vote", "maximum"):
        unit = attack_units({"a": [frame]}, rule, *given).isel(frame=0)
        np.testing.assert_allclose(unit["margin"], alone["margin"], atol=1e-9)
        np.testing.assert_array_equal(unit["parameters"], alone["parameters"])
        assert int(unit["queries"]) == int(alone["queries"])
        assert float(unit["mean_abs_diff"]) == float(alone["mean_abs_diff"])


def test_frames_of_a_unit_have_one_truth():
    """Each of two frames flips alone; with unlike labels they are no unit."""
    settings = {"method": "corners", "max_queries": 100, "parameters": BOX}
    given = judged(), settings, INITIAL, 40, 0.5, "corners"
    frames = {"bright": picture(110, label=1), "dark": picture(90, label=0)}
    alone = attack_frames(frames, *given)
    assert alone["success"].values.all()
    with pytest.raises(InputError, match="have the truths 0, 1; expected one for the whole unit"):
        attack_units({"both": list(frames.values())}, "vote", *given)


def test_numbers_and_classes_have_means_and_masks_do_not():
    number = {"kind": "number", "unit": "grey level", "threshold": CUT}
    result = attacked([((80,), None), ((90,), None)], "mean", "corners", mean_grey, number)
    assert float(result["decision_initial"]) == 85
    assert bool(result["success"])
    result = attacked([((80,), None), ((90,), None)], "maximum", "corners", mean_grey, number)
    assert float(result["decision_initial"]) == 90
    result = attacked(
        [((60,), None), ((60,), None)], "mean", "corners", grades, GRADES, output="logits"
    )
    assert float(result["decision_initial"]) == 0
    mask = {"kind": "mask", "structures": ["liver"], "dice": 0.9}
    with pytest.raises(
        InputError, match="'mean' makes no mask decision of several frames; expected"
    ):
        attacked([((80,), None)], "mean", "corners", lambda images: images / 255, mask)
    with pytest.raises(
        InputError, match=r"'vote' makes no number decision.*expected mean or maximum"
    ):
        attacked([((80,), None)], "vote", "corners", mean_grey, number)


def test_frames_that_could_not_be_read_are_left_out_of_their_unit():
    bad = picture(50, label=0).assign_attrs(error="cut off")
    settings = {"method": "corners", "max_queries": 50, "parameters": BOX}
    units = {"some": [picture(95, label=0), bad], "none": [bad]}
    result = attack_units(units, "mean", judged(), settings, INITIAL, 40, 0.5, "corners")
    assert result["n_frames"].values.tolist() == [1, 0]
    assert result["stop_reason"].values.tolist() == ["flipped", "unreadable"]


def test_units_are_found_by_an_attribute():
    frames = {name: picture(90, patient=name[0]) for name in ("a1", "b1", "a2")}
    assert units_of(frames, "patient") == {"a": ["a1", "a2"], "b": ["b1"]}
    assert truth_of_unit("a", list(frames.values()), Binary()) is None
    assert (
        truth_of_unit("a", [picture(9, fat_fraction=3.0)], Number("%", 5, None, "fat_fraction"))
        == 3
    )
