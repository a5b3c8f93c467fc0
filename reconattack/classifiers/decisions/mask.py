"""A mask: the outline of one structure or of several."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from reconattack.classifiers.decisions.decision import Decision
from reconattack.classifiers.resize.places import pixel_centres
from reconattack.errors import InputError
from reconattack.frames.given_mask import LABELS, MASK, image_shape, numbered_mask

RESOLUTION = 1e-9  # below the Dice of one pixel of any image
MEASURES = {
    "area_initial": {"units": "1", "long_name": "share of the mask at the initial setting"},
    "area_final": {"units": "1", "long_name": "share of the mask at the attack's result"},
    "centroid_shift": {
        "units": "1",
        "long_name": "shift of the centroid, in heights and widths of the mask",
    },
}


class Outline(NamedTuple):
    """Size and place of a structure in a mask.

    Attributes
    ----------
    area
        Share of the mask's pixels.
    row, column
        Centre of its pixels, as shares of the mask's height and width; NaN where there is none.
    """

    area: float
    row: float
    column: float


@dataclass(frozen=True, eq=False)
class GivenMask:
    """A given mask of a frame, which can be brought to the size of a model's output.

    Attributes
    ----------
    frame
        Name of the frame in messages.
    numbers
        Numbers of structures, uint8 (row, column), over the whole B-mode image.
    image
        Rows and columns of the image that the model sees.
    network_input
        How it is brought to the size of the model's input; None for its own size.
    """

    frame: str
    numbers: np.ndarray
    image: tuple[int, int]
    network_input: Any | None

    def at(self, shape: tuple[int, int]) -> np.ndarray:
        """The mask at the pixels of an output, uint8 (height, width), by the nearest pixel.

        Raises
        ------
        InputError
            If a structure of the given mask covers no pixel there.
        """
        centres = pixel_centres(self.network_input, self.image, shape)
        placed = np.zeros(shape, np.uint8)
        places = [
            np.floor(along * marked / of).astype(int)
            for along, marked, of in zip(centres, self.numbers.shape, self.image, strict=True)
        ]
        down, across = (
            (place >= 0) & (place < marked)
            for place, marked in zip(places, self.numbers.shape, strict=True)
        )
        seen = self.numbers[np.ix_(places[0][down], places[1][across])]
        placed[np.ix_(down, across)] = seen
        lost = np.setdiff1d(self.numbers, placed)
        if lost.any():
            raise InputError(
                f"the given mask of frame {self.frame} marks structure {lost[lost > 0][0]} at no "
                f"pixel of the model's output, {shape[0]} x {shape[1]} pixels; expected a larger "
                "one, or no mask of this frame"
            )
        return placed


@dataclass(frozen=True)
class Mask(Decision):
    """The outline of structures; the answer to an image is a structure's number at each pixel.

    Answers are uint8 (n, height, width), at the size of the model's output: 0 is background, the
    structures count from 1.

    Attributes
    ----------
    structures
        Names of the structures.
    dice
        A flip is a Dice below it, of any structure, with the reference mask: the given one, or the
        model's own at the initial setting where none is given.
    truth
        `mask` compares with the given mask of a frame; None with the model's own.
    labels
        Value of each structure in given masks, pairs; () takes 1, 2, ... (`numbered_mask`).
    """

    structures: tuple[str, ...]
    dice: float
    truth: str | None = None
    labels: tuple[tuple[str, int], ...] = ()

    kind = "mask"
    measures = MEASURES
    unit = "Dice"
    resolution = RESOLUTION
    doubt = 0.01

    def __post_init__(self) -> None:
        if not self.structures or len(set(self.structures)) < len(self.structures):
            raise InputError(
                f"decision.structures are {', '.join(self.structures) or 'none'}; expected one "
                "name or more, all unlike"
            )
        if not 0 < self.dice < 1:
            raise InputError(f"decision.dice is {self.dice:g}; expected between 0 and 1")
        if self.truth not in (None, MASK):
            raise InputError(f"decision.truth is {self.truth!r}; expected {MASK}, or no such key")
        self._check_labels()

    def _check_labels(self) -> None:
        if not self.labels:
            return
        if self.truth is None:
            raise InputError(
                "decision.labels say what the values of given masks mean, and none is asked for; "
                f"expected truth: {MASK} with them"
            )
        values = [value for _, value in self.labels]
        missing = [name for name in self.structures if name not in dict(self.labels)]
        low, high = LABELS
        if (
            missing
            or len(set(values)) < len(values)
            or not low <= min(values) <= max(values) <= high
        ):
            told = ", ".join(f"{name}: {value}" for name, value in self.labels)
            raise InputError(
                f"decision.labels are {told}; expected a value of its own from {low} to {high} for "
                f"each of {', '.join(self.structures)}, and for any other structure in the masks"
            )

    def truth_of(self, attributes: Mapping[str, Any]) -> GivenMask | None:
        """None: masks are no attributes of frames."""
        return None

    def truth_in(self, frame: xr.Dataset, rows: int, network_input: Any | None) -> GivenMask | None:
        """The given mask of a frame; None if the decision asks for none, or the frame has none."""
        if self.truth is None or MASK not in frame:
            return None
        name = str(frame.attrs.get("name", frame.attrs.get("patient")))
        if network_input is not None and not hasattr(network_input, "sides"):
            raise InputError(
                "decision.truth: a given mask lies in the B-mode image, and the model takes RF "
                "lines; expected a model that takes images"
            )
        try:
            numbers = numbered_mask(frame[MASK], self.structures, dict(self.labels))
        except InputError as error:
            raise InputError(f"the given mask of frame {name}: {error}") from error
        return GivenMask(name, numbers, image_shape(frame, rows), network_input)

    def truth_as_number(self, truth: GivenMask | None) -> float | None:
        """1, the Dice of a true mask."""
        return None if truth is None else 1.0

    def decided(self, answers: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """Lowest Dice of a structure with the reference mask."""
        return self.dices(answers, reference).min(axis=1)

    def reference(self, answer: np.ndarray, truth: GivenMask | None) -> np.ndarray:
        """The given mask at the size of the answer, or the model's own, uint8 (height, width)."""
        return answer if truth is None else truth.at(answer.shape)

    def scores(self, answers: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """Lowest Dice of a structure with the reference, less the limit."""
        return self.decided(answers, reference) - self.dice

    def dices(self, answers: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """Dice of each structure, float64 (n, structure); 1 where neither mask has it."""
        answers = np.asarray(answers)
        numbers = range(1, len(self.structures) + 1)
        return np.stack([_dice(answers == number, reference == number) for number in numbers], 1)

    def change(self, before: np.ndarray, after: np.ndarray) -> dict[str, float]:
        """Area and place of the structure that changed most, the first of equals."""
        structure = 1 + int(self.dices(after[np.newaxis], before)[0].argmin())
        first, last = (self.outline(mask, structure) for mask in (before, after))
        return {
            "area_initial": first.area,
            "area_final": last.area,
            "centroid_shift": float(np.hypot(last.row - first.row, last.column - first.column)),
        }

    def outline(self, answer: np.ndarray, structure: int = 1) -> Outline:
        """Area and centre of a structure in one mask, (height, width)."""
        rows, columns = np.nonzero(answer == structure)
        height, width = answer.shape
        if not len(rows):
            return Outline(0.0, np.nan, np.nan)
        return Outline(
            len(rows) / answer.size,
            float((rows + 0.5).mean() / height),
            float((columns + 0.5).mean() / width),
        )

    def difference(self, answers: np.ndarray, others: np.ndarray) -> float:
        """Largest share of the pixels that differ."""
        return float((answers != others).mean(axis=(1, 2)).max())

    def detail(self, answer: np.ndarray) -> dict[str, float]:
        """Area of each structure as a share of the mask, `area_{structure}`."""
        numbers = enumerate(self.structures, start=1)
        return {f"area_{name}": self.outline(answer, number).area for number, name in numbers}

    @property
    def what(self) -> str:
        """A Dice."""
        return "lowest Dice"

    def in_words(self, decided: float) -> str:
        """The Dice."""
        return f"{decided:.3f}"

    def told(self, answers: np.ndarray) -> dict[str, Any]:
        """Smallest and largest area of each structure, as shares of the mask."""
        areas = {}
        for number, name in enumerate(self.structures, start=1):
            shares = (answers == number).mean(axis=(1, 2))
            areas[name] = [float(f"{share:.6g}") for share in (shares.min(), shares.max())]
        return {"area": areas}

    def mean(self, answers: np.ndarray) -> np.ndarray:
        """Refused: masks of several images have no mean."""
        raise InputError(
            "masks of several settings have no mean; expected a model that is shown one image"
        )


def _dice(masks: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Dice of masks, bool (n, height, width), with one, float64 (n,)."""
    both = (masks & reference).sum(axis=(1, 2))
    sizes = masks.sum(axis=(1, 2)) + reference.sum()
    return np.where(sizes == 0, 1.0, 2 * both / np.maximum(sizes, 1))
