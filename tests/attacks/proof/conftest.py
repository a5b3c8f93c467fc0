"""A frame, a network and the bound of its margin."""

import dataclasses

import numpy as np
import pytest

from reconattack.attacks.proof.bounds import MarginBound
from reconattack.attacks.proof.cell import Cell
from reconattack.attacks.proof.frame import frame_bound
from reconattack.attacks.proof.relu_network import read_network
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.attacks.conftest import INITIAL
from tests.attacks.proof.networks import RESIZE, write_network

ROWS = 48
BOX = Cell((0.5, 5.0, 50.0, 0.0), (1.3, 15.0, 60.0, 0.0))
WITH_GAIN = Cell((0.5, 5.0, 50.0, -3.0), (1.3, 15.0, 60.0, 3.0))


@dataclasses.dataclass(frozen=True)
class Bounded:
    """A frame under a network: what is really computed, and the bound of its margin."""

    classifier: OnnxClassifier
    reconstruction: Reconstruction
    bound: MarginBound

    def margins(self, settings: np.ndarray) -> np.ndarray:
        """Margins of the positive class at settings (n, 4)."""
        return self.classifier.answers(*self.classifier.inputs(self.reconstruction, settings))

    def least(self, cell: Cell) -> float:
        picture = self.bound.picture
        return self.bound(cell, picture.sums(cell, picture.start())).least


@pytest.fixture
def bounded(noise_frame, tmp_path):
    """Bound the margin of the positive class of a network with chosen options over `BOX`."""

    def make(box=BOX, cutoff=0.5, resize=RESIZE, **options):
        path = write_network(tmp_path / "network.onnx", **options)
        classifier = OnnxClassifier(path, resize)
        names = ("beta", "alpha_lower", "alpha_upper", "gain")
        reconstruction = Reconstruction(noise_frame, ROWS, names, INITIAL)
        network = read_network(path, classifier)
        rule = classifier.network_input
        bound = frame_bound(reconstruction, network, rule, box, 1, cutoff)
        return Bounded(classifier, reconstruction, bound)

    return make
