"""Time an epoch on newly reconstructed images, and compare it with one on fixed images.

    python -m benchmarks.training --repeats 3

The default run's network is trained on the same cases in five ways: plain, on a setting drawn for
each case and epoch from the paper's box, on the worst of four settings, plain in float32, and by a
bare `model.fit` on the images in memory, in the precision of the plain training. They take turns; a
ratio is relative to the plain training of the same turn. This is measured with the run's image
cohort, and on its RF frames alone, which are all reconstructed. An epoch ends when the training
logs it.
"""

import argparse
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd

from benchmarks.measuring import OUT, configuration, show_and_keep, spread
from reconattack.classifiers.backends.determinism import make_deterministic
from reconattack.classifiers.training.augmentation import DrawnCases
from reconattack.classifiers.training.building import build_network
from reconattack.classifiers.training.network import training_precision
from reconattack.classifiers.training.precision import calculating_in
from reconattack.classifiers.training.showing import Showing, training_cases
from reconattack.classifiers.training.training import (
    TrainingSettings,
    log,
    network_inputs,
    train_network,
)
from reconattack.classifiers.training.validation_patients import class_weights, validation_rows
from reconattack.classifiers.views import input_rule
from reconattack.errors import InputError

# Settings of each case and epoch, and the precision
KINDS = {
    "plain": (None, None),
    "drawn": (1, None),
    "worst of 4": (4, None),
    "in float32": (None, "float32"),
}
BARE = "model.fit"
SEED = 0


class EpochEnds(logging.Handler):
    """Keeps when a training logged the end of an epoch: on the wall's and the processor's clock."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[tuple[float, float]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg.startswith("epoch"):
            self.times.append((time.perf_counter(), time.process_time()))


def measure(
    images: Sequence[Path], frames: Sequence[Path], epochs: int, repeats: int
) -> list[dict[str, Any]]:
    """Milliseconds an epoch, a row for each kind of training.

    Parameters
    ----------
    images, frames
        Chunks of B-mode images and of RF frames.
    epochs
        Epochs of a training; the first, which also compiles, is not counted.
    repeats
        Turns of all kinds.
    """
    took: dict[str, list[np.ndarray]] = {kind: [] for kind in (*KINDS, BARE)}
    for _ in range(repeats):
        for kind, (worst_of, precision) in KINDS.items():
            took[kind].append(_epoch(images, frames, epochs, worst_of, precision))
        took[BARE].append(_bare_epoch(images, frames, epochs))
    return [
        {
            "training": kind,
            "image cohorts": len(images) > 0,
            "ms an epoch": spread(np.multiply(times, 1e3)[:, 0]),
            "ratio": spread(np.divide(times, took["plain"])[:, 0]),
            "ratio of processor times": spread(np.divide(times, took["plain"])[:, 1]),
        }
        for kind, times in took.items()
    ]


def _epoch(
    images: Sequence[Path],
    frames: Sequence[Path],
    epochs: int,
    worst_of: int | None,
    precision: str | None,
) -> np.ndarray:
    """Median seconds of an epoch on the wall's clock and on the processor's, (2,)."""
    pictures, cases, drawn, settings = _training(images, frames, epochs, worst_of)
    settings = replace(settings, precision=precision)
    return _between_ends(lambda: train_network(pictures, cases, settings, SEED, drawn=drawn))


def _bare_epoch(images: Sequence[Path], frames: Sequence[Path], epochs: int) -> np.ndarray:
    """The same of Keras alone: no shifts, no best weights, no table."""
    pictures, cases, _, settings = _training(images, frames, epochs, None)
    with calculating_in(training_precision(settings.network)):
        return _fitted_epoch(pictures, cases, settings, epochs)


def _fitted_epoch(
    pictures: np.ndarray, cases: pd.DataFrame, settings: TrainingSettings, epochs: int
) -> np.ndarray:
    labels = cases["label"].to_numpy(float)
    validating = validation_rows(cases, settings.validation_share, SEED)
    network = build_network(settings.network, pictures.shape[1:], settings.dropout)
    bare = keras.Model(network.input, network.output["logit"])
    bare.compile(
        keras.optimizers.SGD(settings.learning_rate, settings.momentum),
        keras.losses.BinaryCrossentropy(from_logits=True),
        weighted_metrics=[keras.metrics.AUC(from_logits=True, name="auc")],
    )
    inputs, weights = network_inputs(pictures), class_weights(labels, ~validating)
    return _between_ends(
        lambda: bare.fit(
            inputs[~validating],
            labels[~validating],
            sample_weight=weights[~validating],
            validation_data=(inputs[validating], labels[validating], weights[validating]),
            batch_size=settings.batch_size,
            epochs=epochs,
            verbose=0,
            callbacks=[
                keras.callbacks.LambdaCallback(
                    on_epoch_end=lambda epoch, logs: log.info("epoch %d", epoch)
                )
            ],
        )
    )


def _between_ends(training: Callable[[], Any]) -> np.ndarray:
    """Median seconds from one epoch's end to the next."""
    ends, level = EpochEnds(), log.level
    log.addHandler(ends)
    log.setLevel(logging.INFO)
    try:
        training()
    finally:
        log.removeHandler(ends)
        log.setLevel(level)
    return np.median(np.diff(ends.times, axis=0), axis=0)


def _training(
    images: Sequence[Path], frames: Sequence[Path], epochs: int, worst_of: int | None
) -> tuple[np.ndarray, pd.DataFrame, DrawnCases | None, TrainingSettings]:
    """What the default run's network is trained on, and how."""
    config = configuration()
    settings = dict(config["models"]["compact"]) | {"max_epochs": epochs, "patience": epochs}
    size, reconstruction = settings.pop("input_size"), config["reconstruction"]
    settings.pop("threads")
    showing = Showing(
        "image",
        input_rule("image", *size, reconstruction["resize"]),
        reconstruction["initial"],
        reconstruction["rows"],
        None if worst_of is None else _reconstructions(config, worst_of),
    )
    (pictures,), cases, drawn = training_cases(images, frames, set(), showing)
    return pictures, cases, drawn, TrainingSettings(**settings)


def _reconstructions(config: dict[str, Any], worst_of: int) -> dict[str, Any]:
    scanner = config["scanners"][config["cohorts"]["simulated_images"]["scanner"]]
    return {
        "parameters": config["attacks"]["corners"]["parameters"],
        "worst_of": worst_of,
        "image_depth": 0.15,
        "image_frequency": scanner["center_frequency"],
    }


def chunks(results: Path, kind: str, cohort: str) -> list[Path]:
    """Every chunk of a cohort of a finished run."""
    found = sorted((results / kind / cohort).glob("*.nc"))
    if not found:
        raise InputError(
            f"{results / kind / cohort} holds no chunks; expected those of a run: make reproduce"
        )
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure on the finished run that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--results", type=Path, default=Path("results"), help="results of a finished run"
    )
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args(arguments)
    images = chunks(chosen.results, "bmode", "simulated_images")
    frames = chunks(chosen.results, "frames", "simulated_rf")
    make_deterministic(SEED, threads=1)
    rows = [
        row for some in (images, []) for row in measure(some, frames, chosen.epochs, chosen.repeats)
    ]
    show_and_keep("training", rows, chosen.out)


if __name__ == "__main__":
    main()
