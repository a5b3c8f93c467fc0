import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from reconattack.classifiers.decisions.classes import Classes
from reconattack.classifiers.opening import open_classifier
from reconattack.classifiers.training.objectives.classes import ClassesObjective
from reconattack.errors import InputError
from tests.classifiers.training.objectives.easy_cases import RESIZE, grey_cases, trained

GRADES = {"kind": "classes", "classes": ["S0", "S1", "S2"], "truth": "fat_fraction", "cuts": [5, 9]}
TRUTHS = np.arange(36) % 3


@pytest.fixture(scope="module")
def cases():
    return grey_cases(TRUTHS)


@pytest.fixture(scope="module")
def grades(cases, tmp_path_factory):
    folder = tmp_path_factory.mktemp("grades")
    return *trained(folder, *cases, GRADES), folder / "network.onnx"


def test_grades_that_are_easy_to_see_are_learned(grades, cases):
    network, history, validation, classifier, _ = grades
    images = np.rint(cases[0]).clip(0, 255).astype(np.uint8)
    answers = classifier.answers(images)
    assert answers.shape == (36, 3)
    assert np.mean(classifier.decision.decided(answers) == TRUTHS) > 0.9
    expected = network.predict_on_batch(images[..., None].astype(np.float32))["logits"]
    np.testing.assert_allclose(answers, expected, rtol=1e-5, atol=1e-4)
    assert classifier.found["scaling_from"] == "names as this project exports them"
    assert classifier.found["output"] == "logits"
    shares = validation[["probability_S0", "probability_S1", "probability_S2"]]
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert (shares.to_numpy().argmax(axis=1) == validation["predicted"]).all()
    assert history["loss"].iloc[-1] < history["loss"].iloc[0] / 2


def test_training_repeats_bit_for_bit(grades, cases, tmp_path):
    trained(tmp_path, *cases, GRADES)
    assert (tmp_path / "network.onnx").read_bytes() == grades[-1].read_bytes()


def test_an_export_is_asked_for_the_decision_it_was_trained_for(grades):
    number = {"kind": "number", "unit": "%", "threshold": 5}
    for settings, declared in (({"decision": number}, "number"), ({}, "binary")):
        with pytest.raises(
            InputError,
            match=f"trained for a decision of classes, the configuration declares {declared}; "
            "expected decision.kind: classes",
        ):
            open_classifier(settings, grades[-1], RESIZE)
    two = {"kind": "classes", "classes": ["S0", "S1"]}
    with pytest.raises(InputError, match="found 3 numbers for an image"):
        open_classifier({"decision": two}, grades[-1], RESIZE)


def test_an_export_judges_without_tensorflow(grades):
    judge = (
        "import sys, numpy as np\n"
        "from reconattack.classifiers.opening import open_classifier\n"
        f"judge = open_classifier({{'decision': {GRADES}}}, {str(grades[-1])!r}, {RESIZE})\n"
        "judge.answers(np.zeros((1, 32, 32), np.uint8))\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", judge], check=True)


def test_all_classes_count_equally():
    objective = ClassesObjective(Classes(("a", "b", "c")))
    cases = pd.DataFrame({"truth": [0, 0, 0, 0, 1, 1, 2, 2]})
    weights = objective.weights(cases, np.array([True] * 7 + [False]))
    np.testing.assert_allclose(weights, np.array([7 / 4] * 4 + [7 / 2] * 2 + [7] * 2) / 3)


def test_every_class_needs_cases():
    objective = ClassesObjective(Classes(("a", "b", "c"), truth="label"))
    with pytest.raises(InputError, match="no training case is b or c by its label; expected"):
        objective.strata(pd.DataFrame({"truth": [0, 0]}))
    with pytest.raises(InputError, match="has the class 3 by its label; expected 0 to 2, for a, b"):
        objective.strata(pd.DataFrame({"truth": [0, 3]}))
    named = objective.strata(pd.DataFrame({"truth": [2, 0, 1]}))
    assert named.tolist() == ["c", "a", "b"]
