"""Train one network: on the image cohorts and on the RF frames that its fold does not judge."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.classifiers.folds import held_out_patients
from reconattack.classifiers.network_input import NetworkInput
from reconattack.classifiers.training.augmentation import (
    DrawnCases,
    LevelPicture,
    Slopes,
    frame_picture,
    image_picture,
    setting_box,
)
from reconattack.classifiers.training.training_cases import case_row, labelled_frames
from reconattack.classifiers.views import VIEWS, input_rule
from reconattack.errors import InputError
from reconattack.reconstruction.parameters import PAPER_PARAMETERS
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.run.jobs import job
from reconattack.seeds import seed_of
from reconattack.storage import write_table

WITHOUT_RF = ("image", "image+parameters")  # what there is of an image cohort


def train(
    images: Sequence[str],
    frames: Sequence[str],
    held_out: set[str],
    settings: Mapping,
    initial: Mapping[str, float],
    image_rows: int,
    resize: Mapping[str, str],
    seed: int,
    outputs: Mapping[str, str],
) -> None:
    """Train a network on every image and RF frame whose patient is not in `held_out`.

    Parameters
    ----------
    images, frames
        Chunks of B-mode images and of RF frames; these are shown at the initial setting.
    held_out
        Patients to leave out.
    settings
        A model's block: `input_size`, `threads`, the fields of `TrainingSettings` and, to train on
        differently reconstructed images, `reconstructions`.
    initial
        Values of the reconstruction's parameters.
    image_rows
        Height of a frame's picture in pixels.
    resize, seed, outputs
        Of the network's input; of the training; files to write.

    Raises
    ------
    InputError
        If the settings do not fit together, or a case has no label.
    """
    # TensorFlow prints while it is imported; by now that goes to the job's log.
    from reconattack.classifiers.backends.network_files import export_network, save_network
    from reconattack.classifiers.training.training import TrainingSettings, make_deterministic
    from reconattack.classifiers.training.training import train as train_network

    settings = {"takes": "image"} | dict(settings)
    takes, reconstructions = settings["takes"], settings.pop("reconstructions", None)
    check_view(takes, images, reconstructions)
    network_input = input_rule(takes, *settings.pop("input_size"), **resize)
    make_deterministic(seed, settings.pop("threads"))
    showing = Showing(takes, network_input, initial, image_rows, reconstructions)
    inputs, cases, drawn = training_cases(images, frames, held_out, showing)
    network, history, validation = train_network(
        inputs[0], cases, TrainingSettings(**settings), seed, *inputs[1:], drawn=drawn
    )
    save_network(network, outputs["keras"])
    export_network(network, outputs["onnx"], takes)
    write_table(outputs["history"], history)
    write_table(outputs["validation"], validation)


def check_view(takes: str, images: Sequence[str], reconstructions: Mapping | None) -> None:
    """Raise InputError unless a model that `takes` a view can be trained on what it is given."""
    of_pictures = takes in WITHOUT_RF
    if images and not of_pictures:
        raise InputError(
            f"the model takes {takes}, which an image without RF data does not have; expected no "
            f"image cohorts to train it on, or takes out of {', '.join(WITHOUT_RF)}"
        )
    if takes not in VIEWS:
        raise InputError(f"takes is {takes!r}; expected one of {', '.join(VIEWS)}")
    if reconstructions and not of_pictures:
        raise InputError(
            f"the model takes {takes}, which no setting of the reconstruction changes; expected no "
            f"reconstructions, or takes out of {', '.join(WITHOUT_RF)}"
        )


class Showing(NamedTuple):
    """How a model is shown a case.

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
        `image_depth` [m] and `image_frequency` [Hz]. None: the initial setting alone.
    """

    takes: str
    network_input: NetworkInput
    initial: Mapping[str, float]
    image_rows: int
    reconstructions: Mapping | None = None

    @property
    def vector(self) -> np.ndarray:
        """Initial values of the `PAPER_PARAMETERS`, float64 (3,)."""
        return np.array([self.initial[name] for name in PAPER_PARAMETERS], float)


def training_cases(
    images: Sequence[str], frames: Sequence[str], held_out: set[str], showing: Showing
) -> tuple[list[np.ndarray], pd.DataFrame, DrawnCases | None]:
    """What a network is trained on, held-out patients left out.

    Returns
    -------
    inputs
        At the initial setting, the arrays of the view, float32 (n, ...), the first brought to the
        network's size.
    cases
        A row each: `frame`, `patient`, `label`, `scanner`.
    drawn
        The same cases at other settings, if training draws them.
    """
    shown = list(_shown(images, frames, held_out, showing))
    if not shown:
        raise InputError("no image and no frame is left to train on; expected some of each class")
    cases, inputs, pictures = zip(*shown, strict=True)
    drawn = None
    if showing.reconstructions:
        worst_of = showing.reconstructions.get("worst_of", 1)
        box = setting_box(showing.reconstructions["parameters"], showing.initial, worst_of)
        drawn = DrawnCases(pictures, box, tells=showing.takes == "image+parameters")
    arrays = [np.stack(array) for array in zip(*inputs, strict=True)]
    return arrays, pd.DataFrame(cases).astype({"label": int}), drawn


def _shown(
    images: Sequence[str], frames: Sequence[str], held_out: set[str], showing: Showing
) -> Iterator[tuple[dict, tuple[np.ndarray, ...], LevelPicture | None]]:
    """Row of the table, inputs at the initial setting and picture of each case."""
    slopes: Slopes = {}
    for name, image in labelled_frames(images, held_out):
        yield case_row(name, image), *show_image(image, showing)
    for name, frame in labelled_frames(frames, held_out):
        yield case_row(name, frame), *show_frame(frame, showing, slopes)


def show_image(
    image: xr.Dataset, showing: Showing
) -> tuple[tuple[np.ndarray, ...], LevelPicture | None]:
    """Inputs at the initial setting, and the picture for others, of an image without RF data."""
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
    frame: xr.Dataset, showing: Showing, slopes: Slopes
) -> tuple[tuple[np.ndarray, ...], LevelPicture | None]:
    """Inputs at the initial setting, and the picture for others, of an RF frame.

    Frames of one geometry share what stands in `slopes`.
    """
    reconstruction = Reconstruction(frame, showing.image_rows, others=showing.initial)
    first, *others = VIEWS[showing.takes](reconstruction, showing.vector[np.newaxis])
    inputs = showing.network_input(first)[0], *(array[0] for array in others)
    if not showing.reconstructions:
        return inputs, None
    return inputs, frame_picture(reconstruction, showing.network_input, slopes)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        wildcards = snakemake.wildcards
        train(
            images=snakemake.input.images,
            frames=snakemake.input.frames,
            held_out=held_out_patients(snakemake.input.folds, wildcards.fold),
            settings=snakemake.params.settings,
            initial=snakemake.params.initial,
            image_rows=snakemake.params.image_rows,
            resize=snakemake.params.resize,
            seed=seed_of(wildcards.model, wildcards.seed, wildcards.fold),
            outputs=dict(snakemake.output.items()),
        )
