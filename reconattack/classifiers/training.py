"""Training a network so that it repeats bit for bit."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from reconattack.classifiers.networks import build_network
from reconattack.classifiers.validation_patients import class_weights, validation_rows

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingSettings:
    """What the configuration says of a network and its training.

    Attributes
    ----------
    network, weights, dropout
        See `reconattack.classifiers.networks.build_network`.
    learning_rate, momentum, batch_size, max_epochs
        Stochastic gradient descent.
    patience
        Epochs without a lower validation loss before training stops and the best weights return.
    validation_share
        Share of the training patients that only stop the training and set the second cut-off.
    shift
        Largest random shift in each direction, as a share of the image's size.
    flip
        Whether images are mirrored left to right at random.
    """

    network: str
    dropout: float
    learning_rate: float
    momentum: float
    batch_size: int
    max_epochs: int
    patience: int
    validation_share: float
    shift: float
    flip: bool
    weights: str | Mapping[str, str] | None = None


def make_deterministic(seed: int, threads: int) -> None:
    """Set TensorFlow up once per process; `threads` is part of the result's bits."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(seed)


def train(
    images: np.ndarray, cases: pd.DataFrame, settings: TrainingSettings, seed: int
) -> tuple[keras.Model, pd.DataFrame, pd.DataFrame]:
    """Train a network with early stopping on patients kept out of the gradient.

    Parameters
    ----------
    images
        float32 (n, height, width), grey levels 0 to 255.
    cases
        A row per image: `frame`, `patient`, `label` (0 or 1), `scanner`.
    settings
        The network and its training.
    seed
        Of the validation split and the augmentation; weights follow `make_deterministic`.

    Returns
    -------
    network
        Uncompiled, with outputs `logit` and `probability`.
    history
        A row per epoch: `loss`, `val_loss`, ...
    validation
        The validation rows of `cases` with the network's `logit` and `probability`.
    """
    validating = validation_rows(cases, settings.validation_share, seed)
    labels = cases["label"].to_numpy(np.float32)
    weights = class_weights(labels, ~validating)
    network = build_network(settings.network, images.shape[1:], settings.dropout, settings.weights)
    trainee = keras.Model(network.input, network.output["logit"])
    trainee.compile(
        keras.optimizers.SGD(settings.learning_rate, settings.momentum),
        keras.losses.BinaryCrossentropy(from_logits=True),
        weighted_metrics=[keras.metrics.AUC(from_logits=True, name="auc")],
    )
    training = [array[~validating] for array in (images, labels, weights)]
    fit = trainee.fit(
        AugmentedBatches(*training, settings, seed),
        validation_data=(images[validating, ..., None], labels[validating], weights[validating]),
        validation_batch_size=settings.batch_size,
        epochs=settings.max_epochs,
        shuffle=False,
        verbose=0,
        callbacks=[
            keras.callbacks.EarlyStopping(
                monitor="val_loss", patience=settings.patience, restore_best_weights=True
            ),
            keras.callbacks.LambdaCallback(on_epoch_end=_log_epoch),
        ],
    )
    history = pd.DataFrame(fit.history).rename_axis("epoch").reset_index()
    logits = trainee.predict(images[..., None], batch_size=settings.batch_size, verbose=0)[:, 0]
    _log_agreement(labels[~validating], logits[~validating])
    validation = cases[validating].assign(
        logit=logits[validating], probability=expit(logits[validating].astype(float))
    )
    return network, history, validation


class AugmentedBatches(keras.utils.PyDataset):
    """Shuffled batches of shifted and mirrored images, the same for the same seed and epoch."""

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        weights: np.ndarray,
        settings: TrainingSettings,
        seed: int,
    ) -> None:
        super().__init__()
        self._data = images, labels, weights
        self._settings = settings
        self._seed = seed
        self._start_epoch(0)

    def __len__(self) -> int:
        return -(-len(self._order) // self._settings.batch_size)

    def __getitem__(self, batch: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        start = batch * self._settings.batch_size
        rows = self._order[start : start + self._settings.batch_size]
        images, labels, weights = (array[rows] for array in self._data)
        random = np.random.default_rng([self._seed, self._epoch, batch])
        shifted = augment(images, self._settings.shift, self._settings.flip, random)
        return shifted[..., None], labels, weights

    def on_epoch_end(self) -> None:
        self._start_epoch(self._epoch + 1)

    def _start_epoch(self, epoch: int) -> None:
        self._epoch = epoch
        random = np.random.default_rng([self._seed, epoch])
        self._order = random.permutation(len(self._data[0]))


def augment(
    images: np.ndarray, shift: float, flip: bool, random: np.random.Generator
) -> np.ndarray:
    """Shift each image by up to `shift` of its size, black coming in, and mirror half of them."""
    height, width = images.shape[1:]
    result = np.zeros_like(images)
    for image, target in zip(images, result, strict=True):
        if flip and random.random() < 0.5:
            image = image[:, ::-1]
        down = random.integers(-int(shift * height), int(shift * height) + 1)
        right = random.integers(-int(shift * width), int(shift * width) + 1)
        target[_onto(down, height), _onto(right, width)] = image[
            _onto(-down, height), _onto(-right, width)
        ]
    return result


def _onto(shift: int, size: int) -> slice:
    return slice(max(shift, 0), size + min(shift, 0))


def _log_epoch(epoch: int, logs: Mapping[str, float]) -> None:
    log.info("epoch %d: %s", epoch, ", ".join(f"{name} {x:.4f}" for name, x in logs.items()))


def _log_agreement(labels: np.ndarray, logits: np.ndarray) -> None:
    """Say how the network does on its own training images in inference mode.

    Batch normalisation with few steps can leave the two modes apart: the training loss is low and
    the network that is kept knows nothing.
    """
    log.info(
        "inference mode on the training images: AUC %.3f, accuracy %.3f",
        roc_auc_score(labels, logits),
        np.mean((logits > 0) == labels),
    )
