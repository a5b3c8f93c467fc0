"""How well an audit of pictures agrees with that of the RF frames behind them.

An RF frame is drawn at the initial setting, stored as a picture of some kind, and audited from the
picture alone on a lattice of the box. The RF frame itself says at each point what is true.
"""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from PIL import Image

from reconattack.attacks.lattice import even_axes, lattice_points
from reconattack.attacks.oracle import in_parts
from reconattack.attacks.space import search_space
from reconattack.attacks.told import scores_of, verdicts
from reconattack.classifiers.decisions.declared import decision_of
from reconattack.classifiers.judge import Judge
from reconattack.frames.picture import PictureFacts, build_picture
from reconattack.frames.region import region_of_frame
from reconattack.reconstruction.parameters import PAPER_PARAMETERS
from reconattack.reconstruction.pictures import PictureReconstruction
from reconattack.reconstruction.reconstruction import Reconstruction

IMAGES = 32  # compared at a time
EVERY = 16  # setting of the lattice whose images are compared


@dataclass(frozen=True)
class Kind:
    """How an image is stored as a picture.

    Attributes
    ----------
    quality
        Quality of a JPEG; None for a PNG.
    scale
        Height of the picture as a share of the image's.
    window
        Thresholds at which it is drawn [dB]; None for those of the initial setting.
    range_error
        How far the declared dynamic range may be off [dB].
    """

    quality: int | None = None
    scale: float = 1.0
    window: tuple[float, float] | None = None
    range_error: float = 0.0


KINDS = {
    "png": Kind(),
    "jpeg": Kind(quality=90),
    "resized": Kind(scale=0.75),
    "dark": Kind(window=(22.0, 52.0)),
    "range_unsure": Kind(range_error=10.0),
}
COLUMNS = (
    "points",
    "decisions_agree",
    "grey_error_p95",
    "worst_grey_error",
    "censored_share",
    "sure_flips",
    "sure_flips_confirmed",
    "sure_holds",
    "sure_holds_confirmed",
    "true_flips",
)


def drawn_picture(
    frame: xr.Dataset, kind: Kind, initial: Mapping[str, float], rows: int
) -> xr.Dataset:
    """The picture frame that an RF frame would be known by, if only its picture were left.

    Parameters
    ----------
    frame
        An RF frame.
    kind
        How the image is stored.
    initial
        The setting at which it is drawn.
    rows
        Height of the image in pixels, before `kind.scale`.
    """
    reconstruction = Reconstruction(frame, rows, tuple(initial), initial)
    (image,) = reconstruction.bmode([list(initial.values())])
    image = stored(image, kind)
    return build_picture(
        image,
        region_of_frame(frame, len(image)),
        PictureFacts(
            dynamic_range=initial["alpha_upper"] - initial["alpha_lower"],
            dynamic_range_error=kind.range_error,
            center_frequency=frame.attrs["center_frequency"],
            pixel=float(reconstruction.z[1] - reconstruction.z[0]) * rows / len(image),
            lossy=kind.quality is not None,
            resized=kind.scale != 1,
        ),
        initial,
        patient=frame.attrs["patient"],
        scanner=frame.attrs["scanner"],
        label=frame.attrs.get("label"),
    )


def stored(image: np.ndarray, kind: Kind) -> np.ndarray:
    """Grey levels of an image, uint8 (z, x), after it was stored as a kind of picture."""
    picture = Image.fromarray(image)
    if kind.scale != 1:
        height, width = (round(side * kind.scale) for side in image.shape)
        picture = picture.resize((width, height), Image.Resampling.BILINEAR)
    if kind.quality is None:
        return np.asarray(picture)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=kind.quality)
    return np.asarray(Image.open(file, formats=["JPEG"]))


def agreement_rows(
    frames: Iterable[tuple[str, xr.Dataset]],
    judge: Judge,
    kinds: Iterable[str],
    points: int,
    parameters: Mapping[str, Mapping[str, Any]],
    initial: Mapping[str, float],
    image_rows: int,
    cutoff: float,
) -> pd.DataFrame:
    """Audit RF frames from their pictures, and count where RF agrees.

    Parameters
    ----------
    frames
        Name and RF frame; those that could not be read are left out.
    judge
        The classifier.
    kinds
        Names in `KINDS`.
    points
        Values of each parameter on the lattice, from bound to bound.
    parameters
        `box` of each of the paper's parameters.
    initial
        The initial setting.
    image_rows
        Height of the images in pixels.
    cutoff
        Probability from which on a frame counts as fatty.

    Returns
    -------
    pandas.DataFrame
        `frame`, `patient`, `kind` and the `COLUMNS`, a row per frame and kind.
    """
    rows = [
        {"frame": name, "patient": frame.attrs["patient"], "kind": kind}
        | agreement(frame, judge, KINDS[kind], points, parameters, initial, image_rows, cutoff)
        for name, frame in frames
        if "error" not in frame.attrs
        for kind in kinds
    ]
    return pd.DataFrame(rows, columns=["frame", "patient", "kind", *COLUMNS])


def agreement(
    frame: xr.Dataset,
    judge: Judge,
    kind: Kind,
    points: int,
    parameters: Mapping[str, Mapping[str, Any]],
    initial: Mapping[str, float],
    image_rows: int,
    cutoff: float,
) -> dict[str, float]:
    """The `COLUMNS` of one RF frame and its picture of one kind."""
    drawn, box = _drawn_at(kind, initial, parameters)
    space = search_space(drawn, box, "agreement")
    settings = lattice_points(even_axes(space, points))
    start = space.initial
    truth = Reconstruction(frame, image_rows, space.names, drawn)
    picture = drawn_picture(frame, kind, drawn, image_rows)
    picture = PictureReconstruction(picture, space.names, drawn)
    vectors = np.concatenate([start[np.newaxis], settings])
    decision = decision_of(judge, cutoff)
    true, found = (
        decision.flips(scores_of(one, judge, vectors, decision)) for one in (truth, picture)
    )
    flips = true[1:] != true[0]
    told = verdicts(picture, judge, start, settings, decision)
    return {
        "points": len(settings),
        "decisions_agree": int((true[1:] == found[1:]).sum()),
        **grey_errors(truth, picture, settings, kind),
        "sure_flips": int(told["sure_flip"].sum()),
        "sure_flips_confirmed": int((told["sure_flip"] & flips).sum()),
        "sure_holds": int(told["sure_hold"].sum()),
        "sure_holds_confirmed": int((told["sure_hold"] & ~flips).sum()),
        "true_flips": int(flips.sum()),
    }


def grey_errors(
    truth: Reconstruction, picture: PictureReconstruction, settings: np.ndarray, kind: Kind
) -> dict[str, float]:
    """Errors of the grey levels that a picture tells, at every `EVERY`th setting (n, parameter)."""
    censored = picture.censored
    known = censored.region & ~censored.black & ~censored.white
    counts = np.zeros(256, int)
    rescaled = Kind(scale=kind.scale)
    for some in in_parts(settings[::EVERY], IMAGES):
        for true, found in zip(truth.bmode(some), picture.bmode(some), strict=True):
            error = stored(true, rescaled)[known].astype(int) - found[known]
            counts += np.bincount(np.abs(error), minlength=256)
    below = np.cumsum(counts)
    unknown = censored.black | censored.white
    return {
        "grey_error_p95": int(np.searchsorted(below, 0.95 * below[-1])),
        "worst_grey_error": int(np.flatnonzero(counts).max(initial=0)),
        "censored_share": float(unknown.sum() / censored.region.sum()),
    }


def _drawn_at(
    kind: Kind, initial: Mapping[str, float], parameters: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, float], dict[str, dict[str, list[float]]]]:
    """The setting at which a kind of picture is drawn, and the box moved to it."""
    if kind.window is None:
        return dict(initial), {name: dict(knob) for name, knob in parameters.items()}
    drawn = dict(initial) | dict(zip(PAPER_PARAMETERS[1:], kind.window, strict=True))
    box = {
        name: {"box": [bound + drawn[name] - initial[name] for bound in knob["box"]]}
        for name, knob in parameters.items()
    }
    return drawn, box
