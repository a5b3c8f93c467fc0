"""A frame under a network: what is really computed, and the check's bound of it."""

import dataclasses

import numpy as np
import pytest

from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.reconstruction.pictures import PictureReconstruction
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.attacks.conftest import INITIAL
from tests.attacks.proof.networks import RESIZE, write_network
from tests.picture_frames import picture_of
from tools.proof_check.decided import KeptLabel
from tools.proof_check.enclosure import Part
from tools.proof_check.grey import Frame
from tools.proof_check.margin import Margin
from tools.proof_check.network import read_network

NAMES = ("beta", "alpha_lower", "alpha_upper", "gain")
BOX = Part((0.5, 5.0, 50.0, 0.0), (1.3, 15.0, 60.0, 0.0))
WITH_GAIN = Part((0.5, 5.0, 50.0, -3.0), (1.3, 15.0, 60.0, 3.0))


@dataclasses.dataclass(frozen=True)
class Bounded:
    """A frame, its classifier, and the bound of the margin of a decision."""

    classifier: OnnxClassifier
    reconstruction: Reconstruction
    margin: Margin

    def logits(self, settings):
        return self.classifier.answers(*self.classifier.inputs(self.reconstruction, settings))


@pytest.fixture
def bounded(noise_frame, tmp_path):
    def make(
        reference=1,
        cutoff=0.5,
        resize=RESIZE,
        output=None,
        write=write_network,
        picture=False,
        **options,
    ):
        path = write(tmp_path / "network.onnx", **options)
        classifier = OnnxClassifier(path, resize, output_name=output)
        reconstruction = Reconstruction(noise_frame, 48, NAMES, INITIAL)
        if picture:
            drawn = picture_of(noise_frame, rows=48, text=True)
            reconstruction = PictureReconstruction(drawn, NAMES, INITIAL)
        frame, shown = Frame.of(reconstruction), reconstruction.sector
        network = read_network(path, classifier)
        rule = classifier.network_input
        ((row, end),) = KeptLabel(reference, cutoff, network.probability).ends()
        weighed, outside = network.weighed(row), reconstruction.outside
        margin = Margin(frame, shown, weighed, rule, end, outside)
        return Bounded(classifier, reconstruction, margin)

    return make


def part_in(box, random):
    """A part of any size and shape in a box."""
    lower, upper = np.array(box.lower), np.array(box.upper)
    width = (upper - lower) * np.exp(random.uniform(np.log(0.002), 0)) * random.uniform(0.1, 1, 4)
    start = random.uniform(lower, upper - width)
    return Part(tuple(start.tolist()), tuple((start + width).tolist()))


def settings_in(part, random, count=42):
    """Its corners, and points on its edges and inside."""
    inside = random.uniform(part.lower, part.upper, (max(count - len(part.corners), 1), 4))
    edges = random.integers(0, 3, inside.shape)
    inside = np.where(edges == 0, part.lower, np.where(edges == 1, part.upper, inside))
    return np.concatenate([part.corners, inside])
