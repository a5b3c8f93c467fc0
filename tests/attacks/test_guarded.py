"""Guarded attacks on models and guards whose flips and alarms are known in closed form.

A picture has two uniform bands. The model looks at their contrast, which follows from the width of
the window alone. The guard looks at their mean, which also follows from where the window lies.
"""

import numpy as np
import pytest
from scipy.special import expit

import reconattack as ra
from reconattack.attacks.guarded import GuardedDecision, GuardedOracle, Guarding, margins_of
from reconattack.attacks.results import FrameResult
from reconattack.attacks.run import attack_frames
from reconattack.classifiers.decisions.binary import Binary
from reconattack.classifiers.guard import Guard
from reconattack.classifiers.guard_features import FEATURES
from reconattack.reconstruction.pictures import PictureReconstruction
from tests.attacks.test_decisions import INITIAL, grey_at, picture

BRIGHT, DARK = 120, 80  # grey levels of the bands at the initial setting
CONTRAST = 46  # above which the decision changes
ALLOWED = 1.2  # grey levels that the mean may differ from that at the initial setting
BOX = {
    "beta": {"box": [0.9, 0.9]},
    "alpha_lower": {"box": [5, 15]},
    "alpha_upper": {"box": [50, 60]},
}
STEPS = {"probe": 0.5, "rate": 0.5}
METHODS = {
    "corners": {"max_queries": 400},
    "random": {"max_queries": 400},
    "minimal": {"max_queries": 400},
    "cma": {"max_queries": 400},
    "cobyqa": {"max_queries": 400},
    "direct": {"max_queries": 400},
    "differential_evolution": {"max_queries": 400},
    "hop_skip_jump": {"max_queries": 400},
    "zoo": {"max_steps": 100, "stop_at_bounds": "all"},
}

# Methods that find the few settings that flip and pass; the others must not claim one that alarms.
SHORT = {"hop_skip_jump": {"max_queries": 60}, "corners": {"max_queries": 100}}
FINDING = ("corners", "minimal", "cma", "cobyqa", "direct", "differential_evolution")


def guard_of(feature, location, threshold):
    """A guard whose score is how far one feature is from a value."""
    column = FEATURES.index(feature)
    where, precision = np.zeros(len(FEATURES)), np.zeros((len(FEATURES), len(FEATURES)))
    where[column], precision[column, column] = location, 1
    facts = {"false_alarm_rate": 0.1, "envelope": {}, "settings": 1, "calibration": []}
    return Guard(FEATURES, where, precision, threshold, n_fitted=0, **facts)


OF_MEAN = guard_of("grey_mean", 100, ALLOWED)
OF_CONTRAST = guard_of("grey_std", 20, 2.5)  # half the contrast: 45 and less may pass


def contrast(images):
    images = images.astype(float)
    return images[:, :20].mean(axis=(1, 2)) - images[:, 20:].mean(axis=(1, 2))


def mean_and_contrast_at(lower, upper):
    bright, dark = (grey_at(grey, lower, upper) for grey in (BRIGHT, DARK))
    return (bright + dark) / 2, bright - dark


def binary(images):
    return expit((CONTRAST - contrast(images)) / 4)


def two_classes(images):
    logits = (CONTRAST - contrast(images)) / 8
    return np.stack([logits, -logits], axis=1)


def bright_shares(images):
    """A mask of the pixels that are brighter than the grey level 122.9."""
    return (images > 122.9).astype(float)[:, np.newaxis]


MODELS = {
    "binary": (binary, {}),
    "other class": (lambda images: 1 - binary(images), {}),
    "classes": (
        two_classes,
        {"decision": {"kind": "classes", "classes": ["a", "b"]}, "output": "logits"},
    ),
    "number": (contrast, {"decision": {"kind": "number", "unit": "1", "threshold": CONTRAST}}),
}


def attacked(model, guard, method="corners", label=None, **settings):
    function, declared = MODELS[model]
    frame = picture(BRIGHT, DARK, **({} if label is None else {"label": label}))
    judge = ra.open_model(function, rows=40, **declared).judge
    box = {
        name: knob | (STEPS if method == "zoo" and name != "beta" else {})
        for name, knob in BOX.items()
    }
    record = attack_frames(
        {"bands": frame},
        judge,
        {"method": method, "guarded": True, **(settings or METHODS[method]), "parameters": box},
        INITIAL,
        40,
        0.5,
        "guarded",
        guarding=guard and Guarding(guard),
    )
    return FrameResult(record.isel(frame=0))


def truly(setting):
    """Mean and contrast of the picture in whole grey levels."""
    levels = [
        round(float(grey_at(grey, setting["alpha_lower"], setting["alpha_upper"])))
        for grey in (BRIGHT, DARK)
    ]
    return sum(levels) / 2, levels[0] - levels[1]


@pytest.mark.parametrize(
    ("model", "method"),
    [("number", method) for method in FINDING] + [(model, "minimal") for model in MODELS],
)
def test_search_finds_the_setting_that_flips_and_passes(model, method):
    result = attacked(model, OF_MEAN, method)
    assert result.flipped
    assert result.margin_final < 0 < result.margin_initial
    mean, width = truly(result.setting)
    assert width >= CONTRAST
    assert abs(mean - 100) <= ALLOWED


def test_without_a_guard_the_corner_flips_and_would_alarm():
    free = attacked("number", None)
    mean, width = truly(free.setting)
    assert free.flipped
    assert width >= CONTRAST
    assert abs(mean - 100) > ALLOWED


@pytest.mark.parametrize("method", METHODS)
def test_nothing_that_alarms_is_returned_as_a_flip(method):
    """Every flip needs a contrast of 46, at which this guard alarms."""
    if method in FINDING:
        assert attacked("number", None, method).flipped
    guarded = attacked("number", OF_CONTRAST, method, **SHORT.get(method, {}))
    assert guarded.is_attacked
    assert not guarded.flipped
    assert (guarded.steps["margin"] >= 0).all()


def test_record_has_both_parts_of_the_margin():
    result = attacked("binary", OF_MEAN, "minimal")
    steps, guard = result.steps, result.record.attrs["guard_threshold"]
    assert guard == ALLOWED
    assert "guard lets the picture pass" in result.record.attrs["guarded"]
    margins, scores = steps["decision_margin"].values, steps["guard_score"].values
    for setting, margin, score in zip(steps["parameters"].values, margins, scores, strict=True):
        mean, width = truly(dict(zip(INITIAL, setting, strict=True)))
        assert margin == pytest.approx((CONTRAST - width) / 4, abs=1e-5)
        assert score == pytest.approx(abs(mean - 100), abs=1e-9)
    excess = margins[0] * (scores / ALLOWED - 1)
    expected = np.maximum(margins, excess)
    expected[0] = margins[0]
    np.testing.assert_allclose(steps["margin"], expected, atol=1e-9)
    np.testing.assert_allclose(steps["logit"], margins, atol=1e-9)
    np.testing.assert_allclose(steps["probability"], expit(margins), atol=1e-9)
    assert result.is_binary
    assert result.reference == 1
    assert result.decision_initial == 1
    assert result.decision_final == (0 if result.flipped else 1)


def test_reference_is_the_decision_to_flip():
    assert attacked("other class", OF_MEAN).reference == 0
    assert attacked("other class", OF_MEAN, label=0).reference == 0


def test_label_tells_which_frames_are_attacked_whatever_the_guard_says():
    nothing_passes = guard_of("grey_mean", 0, 1.0)
    for guard in (OF_MEAN, nothing_passes):
        assert attacked("binary", guard, label=1).is_attacked
        wrong = attacked("binary", guard, label=0)
        assert wrong.stop_reason == "wrong_at_start"
        assert wrong.margin_initial < 0
    assert not attacked("binary", nothing_passes).flipped


def test_guard_that_lets_everything_pass_changes_no_search():
    all_pass = guard_of("grey_mean", 100, 1e9)
    for model in MODELS:
        free, guarded = (attacked(model, guard, "minimal") for guard in (None, all_pass))
        assert guarded.flipped
        assert guarded.flipped == free.flipped
        assert guarded.setting == free.setting
        assert int(guarded.record["queries"]) == int(free.record["queries"])
        np.testing.assert_allclose(guarded.steps["margin"], free.steps["margin"], atol=1e-9)


@pytest.mark.parametrize(("threshold", "expected"), [(3.0, True), (1.0, False)])
def test_guard_of_masks(threshold, expected):
    """The mask of the picture is lost where it dims to 122, which a guard may not allow."""
    decision = {"kind": "mask", "structures": ["liver"], "dice": 0.9}
    found = attack_frames(
        {"bands": picture(124)},
        ra.open_model(bright_shares, rows=40, decision=decision).judge,
        {"method": "corners", "max_queries": 200, "parameters": BOX},
        INITIAL,
        40,
        0.5,
        "guarded",
        guarding=Guarding(guard_of("grey_mean", 124, threshold)),
    )
    result = FrameResult(found.isel(frame=0))
    assert result.is_attacked
    assert result.flipped == expected


def test_first_setting_is_judged_by_the_decision_alone():
    frame = PictureReconstruction(picture(BRIGHT, DARK), tuple(INITIAL), INITIAL)
    judge = ra.open_model(contrast, rows=40, **MODELS["number"][1]).judge
    oracle = GuardedOracle(guard_of("grey_mean", 0, 1.0), [frame], judge, judge.decision, [None])
    start = np.array([[0.9, 10, 55]])
    assert oracle(np.array([0]), start).tolist() == [6]
    assert oracle(np.array([0]), start).tolist() == [6 * 99]
    assert oracle.queries.tolist() == [2]


def test_margin_is_below_zero_exactly_where_the_decision_has_changed():
    logits = np.array([-1.0, 0, 1e-300, 1])
    decision = Binary(0.5)
    np.testing.assert_array_equal(margins_of(decision, logits, 1) < 0, [True, False, False, False])
    np.testing.assert_array_equal(margins_of(decision, logits, 0) < 0, [False, True, True, True])


def test_guarded_decision_tells_what_the_model_decides():
    guarded = GuardedDecision(Binary(0.3))
    answers = np.array([-1.0, 2.0])
    assert (guarded.kind, guarded.unit, guarded.what) == ("binary", "log-odds", "class")
    assert guarded.decided(answers).tolist() == [0, 1]
    assert guarded.reference(answers[1], None) == 1
    assert guarded.margins(answers).tolist() == [-1, 2]
    assert guarded.flips(answers).tolist() == [True, False]
    assert guarded.losses(answers, 1).tolist() == [1, -2]
