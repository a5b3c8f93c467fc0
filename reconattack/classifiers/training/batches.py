"""Cases of a training in batches: shown again in each epoch, shifted and mirrored at random."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import keras
import numpy as np

from reconattack.classifiers.training.augmentation import DrawnCases

Inputs = np.ndarray | tuple[np.ndarray, ...]


class Augmentation(Protocol):
    """The largest `shift`, as a share of the image's size, and whether to `flip` at random."""

    shift: float
    flip: bool


def network_inputs(images: np.ndarray, parameters: np.ndarray | None = None) -> Inputs:
    """Images with a channel axis, (..., height, width, 1), and the parameters if there are any."""
    return images[..., np.newaxis] if parameters is None else (images[..., np.newaxis], parameters)


@dataclass(frozen=True)
class StillCases:
    """Cases of a training, shown at the initial setting each time.

    Attributes
    ----------
    images
        float32 (n, height, width).
    parameters
        Setting of each image, float32 (n, 3), for a network that takes `image+parameters`.
    """

    images: np.ndarray
    parameters: np.ndarray | None = None

    def __call__(self, rows: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, ...]:
        """Images of some cases and, if there are any, their parameters."""
        arrays = (self.images,) if self.parameters is None else (self.images, self.parameters)
        return tuple(array[rows] for array in arrays)


class ShuffledBatches(keras.utils.PyDataset):
    """Batches of cases in a random order for each epoch, which depends on the seed only.

    Parameters
    ----------
    show
        Inputs of some cases: (rows, random) -> inputs.
    rows
        Positions of the training cases, int.
    labels, weights
        Label and weight of all cases, float64 (n,).
    batch_size
        Number of cases in a batch.
    seed
        Seed of the order and of the augmentation.
    """

    def __init__(
        self,
        show: Callable[[np.ndarray, np.random.Generator], Inputs],
        rows: np.ndarray,
        labels: np.ndarray,
        weights: np.ndarray,
        batch_size: int,
        seed: int,
    ) -> None:
        super().__init__()
        self._show = show
        self._rows = rows
        self._data = labels, weights
        self._batch_size = batch_size
        self._seed = seed
        self._start_epoch(0)

    def __len__(self) -> int:
        return -(-len(self._order) // self._batch_size)

    def __getitem__(self, batch: int) -> tuple[Inputs, np.ndarray, np.ndarray]:
        start = batch * self._batch_size
        rows = self._order[start : start + self._batch_size]
        random = np.random.default_rng([self._seed, self._epoch, batch])
        labels, weights = (array[rows] for array in self._data)
        return *self._shown(rows, labels, random), weights

    def _shown(
        self, rows: np.ndarray, labels: np.ndarray, random: np.random.Generator
    ) -> tuple[Inputs, np.ndarray]:
        """Inputs and labels of some cases, as a training step sees them."""
        return self._show(rows, random), labels

    def on_epoch_end(self) -> None:
        self._start_epoch(self._epoch + 1)

    def _start_epoch(self, epoch: int) -> None:
        self._epoch = epoch
        random = np.random.default_rng([self._seed, epoch])
        self._order = random.permutation(self._rows)


class OutlinedBatches(ShuffledBatches):
    """Batches whose labels are masks, which are shifted and mirrored with their images.

    Parameters
    ----------
    images
        float32 (n, height, width).
    masks
        float32 (n, height, width, structure), 0 or 1.
    settings
        How images are shifted and mirrored.
    rows, weights, batch_size, seed
        See `ShuffledBatches`.
    """

    def __init__(
        self,
        images: np.ndarray,
        masks: np.ndarray,
        settings: Augmentation,
        rows: np.ndarray,
        weights: np.ndarray,
        batch_size: int,
        seed: int,
    ) -> None:
        self._settings = settings
        super().__init__(lambda rows, _: images[rows], rows, masks, weights, batch_size, seed)

    def _shown(
        self, rows: np.ndarray, labels: np.ndarray, random: np.random.Generator
    ) -> tuple[Inputs, np.ndarray]:
        stack = np.concatenate([self._show(rows, random)[:, None], np.moveaxis(labels, -1, 1)], 1)
        moved = augment(stack, self._settings.shift, self._settings.flip, random)
        return network_inputs(moved[:, 0]), np.moveaxis(moved[:, 1:], 1, -1)


def show_augmented(
    shown: StillCases | DrawnCases,
    settings: Augmentation,
    rows: np.ndarray,
    random: np.random.Generator,
) -> Inputs:
    """Inputs of some cases, shifted and mirrored at random."""
    images, *parameters = shown(rows, random)
    return network_inputs(augment(images, settings.shift, settings.flip, random), *parameters)


def augment(
    images: np.ndarray, shift: float, flip: bool, random: np.random.Generator
) -> np.ndarray:
    """Shift and mirror images at random; pixels from outside are black.

    Parameters
    ----------
    images
        float32 (n, ..., height, width); the images of one case move together.
    shift
        Largest shift in each direction, as a share of the image's size.
    flip
        Whether half of the cases are mirrored left to right.
    random
        The source of shifts and mirrors.

    Returns
    -------
    numpy.ndarray
        Of the same shape and type as `images`.
    """
    height, width = images.shape[-2:]
    result = np.zeros_like(images)
    for image, target in zip(images, result, strict=True):
        if flip and random.random() < 0.5:
            image = image[..., ::-1]
        down = random.integers(-int(shift * height), int(shift * height) + 1)
        right = random.integers(-int(shift * width), int(shift * width) + 1)
        target[..., _onto(down, height), _onto(right, width)] = image[
            ..., _onto(-down, height), _onto(-right, width)
        ]
    return result


def _onto(shift: int, size: int) -> slice:
    return slice(max(shift, 0), size + min(shift, 0))
