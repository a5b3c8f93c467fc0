"""The bound of a mean over settings: no real mean is lower."""

import numpy as np
import pytest

from reconattack.attacks.oracle import Oracle
from reconattack.attacks.proof.frame import decision_bound, provable_network
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.decisions.binary import Binary
from reconattack.classifiers.derived import Ensemble
from reconattack.errors import InputError
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.attacks.conftest import INITIAL
from tests.attacks.proof.conftest import BOX, ROWS
from tests.attacks.proof.networks import RESIZE, write_network
from tests.attacks.proof.test_soundness import cell_in, settings_in

NAMES = ("beta", "alpha_lower", "alpha_upper", "gain")
CELLS = 10
OFFSETS = [{}, {"beta": -0.2}, {"beta": 0.2}, {"alpha_lower": 2.5, "alpha_upper": 2.5}]


@pytest.fixture
def ensemble(tmp_path):
    def make(offsets=OFFSETS, **options):
        path = write_network(tmp_path / "network.onnx", gain=4, **options)
        return Ensemble(OnnxClassifier(path, RESIZE), offsets)

    return make


@pytest.mark.parametrize("reference", [1, 0])
@pytest.mark.parametrize("told", [False, True])
def test_no_mean_is_lower_than_its_bound(noise_frame, ensemble, reference, told):
    judge = ensemble(told=told)
    reconstruction = Reconstruction(noise_frame, ROWS, NAMES, INITIAL)
    network = provable_network(judge)
    bound = decision_bound(judge, network, reconstruction, BOX, reference, Binary(0.4))
    oracle, random = Oracle([reconstruction], judge), np.random.default_rng(9)
    cut, sign = np.log(0.4 / 0.6), 1 if reference else -1
    for _ in range(CELLS):
        cell = cell_in(BOX, random)
        settings = settings_in(cell, random)
        margins = sign * (oracle(np.zeros(len(settings), int), settings) - cut)
        found = bound(cell, bound.sums(cell, bound.start()))
        assert found.least < margins.min()
        assert 0 <= found.corner < len(cell.corners)
    least = bound(cell, bound.sums(cell, bound.start())).least
    assert least > margins.min() - 20


def test_small_cell_is_bounded_closely(noise_frame, ensemble):
    judge = ensemble()
    reconstruction = Reconstruction(noise_frame, ROWS, NAMES, INITIAL)
    bound = decision_bound(judge, provable_network(judge), reconstruction, BOX, 1, Binary(0.5))
    start = np.array([0.9, 10, 55, 0])
    cell = type(BOX)(tuple((start - 1e-4).tolist()), tuple((start + 1e-4).tolist()))
    (margin,) = Oracle([reconstruction], judge)(np.array([0]), start[np.newaxis])
    assert 0 < margin - bound(cell, bound.sums(cell, bound.start())).least < 0.2


def test_offsets_of_other_parameters_are_refused(noise_frame, ensemble):
    judge = ensemble([{}, {"gamma": 0.1}])
    reconstruction = Reconstruction(noise_frame, ROWS, (*NAMES, "gamma"))
    with pytest.raises(InputError, match="its offsets move gamma"):
        decision_bound(judge, provable_network(judge), reconstruction, BOX, 1, Binary(0.5))
