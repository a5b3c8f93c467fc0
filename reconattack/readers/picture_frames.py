"""Picture frames from files of finished images, the frame table and the scanner's description."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import xarray as xr

from reconattack.errors import InputError
from reconattack.frames.doubtful import DOUBTS
from reconattack.frames.find_region import find_region
from reconattack.frames.grey_maps import named_map, with_stated_range
from reconattack.frames.picture import (
    GREYS,
    RANGE_ERROR,
    PictureFacts,
    build_picture,
    without_scale,
)
from reconattack.frames.region import Fan, Rectangle, Region, region_of
from reconattack.frames.stated import TOLERANCE, agreed
from reconattack.readers.image_file import ImageFile

SIZE_TOLERANCE = 0.03  # between the size of a pixel that a file states and that by the depth
LEAST_SEEN = 0.25  # of a declared region, whose edges may lie outside a cut picture


def picture_frame(
    file: ImageFile,
    index: int,
    description: Mapping[str, Any],
    row: Mapping[str, Any],
    initial: Mapping[str, float],
    scaled: Collection[str] = (),
    masked: np.ndarray | None = None,
) -> xr.Dataset:
    """Build one picture frame from all facts that are stated about it.

    Parameters
    ----------
    file
        The images of a file.
    index
        Number of the image in it.
    description
        The scanner in the configuration: `name`, `picture` and any of `center_frequency` [Hz],
        `probe`, `probe_radius` and `lateral_span` [m].
    row
        The frame table's row: `patient`, `label`, `fat_fraction`, `notes`, and any of the facts.
    initial
        The setting at which the picture counts as drawn.
    scaled
        Parameters that the run moves and whose effect depends on the depth, in words.
    masked
        bool (z, x): pixels that show no tissue; None for none.

    Returns
    -------
    xarray.Dataset
        As `reconattack.frames.picture.build_picture` gives it, with the attribute `notes` if there
        are any, and `doubts` if the region was found and a person should confirm it.

    Raises
    ------
    InputError
        If no source states a fact that is needed, two sources disagree, or the picture cannot be
        used.
    """
    declared = with_stated_range(description["picture"])
    sources = {
        "the frame table": row,
        f"scanner {description['name']}": description | declared,
    }
    stated = {
        name: agreed(name, sources)
        for name in ("image_depth", "center_frequency", "probe", "probe_radius", "lateral_span")
    }
    spread = _dynamic_range(declared, row, sources)
    if spread is None:
        raise InputError(
            f"neither the frame table nor scanners.{description['name']}.picture states "
            "dynamic_range; expected the decibels from black to white, as the scanner shows them "
            "(DR, Dyn), or the middle of what they may be with dynamic_range_error"
        )
    grey = file.pixels[index]
    lossy = declared.get("lossy", file.lossy)
    size = _pixel_size(file)
    tissue = _tissue(file, grey)
    if masked is not None:
        tissue = np.where(masked, np.uint8(0), tissue)
    region, doubts = _region(tissue, declared, stated, size, lossy)
    pixel = _pixel(region, stated["image_depth"], size)
    facts = PictureFacts(
        dynamic_range=spread,
        dynamic_range_error=declared.get("dynamic_range_error", RANGE_ERROR),
        grey_map=_grey_map(declared.get("grey_map", "linear")),
        center_frequency=stated["center_frequency"],
        pixel=pixel,
        lossy=lossy,
        resized=declared.get("resized", False),
        censored_margin=declared.get("censored_margin"),
    )
    frame = build_picture(
        grey,
        region,
        facts,
        initial,
        patient=row["patient"],
        scanner=description["name"],
        label=row.get("label"),
        fat_fraction=row.get("fat_fraction"),
        masked=masked,
    )
    _check_scale(frame, scaled)
    remarks = {
        "notes": "; ".join(filter(None, [row.get("notes"), *file.notes])),
        DOUBTS: " ".join(doubts),
    }
    return frame.assign_attrs({name: text for name, text in remarks.items() if text})


def _dynamic_range(
    declared: Mapping[str, Any], row: Mapping[str, Any], sources: Mapping[str, Mapping[str, Any]]
) -> float | list[float] | None:
    """The dynamic range [dB] that all sources state; several where the scanner's is swept."""
    swept, stated = declared.get("dynamic_range"), row.get("dynamic_range")
    if not isinstance(swept, list):
        return agreed("dynamic_range", sources)
    if stated is None:
        return swept
    if not min(swept) <= stated <= max(swept):
        raise InputError(
            f"dynamic_range is {stated:g} dB by the frame table and {min(swept):g} to "
            f"{max(swept):g} dB by the scanner; correct the one that is wrong"
        )
    return stated


def _check_scale(frame: xr.Dataset, scaled: Collection[str]) -> None:
    """Raise InputError if the run moves a parameter that needs a scale that the picture lacks."""
    lacks = without_scale(frame)
    if scaled and lacks:
        raise InputError(
            f"the run moves {', '.join(scaled)}, and nobody states {' and '.join(lacks)}; "
            "expected image_depth [m] and center_frequency [Hz] in the frame table or with the "
            "scanner, or attacks of your own without these parameters, and accidental: null"
        )


def _tissue(file: ImageFile, grey: np.ndarray) -> np.ndarray:
    """Grey levels of a picture, black outside the tissue that the file of a whole image names."""
    if file.tissue is None or grey.shape != file.shape:
        return grey
    left, top, right, bottom = file.tissue.box
    tissue = np.zeros_like(grey)
    tissue[top:bottom, left:right] = grey[top:bottom, left:right]
    return tissue


def _pixel_size(file: ImageFile) -> float | None:
    """Size of a pixel that the file states [m]; None if it states none."""
    stated = file.pixel_size
    if stated is None and file.tissue is not None and file.pixels.shape[1:] == file.shape:
        stated = file.tissue.pixel_size
    if stated is None:
        return None
    height, width = stated
    if abs(height - width) > TOLERANCE * width:
        raise InputError(
            f"the file states pixels of {height * 1e3:.4g} x {width * 1e3:.4g} mm (height x "
            "width); expected square pixels: export the picture with square pixels"
        )
    return height


def _region(
    grey: np.ndarray,
    declared: Mapping[str, Any],
    stated: Mapping[str, Any],
    size: float | None,
    lossy: bool,
) -> tuple[Region, tuple[str, ...]]:
    """Where the scan lies, as declared or as found, and doubts about it."""
    radius, depth, probe = (stated[name] for name in ("probe_radius", "image_depth", "probe"))
    width = stated["lateral_span"]
    if "region" in declared:
        region, doubts = _declared_region(declared["region"], grey.shape), ()
    else:
        face = radius / depth if radius and depth else None
        aspect = depth / width if width and depth else None
        found = find_region(grey, lossy=lossy, face=face, aspect=aspect)
        if radius and size and not depth and isinstance(found.region, Fan):
            pixels, far = radius / size, found.region.far_radius
            if pixels >= far:
                raise InputError(
                    f"probe_radius is {radius:g} m, {pixels:.0f} pixels of the size that the file "
                    f"states, and the deepest echo lies {far:.0f} pixels from the apex of the fan; "
                    "correct probe_radius, or declare picture.region"
                )
            found = find_region(grey, lossy=lossy, face=pixels / (far - pixels))
        region, doubts = found.region, found.doubts
    expected = {"convex": Fan, "linear": Rectangle}.get(probe)
    if expected and not isinstance(region, expected):
        is_declared = "region" in declared
        raise InputError(
            f"the probe is {probe}, and the scan "
            f"{'by picture.region' if is_declared else 'in the picture'} is a "
            f"{'fan' if isinstance(region, Fan) else 'rectangle'}; correct the probe, or "
            f"{'correct' if is_declared else 'declare'} picture.region"
        )
    return region, doubts


def _declared_region(declared: Mapping[str, Any], shape: tuple[int, int]) -> Region:
    """The region that a scanner declares; InputError if most of it lies outside the picture."""
    region = region_of(declared)
    share = float(region.inside(shape).sum()) / region.area
    if share < LEAST_SEEN:
        raise InputError(
            f"{share:.0%} of picture.region lie in the picture, which has {shape[1]} columns and "
            f"{shape[0]} rows; expected at least {LEAST_SEEN:.0%}, in pixels of the image after "
            "the cohort's box: correct the region"
        )
    return region


def _pixel(region: Region, depth: float | None, size: float | None) -> float | None:
    """Size of a pixel [m], by the depth of the scan and by the file; they must agree."""
    by_depth = None if depth is None else depth / region.height
    if by_depth and size and abs(by_depth - size) > SIZE_TOLERANCE * size:
        raise InputError(
            f"image_depth is {depth:g} m on {region.height:.1f} pixels, {by_depth * 1e3:.4g} mm "
            f"each, and the file states pixels of {size * 1e3:.4g} mm; correct image_depth (from "
            "the probe's face to the deepest echo), or the region"
        )
    return size or by_depth


def _grey_map(declared: str | Mapping[str, Any]) -> np.ndarray | None:
    """Share of the window at each grey level, (256,); None if the grey map is linear."""
    if declared == "linear":
        return None
    named = named_map(declared)
    if named:
        return named.shares()
    if "gamma" in declared:
        return np.linspace(0, 1, GREYS) ** (1 / declared["gamma"])
    return np.array(declared["shares"], float)
