"""Picture frames: finished B-mode images whose levels are known well enough to draw them again.

A picture shows a window over levels: its grey level is that of a grey map at the share
(level - alpha_lower) / dynamic range. A picture frame keeps the grey levels and what is declared of
them, so that another setting can be drawn (`reconattack.reconstruction.pictures`). It stands where
an RF frame does: attacks, tables and pages take both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from reconattack.errors import InputError
from reconattack.frames.frame import LIVER_ATTRIBUTES, check_label
from reconattack.frames.grey_maps import GREYS
from reconattack.frames.region import Region, region_of

RANGES = (10.0, 200.0)  # dB; scanners have 30 to 120
RANGE_ERROR = 10.0  # dB
LOSSY_MARGIN = 4  # grey levels that a JPEG moves black and white by
MIN_SIDE = 16  # pixels
INITIAL = "initial_"  # before a parameter in the attributes


@dataclass(frozen=True)
class PictureFacts:
    """What is declared of a picture, or stated by its file.

    Attributes
    ----------
    dynamic_range
        From black to white [dB]; several values where it is unknown, of which the middle one is
        drawn.
    dynamic_range_error
        How far a single `dynamic_range` may be from the truth, below and above [dB].
    grey_map
        Share of the window at each grey level, float64 (256,), rising from 0 to 1; None if it is
        linear.
    center_frequency
        Centre frequency [Hz]; None if unknown: then beta cannot be changed.
    pixel
        Height and width of a pixel [m]; None if unknown: then neither beta nor the sliders can be
        changed.
    lossy
        Whether the picture was compressed with losses.
    resized
        Whether the picture was resized after the scanner drew it.
    censored_margin
        Grey levels from black, and from white, at which the level counts as unknown.
    """

    dynamic_range: float | Sequence[float]
    dynamic_range_error: float = RANGE_ERROR
    grey_map: Sequence[float] | None = None
    center_frequency: float | None = None
    pixel: float | None = None
    lossy: bool = False
    resized: bool = False
    censored_margin: int | None = None


def build_picture(
    grey: np.ndarray,
    region: Region,
    facts: PictureFacts,
    initial: Mapping[str, float],
    patient: str,
    scanner: str,
    label: int | None = None,
    fat_fraction: float | None = None,
    masked: np.ndarray | None = None,
    liver: np.ndarray | None = None,
) -> xr.Dataset:
    """Label the pixels of one picture and check them.

    Parameters
    ----------
    grey
        Grey levels as the scanner shows them, uint8 (z, x).
    region
        Where the scan lies in the picture.
    facts
        What is known of the picture.
    initial
        The setting at which the picture counts as drawn: the initial one of the run. Its
        `alpha_upper` stands for the upper end of the picture's own window.
    patient, scanner
        Names of the patient and of the scanner.
    label
        1 fatty, 0 normal, None unknown.
    fat_fraction
        Liver fat [%], None unknown.
    masked
        bool (z, x): pixels of the region that show no tissue, such as callipers; None for none.
    liver
        bool (z, x): the liver; None where it is unknown.

    Returns
    -------
    xarray.Dataset
        `grey` uint8 and `sector` bool (z, x), `share` float64 (grey_level) if the grey map is not
        linear, and `liver`; the facts are attributes.

    Raises
    ------
    InputError
        If the picture or a fact cannot be used.
    """
    grey = np.asarray(grey)
    if grey.ndim != 2 or grey.dtype != np.uint8 or min(grey.shape) < MIN_SIDE:
        raise InputError(
            f"the picture has the shape {grey.shape} and the type {grey.dtype}; expected uint8 "
            f"(z, x) of at least {MIN_SIDE} x {MIN_SIDE} pixels"
        )
    sector = region.inside(grey.shape)
    if masked is not None:
        sector &= ~masked
    swept = np.sort(np.atleast_1d(np.asarray(facts.dynamic_range, float)))
    error = float(facts.dynamic_range_error) if len(swept) == 1 else 0.0
    margin = facts.censored_margin
    if margin is None:
        margin = LOSSY_MARGIN if facts.lossy else 0
    picture = xr.Dataset(
        {
            "grey": (("z", "x"), grey, {"units": "1", "long_name": "B-mode grey level"}),
            "sector": (("z", "x"), sector, {"units": "1", "long_name": "insonified region"}),
        },
        attrs={
            "kind": "image",
            "scanner": scanner,
            "patient": str(patient),
            "dynamic_range": float(swept[len(swept) // 2]),
            "dynamic_range_error": error,
            "censored_margin": int(margin),
            "lossy": int(facts.lossy),
            "resized": int(facts.resized),
            **{f"{INITIAL}{name}": float(value) for name, value in initial.items()},
            **region.facts(),
        },
    )
    known = {
        "center_frequency": facts.center_frequency,
        "pixel": facts.pixel,
        "label": label,
        "fat_fraction": fat_fraction,
    }
    if len(swept) > 1:
        picture.attrs["dynamic_ranges"] = swept
    picture.attrs |= {name: value for name, value in known.items() if value is not None}
    if facts.grey_map is not None:
        described = {"units": "1", "long_name": "share of the window at a grey level"}
        picture["share"] = "grey_level", np.asarray(facts.grey_map, float), described
    if liver is not None:
        picture["liver"] = ("z", "x"), liver, LIVER_ATTRIBUTES
    check_picture(picture)
    return picture


def is_picture(frame: xr.Dataset) -> bool:
    """Whether a frame is a picture, and not RF samples."""
    return "grey" in frame


def check_picture(picture: xr.Dataset) -> None:
    """Raise InputError unless `picture` keeps the contract of a picture frame."""
    attributes = picture.attrs
    swept = attributes.get("dynamic_ranges", attributes["dynamic_range"])
    error = range_error(swept, attributes["dynamic_range_error"])
    if error:
        raise InputError(error)
    if not 0 <= attributes["censored_margin"] < GREYS // 4:
        raise InputError(
            f"censored_margin is {attributes['censored_margin']} grey levels; expected 0 to "
            f"{GREYS // 4 - 1}"
        )
    if "share" in picture:
        error = shares_error(picture["share"].values)
        if error:
            raise InputError(error)
    if not picture["sector"].values.any():
        raise InputError(
            "no pixel of the picture lies in the insonified region; expected a region that the "
            "masks leave something of"
        )
    check_label(attributes.get("label"))


def range_error(spread: float | Sequence[float], error: float) -> str:
    """What is wrong with a dynamic range, or several swept ones, and its error [dB]; or empty."""
    lowest, highest = RANGES
    swept = np.atleast_1d(np.asarray(spread, float))
    if len(swept) > 1:
        error = 0.0
    least = swept.min() - error
    if lowest <= swept.min() <= swept.max() <= highest and error >= 0 and least > lowest / 2:
        return ""
    stated = ", ".join(f"{one:g}" for one in swept)
    return (
        f"dynamic_range is {stated} dB, give or take {error:g} dB (dynamic_range_error); expected "
        f"{lowest:g} to {highest:g} dB, and an error that leaves more than {lowest / 2:g} dB"
    )


def shares_error(shares: Sequence[float]) -> str:
    """What is wrong with the share of the window at each grey level; empty if nothing is."""
    wanted = f"expected {GREYS} that rise from 0 to 1, one for each grey level"
    try:
        shares = np.array(shares, float)
    except (TypeError, ValueError):
        return f"grey_map has values that are no numbers; {wanted}"
    if shares.ndim != 1 or not shares.size:
        return f"grey_map has values of the shape {shares.shape}; {wanted}"
    ends = (shares[0], shares[-1]) == (0, 1)
    if shares.size == GREYS and ends and (np.diff(shares) > 0).all():
        return ""
    return f"grey_map has {shares.size} values from {shares[0]:g} to {shares[-1]:g}; {wanted}"


def initial_setting(picture: xr.Dataset) -> dict[str, float]:
    """The setting at which a picture counts as drawn."""
    return {
        name.removeprefix(INITIAL): float(value)
        for name, value in picture.attrs.items()
        if name.startswith(INITIAL)
    }


def window_shares(picture: xr.Dataset) -> np.ndarray:
    """Share of the window at each grey level, float64 (256,)."""
    if "share" in picture:
        return picture["share"].values
    return np.linspace(0, 1, GREYS)


def dynamic_ranges(picture: xr.Dataset) -> tuple[float, ...]:
    """What the dynamic range may be [dB]: the swept values, the ends of its interval, or itself."""
    if "dynamic_ranges" in picture.attrs:
        return tuple(np.asarray(picture.attrs["dynamic_ranges"], float).tolist())
    spread, error = picture.attrs["dynamic_range"], picture.attrs["dynamic_range_error"]
    return (spread - error, spread + error) if error else (spread,)


def pixel_depths(picture: xr.Dataset) -> np.ndarray:
    """Depth of each pixel from the probe's face [m], float64 (z, x); zeros without a scale."""
    shape = picture["grey"].shape
    if "pixel" not in picture.attrs:
        return np.zeros(shape)
    return np.maximum(region_of(picture.attrs).depth(shape), 0) * picture.attrs["pixel"]


def without_scale(picture: xr.Dataset) -> list[str]:
    """What a picture would need for a change of beta, in words; empty if it has it."""
    needs = {"pixel": "the depth of the scan in metres", "center_frequency": "center_frequency"}
    return [words for name, words in needs.items() if name not in picture.attrs]
