"""Training of networks; it repeats bit for bit.

Small networks are trained in double precision and rounded to single precision once, at the end.
Processors, and numbers of threads, add in other orders, so their results differ in the last bit. In
single precision a training magnifies that to another network. In double precision the difference
stays far below what the rounding leaves, so that all end in the same bits.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from reconattack.classifiers.backends.keras_files import single_precision
from reconattack.classifiers.training.augmentation import DrawnCases
from reconattack.classifiers.training.batches import (
    Inputs,
    OutlinedBatches,
    ShuffledBatches,
    StillCases,
    network_inputs,
    show_augmented,
)
from reconattack.classifiers.training.building import build_network
from reconattack.classifiers.training.network import (
    declared_network,
    network_conflict,
    training_precision,
)
from reconattack.classifiers.training.objectives.declared import declared_objective
from reconattack.classifiers.training.objectives.objective import Objective
from reconattack.classifiers.training.precision import calculating_in, round_weights, rounded
from reconattack.classifiers.training.validation_patients import validation_rows
from reconattack.errors import InputError
from reconattack.seeds import seed_of

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingSettings:
    """A network and its training, as the configuration defines them.

    Attributes
    ----------
    network, weights, dropout
        See `reconattack.classifiers.training.building.build_network`.
    learning_rate, momentum, batch_size, max_epochs
        Stochastic gradient descent.
    patience
        Epochs without a lower validation loss after which training stops and the best weights are
        restored.
    validation_share
        Share of the training patients that are held out for validation: they stop the training and
        set the validation cut-off.
    shift
        Largest random shift in each direction, as a share of the image's size.
    flip
        Whether images are mirrored left to right at random.
    takes
        The input of the network, a name in `reconattack.classifiers.views.VIEWS`.
    frozen_backbone
        Whether only the last layer is trained, on features that the backbone computes once.
    precision
        `float32` or `float64`, of the whole training; None for that of
        `reconattack.classifiers.training.network.training_precision`, which may be `bfloat16`.
    decision
        What the network decides, as in a configuration; None for two classes.
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
    takes: str = "image"
    frozen_backbone: bool = False
    precision: str | None = None
    decision: Mapping[str, Any] | None = None


def train_network(
    images: np.ndarray,
    cases: pd.DataFrame,
    settings: TrainingSettings,
    seed: int,
    parameters: np.ndarray | None = None,
    drawn: DrawnCases | None = None,
    masks: np.ndarray | None = None,
) -> tuple[keras.Model, pd.DataFrame, pd.DataFrame]:
    """Train a network with early stopping on validation patients.

    Parameters
    ----------
    images
        float32 (n, height, width), grey levels 0 to 255.
    cases
        A row per image: `frame`, `patient`, `label` (0 or 1), `scanner`; for a decision of classes
        or a number, `truth` in place of the label: the number of the class, or the true number.
    settings
        The network and its training.
    seed
        Of the validation split and the augmentation; weights follow
        `reconattack.classifiers.backends.determinism.make_deterministic`.
    parameters
        Setting of each image, float32 (n, 3), for a network that takes `image+parameters`.
    drawn
        The same cases at random settings. If given, each epoch trains on new settings and the
        validation patients are shown at settings that are drawn once; `images` are then used for
        the validation table only.
    masks
        True masks, uint8 (n, height, width, structure), 0 or 1, for a decision of masks.

    Returns
    -------
    network
        In float32, uncompiled, with outputs `logit` and `probability`; for other decisions than
        binary ones with that of its `reconattack.classifiers.training.objectives`.
    history
        A row per epoch: `loss`, `val_loss`, ..., float32, and the numbers of training and of
        validation cases, `n_train` and `n_validation`, the same in all rows.
    validation
        The validation rows of `cases` with the network's `logit`, float32, and `probability`, or
        the columns of its objective.

    Raises
    ------
    InputError
        If the settings do not fit together, a network cannot be built, or its training diverges.
    """
    conflict = network_conflict(vars(settings) | {"reconstructions": drawn})
    if conflict:
        raise InputError(conflict)
    precision = training_precision(settings.network, settings.precision, settings.frozen_backbone)
    if tf.config.list_physical_devices("GPU") and precision == "bfloat16":
        precision = "float32"
    log.info("trained in %s", precision)
    with calculating_in(precision):
        objective = declared_objective(settings.decision, masks)
        return _trained(images, cases, settings, objective, seed, parameters, drawn)


def _trained(
    images: np.ndarray,
    cases: pd.DataFrame,
    settings: TrainingSettings,
    objective: Objective,
    seed: int,
    parameters: np.ndarray | None,
    drawn: DrawnCases | None,
) -> tuple[keras.Model, pd.DataFrame, pd.DataFrame]:
    """Train in the precision that Keras is set to; see `train_network`."""
    grouped = cases.assign(label=objective.strata(cases))
    validating = validation_rows(grouped, settings.validation_share, seed)
    targets = objective.targets(cases, ~validating)
    weights = objective.weights(cases, ~validating)
    network = build_network(
        settings.network,
        images.shape[1:],
        settings.dropout,
        settings.weights,
        settings.takes,
        settings.decision,
    )
    answer = network.output[objective.output]
    training, stopping = np.flatnonzero(~validating), np.flatnonzero(validating)
    if settings.frozen_backbone:
        trainee = last_layer(network, answer, images, stopping, settings)
    else:
        trainee = whole_network(
            network, answer, images, parameters, drawn, stopping, settings, seed
        )
    size = settings.batch_size
    if declared_network(settings.network).outlines:
        batches = OutlinedBatches(images, targets, settings, training, weights, size, seed)
    else:
        batches = ShuffledBatches(trainee.show, training, targets, weights, size, seed)
    validation = trainee.stopping, targets[stopping], weights[stopping]
    history = _fit(trainee, batches, validation, settings, objective)
    history = history.assign(n_train=len(training), n_validation=len(stopping))
    objective.finish(network, cases, ~validating)
    round_weights(network)
    single = single_precision(network)
    judged = trainee.model
    if keras.config.dtype_policy().compute_dtype == "bfloat16":  # as other jobs will judge by it
        judged = keras.Model(single.input, single.output[objective.output])
    outputs = rounded(_predicted(judged, trainee.inputs, settings))
    lost = ~np.isfinite(outputs.reshape(len(outputs), -1)).all(axis=1)
    if lost.any():
        raise InputError(
            f"the training of network {settings.network} diverged: it gives {lost.sum()} of "
            f"{len(lost)} training images no finite {objective.output}; "
            f"expected a lower learning_rate than {float(settings.learning_rate):g}, a larger "
            f"batch_size than {settings.batch_size} or larger images than {list(images.shape[1:])}"
        )
    # Batch normalisation with few steps can leave the two modes apart: then the training loss is
    # low, but the saved network has learned nothing.
    told = objective.told(outputs[training], cases.iloc[training], targets[training])
    log.info("inference mode on the training images: %s", told)
    columns = objective.columns(outputs[stopping], targets[stopping])
    return single, history, cases[validating].assign(**columns)


def _fit(
    trainee: "Trainee",
    batches: ShuffledBatches,
    validation: tuple,
    settings: TrainingSettings,
    objective: Objective,
) -> pd.DataFrame:
    """Train until the epochs run out or the patience does; a row per epoch, float32.

    An epoch of a small network is one call of TensorFlow: a call takes as long as a step. An epoch
    of a large one would be a call of minutes, which nothing interrupts.
    """
    small = settings.frozen_backbone or not declared_network(settings.network).backbone
    trainee.model.compile(
        keras.optimizers.SGD(float(settings.learning_rate), float(settings.momentum)),
        objective.loss(),
        weighted_metrics=objective.metrics(),
        steps_per_execution=len(batches) if small else 1,
    )
    # Its variables would otherwise be made within the first step, which is then traced twice.
    trainee.model.optimizer.build(trainee.model.trainable_variables)
    fit = trainee.model.fit(
        batches,
        validation_data=validation,
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
    history = {name: rounded(np.array(values)) for name, values in fit.history.items()}
    return pd.DataFrame(history).rename_axis("epoch").reset_index()


class Trainee(NamedTuple):
    """The trainable part of a network and its training inputs.

    Attributes
    ----------
    model
        Outputs the network's answer, such as the logit, and shares its layers.
    show
        Inputs of some cases for a training step: (rows, random) -> inputs.
    stopping
        Inputs of the validation cases, which stop the training.
    inputs
        Inputs of all cases at the initial setting, without augmentation.
    """

    model: keras.Model
    show: Callable[[np.ndarray, np.random.Generator], Inputs]
    stopping: Inputs
    inputs: Inputs


def whole_network(
    network: keras.Model,
    answer: Any,
    images: np.ndarray,
    parameters: np.ndarray | None,
    drawn: DrawnCases | None,
    stopping: np.ndarray,
    settings: TrainingSettings,
    seed: int,
) -> Trainee:
    """All layers, trained on images that are shifted and mirrored at random in each epoch.

    The parameters are those of `train_network`; `answer` is the output that is trained, `stopping`
    are positions of the validation cases.
    """
    kind = keras.Model if drawn is None else WorstOfDrawn
    shown = StillCases(images, parameters) if drawn is None else drawn
    stop_images = shown(stopping, None) if drawn is None else drawn_once(drawn, stopping, seed)
    return Trainee(
        kind(network.input, answer),
        partial(show_augmented, shown, settings),
        network_inputs(*stop_images),
        network_inputs(images, parameters),
    )


def last_layer(
    network: keras.Model,
    answer: Any,
    images: np.ndarray,
    stopping: np.ndarray,
    settings: TrainingSettings,
) -> Trainee:
    """The last layer only, trained on features that the backbone computes once for each image.

    The backbone keeps its weights and its batch statistics. The parameters are those of
    `train_network`; `stopping` are positions of the validation cases.
    """
    features = network.get_layer("dropout").input
    backbone = keras.Model(network.input, features)
    backbone.trainable = False
    log.info("features of %d images on the frozen backbone", len(images))
    values = _predicted(backbone, network_inputs(images), settings)
    return Trainee(
        keras.Model(features, answer),
        lambda rows, random: values[rows],
        values[stopping],
        values,
    )


class WorstOfDrawn(keras.Model):
    """A network that trains, for each case, on the setting with the highest loss."""

    def train_step(self, data: tuple) -> dict[str, tf.Tensor]:
        """A step on images (n, setting, height, width, 1), or with parameters (n, setting, 3)."""
        drawn, labels, weights = data
        return super().train_step((self.worst(drawn, labels), labels, weights))

    def worst(self, drawn: tf.Tensor | tuple, labels: tf.Tensor) -> tf.Tensor | tuple:
        """The inputs of each case with the highest loss in inference mode; the first if equal."""
        inputs = tf.nest.flatten(drawn)
        count = inputs[0].shape[1]
        if count == 1:
            return tf.nest.map_structure(lambda array: array[:, 0], drawn)
        side_by_side = tf.nest.map_structure(
            lambda array: tf.reshape(array, tf.concat([[-1], tf.shape(array)[2:]], axis=0)), drawn
        )
        logits = tf.reshape(self(side_by_side, training=False), (-1, count))
        # The cross-entropy increases strictly with the logit towards the wrong class.
        fatty = tf.reshape(labels, (-1, 1)) > 0
        highest = tf.argmax(tf.where(fatty, -logits, logits), axis=1)
        return tf.nest.map_structure(lambda array: tf.gather(array, highest, batch_dims=1), drawn)


def drawn_once(drawn: DrawnCases, rows: np.ndarray, seed: int) -> tuple[np.ndarray, ...]:
    """Show some cases at one random setting each, (n, ...); it depends on the seed only."""
    single = replace(drawn, box=replace(drawn.box, worst_of=1))
    random = np.random.default_rng(seed_of("validation settings", seed))
    return tuple(array[:, 0] for array in single(rows, random))


def _predicted(model: keras.Model, inputs: Inputs, settings: TrainingSettings) -> np.ndarray:
    # A new model goes step by step; the trained one would be traced with all its steps.
    stepwise = keras.Model(model.input, model.output)
    return stepwise.predict(inputs, batch_size=settings.batch_size, verbose=0)


def _log_epoch(epoch: int, logs: Mapping[str, float]) -> None:
    log.info("epoch %d: %s", epoch, ", ".join(f"{name} {x:.4f}" for name, x in logs.items()))
