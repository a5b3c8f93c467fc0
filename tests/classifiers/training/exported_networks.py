"""A network, trained for an epoch, exported, opened and judged, in each form that it takes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from reconattack.classifiers.backends.determinism import make_deterministic
from reconattack.classifiers.backends.keras_network import KerasNetwork
from reconattack.classifiers.backends.network_files import export_network, save_network
from reconattack.classifiers.opening import open_classifier
from reconattack.classifiers.training.network import declared_network
from reconattack.classifiers.training.training import TrainingSettings, train_network

RESIZE = {"kernel": "bilinear", "aspect": "stretch"}


def exported_network(
    network: str, side: int, folder: str, views: Sequence[str]
) -> list[tuple[float, float]]:
    """For each view the range of the Keras network's logits, and how far those of ONNX are off."""
    make_deterministic(0, threads=1)
    random = np.random.default_rng(0)
    labels = np.arange(12) % 2
    images = random.uniform(0, 200, (12, side, side)) + 50 * labels[:, None, None]
    names = [str(number) for number in range(12)]
    cases = pd.DataFrame({"frame": names, "patient": names, "label": labels, "scanner": "a"})
    found = []
    if declared_network(network).outlines:
        return [_exported_mask(network, images, cases, folder)]
    for takes in views:
        settings = TrainingSettings(network, 0.5, 1e-6, 0.9, 6, 1, 1, 0.25, 0, False, takes=takes)
        told = np.tile(np.float32([0.9, 10, 55]), (12, 1)) if takes == "image+parameters" else None
        trained, _, _ = train_network(images.astype(np.float32), cases, settings, 0, told)
        save_network(trained, f"{folder}/{takes}.keras")
        export_network(trained, f"{folder}/{takes}.onnx", takes)
        classifier = open_classifier({}, f"{folder}/{takes}.onnx", RESIZE)
        KerasNetwork(f"{folder}/{takes}.keras", classifier)  # raises if the two forms differ
        shown = [images.astype(np.uint8 if takes in ("image", "image+parameters") else np.float32)]
        shown += [] if told is None else [told]
        inputs = [shown[0].astype(np.float32)[..., None], *shown[1:]]
        keras = trained.predict_on_batch(inputs if told is not None else inputs[0])["logit"][:, 0]
        onnx = classifier.answers(*shown)
        found.append((float(np.ptp(keras)), float(np.abs(onnx - keras).max())))
    return found


def _exported_mask(
    network: str, images: np.ndarray, cases: pd.DataFrame, folder: str
) -> tuple[float, float]:
    """The same of the logits of a network of masks, trained on the brighter pixels."""
    decision = {"kind": "mask", "structures": ["bright"], "dice": 0.8}
    settings = TrainingSettings(network, 0.5, 1e-6, 0.9, 6, 1, 1, 0.25, 0, False, decision=decision)
    masks = (images > images.mean()).astype(np.uint8)[..., np.newaxis]
    images = images.astype(np.float32)
    trained, _, _ = train_network(images, cases, settings, 0, masks=masks)
    save_network(trained, f"{folder}/mask.keras")
    export_network(trained, f"{folder}/mask.onnx", decision="mask")
    classifier = open_classifier({"decision": decision}, f"{folder}/mask.onnx", RESIZE)
    KerasNetwork(f"{folder}/mask.keras", classifier)  # raises if the two forms differ
    keras = trained.predict_on_batch(images[..., np.newaxis])["mask"]
    onnx = classifier.scores(images)
    return float(np.ptp(keras)), float(np.abs(onnx - keras).max())
