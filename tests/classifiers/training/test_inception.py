"""The paper's network itself: one training step, export and attack of one frame.

Training runs in a process of its own, as in the workflow, so that its peak memory can be read.
"""

import json
import resource
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

from reconattack.attacks.methods import zoo
from reconattack.attacks.oracle import Oracle
from reconattack.attacks.path import Target
from reconattack.attacks.space import search_space
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.decisions.binary import Binary
from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import build_frame
from reconattack.reconstruction.drawing import reconstruct
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.places import ROOT

pytestmark = pytest.mark.slow

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
KNOBS = {
    "beta": {"box": [0.5, 1.3], "probe": 0.05, "rate": 0.05},
    "alpha_lower": {"box": [5, 15], "probe": 0.1, "rate": 0.5},
    "alpha_upper": {"box": [50, 60], "probe": 0.1, "rate": 0.5},
}
RESIZE = {"kernel": "bilinear", "aspect": "stretch"}
SETTINGS = {
    "network": "InceptionResNetV2",
    "weights": None,
    "input_size": [299, 299],
    "dropout": 0.5,
    "learning_rate": 0.001,
    "momentum": 0.9,
    "batch_size": 2,
    "max_epochs": 1,
    "patience": 1,
    "validation_share": 0.5,
    "shift": 0.1,
    "flip": True,
    "threads": 2,
}
TRAIN = """
import json, sys
from scripts.models.train import train
train(folds=[], model="inception", seed="0", fold="all", **json.loads(sys.argv[1]))
"""


@pytest.fixture
def frames(convex_scanner):
    random = np.random.default_rng(4)
    return {
        f"f{number}": build_frame(
            random.standard_normal((600, 48)), convex_scanner, f"p{number}", number % 2
        )
        for number in range(4)
    }


def test_train_export_and_attack(tmp_path, frames):
    chunk = tmp_path / "images.nc"
    write_chunk(chunk, {name: reconstruct(f, INITIAL, 128) for name, f in frames.items()}, {})
    outputs = {
        "keras": "fold-0.keras",
        "onnx": "fold-0.onnx",
        "history": "history.csv",
        "validation": "validation.csv",
    }
    arguments = {
        "images": [str(chunk)],
        "frames": [],
        "settings": SETTINGS,
        "initial": INITIAL,
        "image_rows": 128,
        "resize": RESIZE,
        "outputs": {name: str(tmp_path / file) for name, file in outputs.items()},
    }
    start = time.perf_counter()
    _python(TRAIN, json.dumps(arguments))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"training and export: {time.perf_counter() - start:.0f} s, peak {peak:.0f} MiB")

    classifier = OnnxClassifier(tmp_path / "fold-0.onnx", threads=2, resize=RESIZE)
    images = np.stack([Reconstruction(f, 128).bmode([0.9, 10, 55])[0] for f in frames.values()])
    logits = classifier.answers(images)
    network = keras.models.load_model(tmp_path / "fold-0.keras", safe_mode=True)
    outputs = network(classifier.network_input(images)[..., None], training=False)
    np.testing.assert_allclose(logits, outputs["logit"][:, 0], atol=1e-5)
    assert np.ptp(logits) > 0

    oracle = Oracle([Reconstruction(frames["f0"], 128)], classifier)
    space = search_space(INITIAL, KNOBS, "zoo")
    (path,) = zoo.attack(
        Target(oracle, np.array([-1]), Binary(0.5)), space, max_steps=1, stop_at_bounds="all"
    )
    assert oracle.queries.tolist() == [8]
    assert path.stop_reason in ("flipped", "step_limit")
    assert np.all(path.gradients[0] != 0)
    np.testing.assert_allclose(
        np.abs(path.parameters[1] - path.parameters[0]), [0.05, 0.5, 0.5], rtol=1e-9
    )


def _python(code: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-c", code, *arguments], cwd=ROOT, check=True)
