"""The labelled images and frames of the patients that a model is trained on."""

from collections.abc import Collection, Iterator, Sequence

import xarray as xr

from reconattack.errors import InputError
from reconattack.frames.chunks import readable_frames

FIELDS = ("patient", "label", "scanner")


def read_training_frames(
    chunks: Sequence[str], held_out: Collection[str]
) -> Iterator[tuple[str, xr.Dataset]]:
    """Yield name and data of every image or frame in chunks, except the unreadable ones.

    Parameters
    ----------
    chunks
        Files of images or of RF frames.
    held_out
        Patients to leave out.

    Raises
    ------
    InputError
        If an image or frame of another patient has no label.
    """
    for chunk in chunks:
        for name, frame in readable_frames(chunk):
            if frame.attrs["patient"] in held_out:
                continue
            if "label" not in frame.attrs:
                raise InputError(f"frame {name} has no label; expected one to train on")
            yield name, frame


def case_row(name: str, frame: xr.Dataset) -> dict[str, str | int]:
    """A case's row in the tables of a training: `frame`, `patient`, `label`, `scanner`."""
    return {"frame": name} | {field: frame.attrs[field] for field in FIELDS}
