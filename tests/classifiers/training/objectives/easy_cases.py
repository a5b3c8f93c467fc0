"""Images from which every objective is easy to learn, and their training."""

from dataclasses import replace

import numpy as np
import pandas as pd

from reconattack.classifiers.backends.determinism import make_deterministic
from reconattack.classifiers.backends.network_files import export_network
from reconattack.classifiers.opening import open_classifier
from reconattack.classifiers.training.training import TrainingSettings, train_network

SIDE, COUNT = 32, 32
RESIZE = {"kernel": "bilinear", "aspect": "stretch"}
SETTINGS = TrainingSettings(
    network="compact",
    dropout=0.0,
    learning_rate=0.01,
    momentum=0.9,
    batch_size=8,
    max_epochs=60,
    patience=60,
    validation_share=0.25,
    shift=0.0,
    flip=False,
)


def grey_cases(truths):
    """Images of noise about a grey level that rises with the truth, and a row for each."""
    random = np.random.default_rng(0)
    truths = np.asarray(truths, float)
    levels = np.interp(truths, [truths.min(), truths.max()], [40, 200])
    images = levels[:, None, None] + random.normal(0, 8, (len(truths), SIDE, SIDE))
    return images.astype(np.float32), table(len(truths)).assign(truth=truths)


def square_cases():
    """Bright squares on noise, and the masks of the squares, (n, height, width, 1)."""
    random = np.random.default_rng(0)
    masks = np.zeros((COUNT, SIDE, SIDE), np.uint8)
    for mask in masks:
        row, column = random.integers(2, 18, 2)
        mask[row : row + 12, column : column + 12] = 1
    images = 60 + 120 * masks + random.normal(0, 10, masks.shape)
    return images.astype(np.float32), table(COUNT).assign(truth=None), masks[..., np.newaxis]


def table(count):
    names = [f"p{number}" for number in range(count)]
    return pd.DataFrame({"frame": names, "patient": names, "scanner": "a"})


def trained(folder, images, cases, decision, masks=None, **changes):
    """Network, history, validation table, and the classifier that opens the export."""
    make_deterministic(1, threads=1)
    settings = replace(SETTINGS, decision=decision, **changes)
    network, history, validation = train_network(images, cases, settings, 5, masks=masks)
    path = folder / "network.onnx"
    export_network(network, path, decision=decision["kind"])
    classifier = open_classifier({"decision": decision}, path, RESIZE)
    return network, history, validation, classifier
