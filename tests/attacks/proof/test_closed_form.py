"""One pixel, whose true margin is known: the proof meets it from both sides."""

import numpy as np
import pytest
from scipy.optimize import brentq

from reconattack.attacks.methods.certify import attack, findings
from reconattack.attacks.oracle import Oracle
from reconattack.attacks.path import Target
from reconattack.attacks.space import search_space
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.decisions.declared import decision_of
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.attacks.conftest import INITIAL
from tests.attacks.proof.networks import RESIZE, write_pixel_network

BOXES = {"beta": [0.5, 1.3], "alpha_lower": [5, 15], "alpha_upper": [50, 60]}


@pytest.mark.parametrize("moving", [("alpha_lower",), ("alpha_upper",), ("beta",), tuple(BOXES)])
@pytest.mark.parametrize("down", [False, True], ids=["brighter", "darker"])
@pytest.mark.parametrize("kind", ["binary", "number"])
def test_margin_of_one_pixel(noise_frame, tmp_path, moving, down, kind):
    space = search_space(INITIAL, {name: {"box": BOXES[name]} for name in moving}, "certify")
    reconstruction = Reconstruction(noise_frame, 48, space.names, INITIAL)
    levels = {beta: reconstruction.levels(beta).astype(float) for beta in (0.5, 0.9, 1.3)}
    start = 255 * (levels[0.9] - 10) / 45
    pixel = np.argmin(np.abs(start - 127.3) + 50 * (levels[1.3] - levels[0.5] < 4))
    slope = (levels[1.3] - levels[0.5])[pixel] / 0.8

    def grey(distance):
        """The lowest or highest grey level at a distance from the start."""
        signs = np.array([1, -1, -1]) * (-1 if down else 1)
        moved = signs * distance * [name in moving for name in BOXES] * [0.4, 5, 5]
        beta, lower, upper = np.array([0.9, 10, 55]) + moved
        return 255 * (levels[0.9][pixel] + slope * (beta - 0.9) - lower) / (upper - lower)

    # The picture turns where its level passes the half between two whole ones.
    turn = np.floor(grey(0.4)) + 0.5
    true = brentq(lambda distance: grey(distance) - turn, 0, 1)
    weights = np.zeros(reconstruction.sector.shape)
    weights[reconstruction.sector] = np.arange(len(start)) == pixel
    path = write_pixel_network(tmp_path / "pixel.onnx", weights, -turn)
    declared = {"number": {"kind": kind, "unit": "grey level", "threshold": 0}}.get(kind)
    judge = OnnxClassifier(path, RESIZE, decision=declared)
    decision = decision_of(judge, 0.5)
    oracle = Oracle([reconstruction], judge, decision)
    reference = -1 if kind == "binary" else 1
    target = Target(oracle, np.array([reference]), decision, judge=judge)
    settings = {"max_cells": 600, "tolerance": 1e-3}
    (found,) = paths = attack(target, space, **settings)
    assert found.stop_reason == "flipped"
    found = findings(paths, target, space, **settings).isel(frame=0)
    assert 0.2 < true < 0.6
    assert float(found["certified_margin"]) <= true + 1e-5
    assert float(found["margin_linf"]) >= true - 1e-5
    # The proof cannot tell the half level that rounding adds from one that it takes off.
    assert grey(float(found["certified_margin"])) == pytest.approx(turn, abs=1.3)
    assert grey(float(found["margin_linf"])) == pytest.approx(turn, abs=1.7)
