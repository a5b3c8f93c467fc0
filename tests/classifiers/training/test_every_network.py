"""Every network that a configuration can name: trained for an epoch, exported, opened, judged.

`make reliability` tries all of them. Other runs try one of each way to scale images and of each
kind of layers.
"""

import json
import subprocess
import sys

import psutil
import pytest

from reconattack.classifiers.training.network import SMALLEST_SIDE, declared_network, network_names
from tests.places import ROOT

SOME = ("ConvNeXtTiny", "EfficientNetV2B0", "MobileNetV3Small", "ResNet50", "VGG16")
# Memory of networks whose export copies the weights some twenty times [GB].
MEMORY = {"ConvNeXtLarge": 24, "ConvNeXtXLarge": 48, "EfficientNetV2L": 16, "NASNetLarge": 16}
# A process of its own for each: what TensorFlow and tf2onnx have taken, they do not give back.
JOB = """
import json, sys
import numpy as np, pandas as pd
from reconattack.classifiers.backends.determinism import make_deterministic
from reconattack.classifiers.backends.keras_network import KerasNetwork
from reconattack.classifiers.backends.network_files import export_network, save_network
from reconattack.classifiers.opening import open_classifier
from reconattack.classifiers.training.training import TrainingSettings, train_network
network, side, folder, *views = sys.argv[1:]
make_deterministic(0, threads=1)
size = int(side), int(side)
random = np.random.default_rng(0)
labels = np.arange(12) % 2
images = random.uniform(0, 200, (12, *size)) + 50 * labels[:, None, None]
names = [str(number) for number in range(12)]
cases = pd.DataFrame({"frame": names, "patient": names, "label": labels, "scanner": "a"})
resize = {"kernel": "bilinear", "aspect": "stretch"}
for takes in views:
    settings = TrainingSettings(network, 0.5, 1e-6, 0.9, 6, 1, 1, 0.25, 0, False, takes=takes)
    told = np.tile(np.float32([0.9, 10, 55]), (12, 1)) if takes == "image+parameters" else None
    trained, history, validation = train_network(
        images.astype(np.float32), cases, settings, 0, told
    )
    save_network(trained, f"{folder}/{takes}.keras")
    export_network(trained, f"{folder}/{takes}.onnx", takes)
    classifier = open_classifier({}, f"{folder}/{takes}.onnx", resize)
    KerasNetwork(f"{folder}/{takes}.keras", classifier)  # raises if the two forms differ
    shown = [images.astype(np.uint8 if takes in ("image", "image+parameters") else np.float32)]
    shown += [] if told is None else [told]
    inputs = [shown[0].astype(np.float32)[..., None], *shown[1:]]
    keras = trained.predict_on_batch(inputs if told is not None else inputs[0])["logit"][:, 0]
    onnx = classifier.logits(*shown)
    print(json.dumps([float(np.ptp(keras)), float(np.abs(onnx - keras).max())]))
"""


def pytest_generate_tests(metafunc):
    thorough = metafunc.config.getoption("--thorough")
    applications = sorted(SMALLEST_SIDE) if thorough else SOME
    metafunc.parametrize("network", [*network_names(), *applications])


def test_network_goes_through_training_export_and_judgement(network, tmp_path):
    if psutil.virtual_memory().total / 1e9 < MEMORY.get(network, 0):
        pytest.skip(f"{network} needs about {MEMORY[network]} GB of memory")
    side = str(SMALLEST_SIDE.get(network, 32))
    views = declared_network(network).takes if network in network_names() else ["image"]
    job = [sys.executable, "-c", JOB, network, side, str(tmp_path), *views]
    done = subprocess.run(job, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    for line in done.stdout.splitlines()[-len(views) :]:
        spread, difference = json.loads(line)
        assert difference < 1e-3 * max(spread, 1e-3)
