"""The labelled images and frames of the patients that a model is trained on."""

from collections.abc import Collection, Iterator, Sequence

import xarray as xr

from reconattack.classifiers.decisions.decision import Decision
from reconattack.classifiers.decisions.mask import Mask
from reconattack.errors import InputError
from reconattack.frames.chunks import readable_frames

FIELDS = ("patient", "label", "scanner")


def read_training_frames(
    chunks: Sequence[str], held_out: Collection[str], decision: Decision | None = None
) -> Iterator[tuple[str, xr.Dataset]]:
    """Yield name and data of every image or frame in chunks, except the unreadable ones.

    Parameters
    ----------
    chunks
        Files of images or of RF frames.
    held_out
        Patients to leave out.
    decision
        What is learned; None for the label.

    Raises
    ------
    InputError
        If an image or frame of another patient lacks what is learned. Masks are no part of it.
    """
    for chunk in chunks:
        for name, frame in readable_frames(chunk):
            if frame.attrs["patient"] in held_out:
                continue
            truth = getattr(decision, "truth", "label")
            if not isinstance(decision, Mask) and truth not in frame.attrs:
                raise InputError(f"frame {name} has no {truth}; expected one to train on")
            yield name, frame


def case_row(
    name: str, frame: xr.Dataset, decision: Decision | None = None
) -> dict[str, str | int | float | None]:
    """A case's row in the tables of a training: `frame`, `patient`, `label`, `scanner`.

    For a decision that is not binary it has `truth` in place of the label, None of masks.
    """
    if decision is None:
        return {"frame": name} | {field: frame.attrs[field] for field in FIELDS}
    facts = {field: frame.attrs[field] for field in FIELDS if field != "label"}
    return {"frame": name} | facts | {"truth": decision.truth_of(frame.attrs)}
