"""A mask: the outline of one structure or of several."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from reconattack.classifiers.decisions.decision import Decision
from reconattack.errors import InputError

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
    """

    structures: tuple[str, ...]
    dice: float

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

    def truth_of(self, attributes: Mapping[str, Any]) -> np.ndarray | None:
        """None: masks are no attributes of frames."""
        return None

    def decided(self, answers: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """Lowest Dice of a structure with the reference mask."""
        return self.dices(answers, reference).min(axis=1)

    def reference(self, answer: np.ndarray, truth: np.ndarray | None) -> np.ndarray:
        """The given mask, or the model's own, uint8 (height, width).

        Raises
        ------
        InputError
            If the given mask has another shape than the answer, or a structure that is not
            declared.
        """
        if truth is None:
            return answer
        if truth.shape != answer.shape:
            raise InputError(
                f"the given mask has the shape {list(truth.shape)}; expected that of the model's, "
                f"{list(answer.shape)}"
            )
        if truth.max(initial=0) > len(self.structures):
            raise InputError(
                f"the given mask has the value {truth.max()}; expected 0 for background and 1 to "
                f"{len(self.structures)} for {', '.join(self.structures)}"
            )
        return truth

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
