"""The black box as ART sees it, and a true attack of ART through a true classifier."""

import subprocess
import sys

import numpy as np
import pytest
from art.attacks.evasion import HopSkipJump

from reconattack.attacks.art import black_box
from reconattack.attacks.oracle import Oracle
from reconattack.attacks.space import search_space
from reconattack.classifiers.decisions.binary import decide
from reconattack.classifiers.opening import open_classifier
from reconattack.frames.frame import build_frame
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.places import ROOT

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
BOXES = {"beta": [0.5, 1.3], "alpha_lower": [10, 10], "alpha_upper": [50, 60]}


@pytest.fixture
def space():
    return search_space(INITIAL, {name: {"box": box} for name, box in BOXES.items()}, "mine")


def saying(*logits):
    """An oracle that answers with these logits, and what it was asked."""
    asked = []

    def oracle(frames, parameters):
        asked.append((frames, parameters))
        return np.array(logits[: len(frames)])

    return oracle, asked


def test_points_of_the_unit_box_are_settings_of_the_frame(space):
    oracle, asked = saying(1.0, 2.0, 3.0)
    victim = black_box(oracle, 4, space, 0.5)
    assert (victim.input_shape, victim.nb_classes) == ((2,), 2)
    np.testing.assert_array_equal(victim.clip_values, [0, 1])
    victim.predict(np.array([[0, 0], [1, 1], [0.5, 0.25]]))
    ((frames, settings),) = asked
    assert frames.tolist() == [4, 4, 4]
    np.testing.assert_array_equal(settings, [[0.5, 10, 50], [1.3, 10, 60], [0.9, 10, 52.5]])


def test_settings_of_single_precision_stay_in_the_box(space):
    oracle, asked = saying(1.0)
    nearly = np.nextafter(np.float32(1), np.float32(0))
    black_box(oracle, 0, space, 0.5).predict(np.array([[nearly, 1]], np.float32))
    ((_, settings),) = asked
    np.testing.assert_allclose(settings, [[1.3, 10, 60]], rtol=1e-7)
    assert (settings <= space.upper).all()


def test_probabilities_are_the_classifiers_own_at_a_cutoff_of_one_half(space):
    oracle, _ = saying(-2.0, 0.5, 7.0)
    expected = 1 / (1 + np.exp([2.0, -0.5, -7.0]))
    predicted = black_box(oracle, 0, space, 0.5).predict(np.zeros((3, 2)))
    np.testing.assert_allclose(predicted, np.stack([1 - expected, expected], axis=1), rtol=1e-4)


@pytest.mark.parametrize("cutoff", [0.5, 0.3, 0.9])
def test_the_larger_probability_is_the_decision_however_close(space, cutoff):
    at_cutoff = np.log(cutoff / (1 - cutoff))
    logits = at_cutoff + np.array([0, 1e-12, -1e-12, 1e-7, -1e-7, 50, -50])
    oracle, _ = saying(*logits)
    predicted = black_box(oracle, 0, space, cutoff).predict(np.zeros((len(logits), 2)))
    assert (predicted[:, 0] != predicted[:, 1]).all()
    # At the cut-off itself the decision depends on the last bit of the logit.
    assert predicted.argmax(axis=1)[1:].tolist() == decide(logits, cutoff)[1:].tolist()


def test_attack_of_the_toolbox_on_a_reconstruction(convex_scanner, write_model, space):
    samples = np.random.default_rng(3).standard_normal((300, 24))
    decibels = 2 * 0.9 * 2.5 * convex_scanner.depth(300) * 100
    frame = build_frame(samples * 10 ** (-decibels[:, None] / 20), convex_scanner, "p", 1)
    resize = {"kernel": "bilinear", "aspect": "stretch"}
    classifier = open_classifier({}, write_model("model.onnx", 75), resize)
    oracle = Oracle([Reconstruction(frame, 32)], classifier)
    victim = black_box(oracle, 0, space, 0.5)
    start = space.scaled(space.initial[np.newaxis])
    assert victim.predict(start).argmax() == 1
    np.random.seed(0)  # noqa: NPY002
    found = HopSkipJump(victim, max_iter=2, init_eval=10, verbose=False).generate(start)
    setting = space.points(found)
    assert decide(oracle(np.array([0]), setting), 0.5) == [0]
    assert ((setting >= space.lower) & (setting <= space.upper)).all()
    assert oracle.queries[0] > 10


def test_attack_jobs_of_other_methods_do_not_wait_for_the_toolbox():
    code = "import sys, scripts.attacks.attack; sys.exit('art' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
