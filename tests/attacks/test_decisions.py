"""Attacks on every kind of decision, by models whose flips are known in closed form.

A picture of uniform bands at the window 10 to 55 dB has known levels, so the grey level of each
band at another window follows from two numbers.
"""

import numpy as np
import pytest

import reconattack as ra
from reconattack.attacks.oracle import Oracle
from reconattack.classifiers.decisions.classes import Classes
from reconattack.classifiers.decisions.mask import Mask
from reconattack.classifiers.decisions.number import Number
from reconattack.errors import InputError
from reconattack.frames.picture import PictureFacts, build_picture
from reconattack.frames.region import Rectangle
from reconattack.reconstruction.pictures import PictureReconstruction

INITIAL = {"beta": 0.9, "alpha_lower": 10.0, "alpha_upper": 55.0}
FACTS = PictureFacts(dynamic_range=45.0, dynamic_range_error=0.0, center_frequency=2e6, pixel=1e-3)
WINDOW = {"alpha_lower": (5, 15), "alpha_upper": (50, 60)}
GRADES = {"kind": "classes", "classes": ["S0", "S1", "S2", "S3"]}
CUTS = (80, 120, 160)  # mean grey levels between the grades
METHODS = {
    "corners": {"max_queries": 100},
    "minimal": {"max_queries": 200},
    "grid": {"lattice": {"alpha_lower": 0.5, "alpha_upper": 0.5}, "max_points": 1000},
    "zoo": {
        **{"max_steps": 100, "stop_at_bounds": "all"},
        **{"probe": dict.fromkeys(WINDOW, 0.5), "rate": dict.fromkeys(WINDOW, 0.5)},
    },
}


def picture(*bands, **facts):
    """Bands of grey levels, one below the other, 40 rows in all."""
    rows = np.repeat(np.array(bands, np.uint8), 40 // len(bands))
    grey = np.repeat(rows[:, np.newaxis], 50, axis=1)
    region = Rectangle(0, 0, 50, len(grey))
    known = {"patient": "p", "scanner": "s"} | facts
    return build_picture(grey, region, FACTS, INITIAL, **known).assign_attrs(name="bands")


def grey_at(grey, lower, upper):
    """What a grey level of the initial window is in another."""
    return np.clip(255 * (10 + 45 * grey / 255 - lower) / (upper - lower), 0, 255)


def mean_grey(images):
    return images.astype(float).mean(axis=(1, 2))


def grades(images):
    """Scores that are largest for the grade of the mean grey level: minus the distance."""
    centers = np.array([60, 100, 140, 180])
    return -np.abs(mean_grey(images)[:, np.newaxis] - centers) / 10


def grade_of(grey):
    return int(np.digitize(grey, CUTS, right=True))  # of equal scores the first counts


def opened(function, decision, **settings):
    return ra.open_model(function, decision=decision, rows=40, **settings)


@pytest.fixture
def box():
    return ra.box(INITIAL, **WINDOW)


def worst_grey(grey):
    """Lowest and highest grey level in the box."""
    return grey_at(grey, 15, 60), grey_at(grey, 5, 50)


# Classes


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("grey", [70, 95, 135])
def test_grades_flip_where_the_window_allows_it(box, method, grey):
    model = opened(grades, GRADES, output="logits")
    result = ra.attack(picture(grey), model, box, method=method, **METHODS[method])
    reached = {grade_of(x) for x in np.linspace(*worst_grey(grey), 1000)}
    assert result.attacked
    assert result.flipped == (len(reached) > 1)
    assert result.decision_initial == grade_of(grey)
    if result.flipped:
        there = grey_at(grey, *(result.setting[name] for name in WINDOW))
        assert result.decision_final == grade_of(round(float(there)))
        assert result.margin_final < 0 < result.margin_initial
    assert result.margin_unit == "log-odds"


def test_grade_in_the_middle_is_kept_in_a_small_box():
    box = ra.box(INITIAL, alpha_lower=(9.5, 10.5), alpha_upper=(54.5, 55.5))
    for method in METHODS:
        options = METHODS[method] | (
            {"lattice": dict.fromkeys(WINDOW, 0.5)} if method == "grid" else {}
        )
        result = ra.attack(
            picture(100), opened(grades, GRADES, output="logits"), box, method=method, **options
        )
        assert not result.flipped
        assert result.decision_final == 1


def test_label_is_the_reference_and_a_wrong_grade_is_not_attacked(box):
    model = opened(grades, GRADES, output="logits")
    right, wrong = (
        ra.attack(picture(100, label=label), model, box, method="corners", max_queries=50)
        for label in (1, 0)
    )
    assert right.attacked
    assert right.flipped
    assert not wrong.attacked
    assert wrong.margin_initial < 0


def test_only_grave_pairs_are_flips(box):
    grave = GRADES | {"grave": [["S1", "S2"]]}
    for grey, expected in ((90, False), (110, True)):
        assert (grade_of(worst_grey(grey)[1]) == 2) == expected
        assert grade_of(worst_grey(grey)[0]) == (0 if grey == 90 else 1)
        result = ra.attack(
            picture(grey),
            opened(grades, grave, output="logits"),
            box,
            method="minimal",
            max_queries=200,
        )
        assert result.attacked
        assert result.flipped == expected
    none = ra.attack(
        picture(140), opened(grades, grave, output="logits"), box, method="corners", max_queries=9
    )
    assert not none.attacked
    assert none.reason.startswith("no decision counts as a grave change")


def test_margin_of_classes_is_the_best_of_the_others():
    decision = Classes(("a", "b", "c"))
    answers = np.array([[3.0, 1, 2], [1, 5, 0], [2, 2, 0]])
    np.testing.assert_allclose(decision.scores(answers, 0), [1, -4, 0])
    assert decision.flips(decision.scores(answers, 1)).tolist() == [True, False, True]
    assert decision.decided(answers).tolist() == [0, 1, 0]


def test_probabilities_are_read_as_their_logarithms(box):
    def shares(images):
        odds = np.exp(grades(images))
        return odds / odds.sum(axis=1, keepdims=True)

    by_logits, by_shares = (
        ra.attack(
            picture(100), opened(model, GRADES, **form), box, **METHODS["minimal"], method="minimal"
        )
        for model, form in ((grades, {"output": "logits"}), (shares, {}))
    )
    assert by_shares.margin_initial == pytest.approx(by_logits.margin_initial, abs=1e-9)
    assert by_shares.margin == pytest.approx(by_logits.margin, abs=1e-3)


# Numbers


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("threshold", "grey"), [(110, 100), (90, 100), (145, 100), (60, 100)])
def test_number_crosses_its_threshold_where_the_window_allows_it(box, method, threshold, grey):
    decision = {"kind": "number", "unit": "grey level", "threshold": threshold}
    result = ra.attack(
        picture(grey), opened(mean_grey, decision), box, method=method, **METHODS[method]
    )
    low, high = worst_grey(grey)
    expected = low < threshold if grey >= threshold else high >= threshold
    assert result.flipped == expected
    assert result.decision_initial == grey
    assert result.margin_initial == abs(grey - threshold)
    assert (result.decision_final >= threshold) == ((grey >= threshold) != expected)


def test_margin_of_a_number_is_the_nearest_setting_that_moves_it_by_its_tolerance():
    """With the upper threshold alone, grey 100 becomes 100.5 + 10 at 10 + 45 * 100 / 110.5."""
    box = ra.box(INITIAL, alpha_upper=(50, 60))
    decision = {"kind": "number", "unit": "grey level", "tolerance": 10.4}
    result = ra.attack(
        picture(100), opened(mean_grey, decision), box, method="minimal", max_queries=200
    )
    assert result.flipped
    nearest = 45 - 45 * 100 / 110.5  # dB, where the grey level rounds to 111
    assert result.margin == pytest.approx(nearest / 5, abs=2e-3)
    assert result.decision_final == 111


def test_true_number_tells_which_frames_are_attacked(box):
    decision = {"kind": "number", "unit": "%", "threshold": 90, "truth": "fat_fraction"}
    for known, attacked in ((95.0, True), (20.0, False)):
        frame = picture(100, fat_fraction=known)
        result = ra.attack(
            frame, opened(mean_grey, decision), box, method="corners", max_queries=20
        )
        assert result.attacked == attacked


def test_number_at_its_threshold_has_crossed_it():
    decision = Number("%", threshold=5)
    below, above = decision.scores(np.array([5.0, 4.9]), 3), decision.scores(np.array([5.0]), 7)
    assert decision.flips(below).tolist() == [True, False]
    assert decision.flips(above).tolist() == [False]


# Masks


def outline(images):
    """Probability 1 where the grey level is 128 or more."""
    return (images >= 128).astype(float)


@pytest.mark.parametrize("method", METHODS)
def test_mask_leaves_its_dice_where_a_band_crosses_the_threshold(box, method):
    """Of four bands one is bright at the start; a second becomes it: Dice 2 / 3."""
    frame, decision = picture(20, 40, 120, 200), {"kind": "mask", "structures": ["liver"]}
    assert worst_grey(120)[1] > 128 > worst_grey(40)[1]
    assert worst_grey(200)[0] > 128
    for dice, expected in ((0.7, True), (0.6, False)):
        model = opened(outline, decision | {"dice": dice})
        result = ra.attack(frame, model, box, method=method, **METHODS[method])
        assert result.attacked
        if method != "zoo":  # a mask does not change at its probes, so it sees no slope
            assert result.flipped == expected
        assert result.decision_initial == 1
        if result.flipped:
            assert result.decision_final == pytest.approx(2 / 3)
            assert result.margin_final == pytest.approx(2 / 3 - dice)
            assert float(result.record["area_initial"]) == 0.25
            assert float(result.record["area_final"]) == 0.5
            assert float(result.record["centroid_shift"]) == pytest.approx(0.125)


def test_dice_of_several_structures_is_that_of_the_worst():
    decision = Mask(("liver", "kidney"), 0.5)
    reference = np.array([[1, 1, 2, 0]], np.uint8)
    masks = np.array([[[1, 1, 2, 0]], [[1, 0, 2, 2]], [[0, 0, 0, 0]]], np.uint8)
    np.testing.assert_allclose(decision.dices(masks, reference), [[1, 1], [2 / 3, 2 / 3], [0, 0]])
    np.testing.assert_allclose(decision.scores(masks, reference), [0.5, 1 / 6, -0.5])
    assert decision.dices(np.zeros((1, 1, 4), np.uint8), np.zeros((1, 4), np.uint8)).tolist() == [
        [1, 1]
    ]


# All kinds


def test_queries_are_counted_and_the_decision_itself_costs_none(box):
    asked = []

    def counting(images):
        asked.append(len(images))
        return mean_grey(images)

    decision = {"kind": "number", "unit": "1", "tolerance": 200}
    result = ra.attack(
        picture(100), opened(counting, decision), box, method="corners", max_queries=30
    )
    of_the_decision, of_what_the_picture_tells = 2, 2
    assert result.queries == sum(asked) - of_the_decision - of_what_the_picture_tells


def test_first_setting_is_the_reference(box):
    frame = PictureReconstruction(picture(100), tuple(INITIAL), INITIAL)
    judge = opened(mean_grey, {"kind": "number", "unit": "1", "tolerance": 5}).judge
    oracle = Oracle([frame], judge, judge.decision)
    start, other = np.array([[0.9, 10, 55]]), np.array([[0.9, 5, 50]])
    assert oracle(np.array([0]), start).tolist() == [5]
    assert oracle(np.array([0]), other).tolist() == [5 - (round(float(grey_at(100, 5, 50))) - 100)]
    assert oracle.queries.tolist() == [2]


@pytest.mark.parametrize(
    ("decision", "function", "settings", "found"),
    [
        (GRADES | {"classes": ["a", "b"]}, grades, {}, r"shape \[1, 4\] for 1 images; expected 2 "),
        (GRADES, mean_grey, {}, r"shape \[1\] for 1 images; expected 4 numbers"),
        (GRADES, grades, {}, "expected probabilities from 0 to 1: are they logits"),
        (GRADES, grades, {"output": "logit"}, "expected logits or probabilities of 4 classes"),
        (GRADES | {"grave": [["S0", "S9"]]}, grades, {}, r"has \['S0', 'S9'\]; expected pairs"),
        (GRADES | {"cuts": [5, 3, 9]}, grades, {}, "expected 3 rising values"),
        (
            {"kind": "number", "unit": "1"},
            mean_grey,
            {},
            "expected one of the keys threshold and tolerance",
        ),
        (
            {"kind": "number", "unit": "1", "tolerance": 1},
            grades,
            {},
            r"shape \[1, 4\] for 1 images; expected 1 number for each \(number\)",
        ),
        (
            {"kind": "mask", "structures": ["liver"], "dice": 0.5},
            mean_grey,
            {},
            r"shape \[1\] for 1 images; expected 1 channel of probability",
        ),
        ({"kind": "classes"}, grades, {}, "decision: found no classes; expected for kind classes"),
        ({"kind": "grades"}, grades, {}, "decision.kind is 'grades'; expected one of binary"),
        ({"classes": ["a", "b"]}, grades, {}, "decision.kind is None; expected one of"),
        (
            {"kind": "number", "unit": "1", "treshold": 5},
            mean_grey,
            {},
            "found the unknown treshold; expected for kind number: unit, threshold",
        ),
        (
            {"kind": "number", "unit": "%", "threshold": 500, "truth": "fat_fraction"},
            mean_grey,
            {},
            "decision.threshold has 500; expected more than 0 and less than 100, the range of fat",
        ),
        (
            {"kind": "mask", "structures": ["liver"], "dice": 2},
            outline,
            {},
            "decision.dice is 2; expected between 0 and 1",
        ),
    ],
)
def test_declaration_that_does_not_fit_gets_one_message(box, decision, function, settings, found):
    with pytest.raises(InputError, match=found):
        ra.attack(
            picture(100),
            opened(function, decision, **settings),
            box,
            method="corners",
            max_queries=5,
        )


def test_label_names_one_of_the_classes(box):
    model = opened(grades, GRADES, output="logits")
    result = ra.attack(picture(135, label=2), model, box, method="corners", max_queries=20)
    assert result.attacked
    with pytest.raises(InputError, match="the label is 4; expected the number of one of 4 classes"):
        ra.attack(picture(135, label=4), model, box, method="corners", max_queries=20)
    binary = ra.open_model(lambda images: mean_grey(images) / 255, rows=40)
    with pytest.raises(InputError, match="the label is 2; expected the number of one of 2 classes"):
        ra.attack(picture(135, label=2), binary, box, method="corners", max_queries=20)
