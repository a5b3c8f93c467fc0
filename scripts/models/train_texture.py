"""Train one classifier of texture: on the image cohorts and on the RF frames that its fold does not
judge.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.classifiers.backends.skops_files import save_model
from reconattack.classifiers.folds import held_out_patients
from reconattack.classifiers.texture_features import texture_features, texture_region
from reconattack.classifiers.training.texture_training import TextureSettings
from reconattack.classifiers.training.texture_training import train as train_classifier
from reconattack.classifiers.training.training_cases import case_row, labelled_frames
from reconattack.errors import InputError
from reconattack.reconstruction.reconstruction import reconstruct
from reconattack.run.jobs import job
from reconattack.seeds import seed_of
from reconattack.storage import write_table


def train_texture(
    images: Sequence[str],
    frames: Sequence[str],
    held_out: set[str],
    settings: Mapping,
    initial: Mapping[str, float],
    image_rows: int,
    seed: int,
    outputs: Mapping[str, str],
) -> None:
    """Train on every image of `images` and every frame of `frames`, at the initial setting, whose
    patient is not in `held_out`.

    `settings` are those of `TextureSettings` and `threads`, which has no effect: it runs on one.
    """
    settings = {name: value for name, value in settings.items() if name != "threads"}
    pictures = training_pictures(images, frames, held_out, initial, image_rows)
    features, cases = training_features(pictures)
    model, history, validation = train_classifier(
        features, cases, TextureSettings(**settings), seed
    )
    save_model(model, outputs["skops"])
    write_table(outputs["history"], history)
    write_table(outputs["validation"], validation)


def training_pictures(
    images: Sequence[str],
    frames: Sequence[str],
    held_out: set[str],
    initial: Mapping[str, float],
    image_rows: int,
) -> Iterator[tuple[str, xr.Dataset]]:
    """Name and picture of each image and frame to train on."""
    yield from labelled_frames(images, held_out)
    for name, frame in labelled_frames(frames, held_out):
        yield name, reconstruct(frame, initial, image_rows)


def training_features(
    pictures: Iterator[tuple[str, xr.Dataset]],
) -> tuple[np.ndarray, pd.DataFrame]:
    """Texture features float64 (n, feature) of pictures and a row for each."""
    features, cases = [], []
    for name, picture in pictures:
        try:
            rows = texture_features(picture["bmode"].values[None], region_of(picture))
        except InputError as error:
            raise InputError(f"frame {name}: {error}") from error
        features.append(rows[0])
        cases.append(case_row(name, picture))
    return np.stack(features), pd.DataFrame(cases).astype({"label": int})


def region_of(picture: xr.Dataset) -> np.ndarray:
    """Where the texture of a picture is looked at, bool (z, x)."""
    liver = picture["liver"].values if "liver" in picture else None
    return texture_region(picture["sector"].values, liver)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        wildcards = snakemake.wildcards
        train_texture(
            images=snakemake.input.images,
            frames=snakemake.input.frames,
            held_out=held_out_patients(snakemake.input.folds, wildcards.fold),
            settings=snakemake.params.settings,
            initial=snakemake.params.initial,
            image_rows=snakemake.params.image_rows,
            seed=seed_of(wildcards.model, wildcards.seed, wildcards.fold),
            outputs=dict(snakemake.output.items()),
        )
