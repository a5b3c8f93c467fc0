"""How the images and RF frames of a training become a network's input."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.classifiers.decisions.decision import Decision
from reconattack.classifiers.decisions.mask import Mask
from reconattack.classifiers.network_input import NetworkInput
from reconattack.classifiers.training.augmentation import (
    DrawnCases,
    LevelPicture,
    SlopeCache,
    frame_picture,
    image_picture,
    setting_box,
)
from reconattack.classifiers.training.training_frames import case_row, read_training_frames
from reconattack.classifiers.views import VIEWS, LineChoice
from reconattack.errors import InputError
from reconattack.reconstruction.drawing import reconstruction_of
from reconattack.reconstruction.parameters import PAPER_PARAMETERS
from reconattack.simulation.outlines import simulated_outlines

WITHOUT_RF = ("image", "image+parameters")  # the views that an image without RF data has


class Showing(NamedTuple):
    """How a case is shown to a network.

    Attributes
    ----------
    takes
        A name in `VIEWS`.
    network_input
        Brings the first array of a view to the network's size.
    initial
        Values of the reconstruction's parameters.
    image_rows
        Height of a frame's picture in pixels.
    reconstructions
        The settings that training draws from: `parameters`, `worst_of` and, for image cohorts,
        `image_depth` [m] and `image_frequency` [Hz]. None: the initial setting only.
    decision
        What the network learns; None for the label.
    """

    takes: str
    network_input: NetworkInput | LineChoice
    initial: Mapping[str, float]
    image_rows: int
    reconstructions: Mapping | None = None
    decision: Decision | None = None

    @property
    def vector(self) -> np.ndarray:
        """Initial values of the `PAPER_PARAMETERS`, float64 (3,)."""
        return np.array([self.initial[name] for name in PAPER_PARAMETERS], float)


def check_view(
    takes: str,
    images: Sequence[str],
    reconstructions: Mapping | None,
    decision: Decision | None = None,
) -> None:
    """Raise InputError unless the training data can be shown in a view, for a decision.

    Parameters
    ----------
    takes
        The view, a name in `VIEWS`.
    images
        Chunks of B-mode images, which have no RF data.
    reconstructions
        The settings that training draws from, if it does.
    decision
        What is learned; None for the label.
    """
    if images and isinstance(decision, Mask):
        raise InputError(
            "the model learns masks, which images without RF data do not have; expected no image "
            "cohorts to train it on"
        )
    if images and takes not in WITHOUT_RF:
        raise InputError(
            f"the model takes {takes}, which an image without RF data does not have; expected no "
            f"image cohorts to train it on, or takes out of {', '.join(WITHOUT_RF)}"
        )
    if takes not in VIEWS:
        raise InputError(f"takes is {takes!r}; expected one of {', '.join(VIEWS)}")
    if reconstructions and takes not in WITHOUT_RF:
        raise InputError(
            f"the model takes {takes}, which no setting of the reconstruction changes; expected no "
            f"reconstructions, or takes out of {', '.join(WITHOUT_RF)}"
        )


def training_cases(
    images: Sequence[str], frames: Sequence[str], held_out: Collection[str], showing: Showing
) -> tuple[list[np.ndarray], pd.DataFrame, DrawnCases | None]:
    """The cases of a training: every image and RF frame whose patient is not held out.

    Parameters
    ----------
    images, frames
        Chunks of B-mode images and of RF frames.
    held_out
        Patients to leave out.
    showing
        How the cases are shown.

    Returns
    -------
    inputs
        The arrays of the view at the initial setting, float32 (n, ...), the first one at the
        network's size.
    cases
        A row each: `frame`, `patient`, `label`, `scanner`.
    drawn
        The same cases at random settings; None if the training draws no settings.
        A row of `cases` has `truth` in place of `label` for a decision that is not binary.

    Raises
    ------
    InputError
        If no case is left, or a case lacks what is learned.
    """
    shown = list(_shown(images, frames, held_out, showing))
    if not shown:
        raise InputError("no image and no frame is left to train on; expected some of each class")
    cases, inputs, pictures = zip(*shown, strict=True)
    drawn = None
    if showing.reconstructions:
        worst_of = showing.reconstructions.get("worst_of", 1)
        box = setting_box(showing.reconstructions["parameters"], showing.initial, worst_of)
        drawn = DrawnCases(pictures, box, with_parameters=showing.takes == "image+parameters")
    arrays = [np.stack(array) for array in zip(*inputs, strict=True)]
    table = pd.DataFrame(cases)
    return arrays, table.astype({"label": int}) if showing.decision is None else table, drawn


def training_masks(
    frames: Sequence[str], held_out: Collection[str], showing: Showing
) -> np.ndarray | None:
    """True masks of the cases of `training_cases`, which are simulated frames.

    They are drawn where the simulation has put the organs, and brought to the network's size as the
    pictures are: a pixel belongs to the organ that covers at least half of it.

    Returns
    -------
    numpy.ndarray or None
        uint8 (n, height, width, structure), 0 or 1; None if the decision is none of masks.
    """
    if not isinstance(showing.decision, Mask):
        return None
    structures = showing.decision.structures
    masks = []
    for _, frame in read_training_frames(frames, held_out, showing.decision):
        outlines = simulated_outlines(frame, structures, showing.image_rows)
        covered = showing.network_input(255 * outlines.astype(np.float32))
        masks.append(np.moveaxis(covered >= 127.5, 0, -1).astype(np.uint8))
    return np.stack(masks)


def _shown(
    images: Sequence[str], frames: Sequence[str], held_out: Collection[str], showing: Showing
) -> Iterator[tuple[dict, tuple[np.ndarray, ...], LevelPicture | None]]:
    """Row of the table, inputs at the initial setting, and picture of each case."""
    cache: SlopeCache = {}
    decision = showing.decision
    for name, image in read_training_frames(images, held_out, decision):
        yield case_row(name, image, decision), *show_image(image, showing)
    for name, frame in read_training_frames(frames, held_out, decision):
        yield case_row(name, frame, decision), *show_frame(frame, showing, cache)


def show_image(
    image: xr.Dataset, showing: Showing
) -> tuple[tuple[np.ndarray, ...], LevelPicture | None]:
    """Show an image that has no RF data.

    Returns
    -------
    inputs
        The network's inputs at the initial setting, float32.
    picture
        Shows the image at other settings; None if the training draws no settings.

    Raises
    ------
    InputError
        If the depth or the frequency of the images is missing.
    """
    grey = showing.network_input(image["bmode"].values[np.newaxis])[0]
    inputs = (grey,) if showing.takes == "image" else (grey, showing.vector.astype(np.float32))
    if not showing.reconstructions:
        return inputs, None
    missing = {"image_depth", "image_frequency"} - set(showing.reconstructions)
    if missing:
        raise InputError(
            f"reconstructions lacks {' and '.join(sorted(missing))}; expected the depth [m] and "
            "frequency [Hz] of the image cohorts, whose attenuation follows from them"
        )
    depth, frequency = (showing.reconstructions[f"image_{name}"] for name in ("depth", "frequency"))
    return inputs, image_picture(grey, showing.initial, depth, frequency)


def show_frame(
    frame: xr.Dataset, showing: Showing, cache: SlopeCache
) -> tuple[tuple[np.ndarray, ...], LevelPicture | None]:
    """Show an RF frame.

    Parameters
    ----------
    frame
        The RF frame.
    showing
        How it is shown.
    cache
        What frames of one geometry share; an entry is added for a new geometry.

    Returns
    -------
    inputs
        The network's inputs at the initial setting, float32.
    picture
        Shows the frame at other settings; None if the training draws no settings.
    """
    reconstruction = reconstruction_of(frame, showing.image_rows, others=showing.initial)
    first, *others = VIEWS[showing.takes](reconstruction, showing.vector[np.newaxis])
    inputs = (showing.network_input(first)[0], *(array[0] for array in others))
    if not showing.reconstructions:
        return inputs, None
    return inputs, frame_picture(reconstruction, showing.network_input, cache)
