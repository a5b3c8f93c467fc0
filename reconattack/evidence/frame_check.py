"""The check of every frame before anything is computed from it: numbers, warnings, picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.frames.channel_data import is_channel_data
from reconattack.frames.chunks import open_frames
from reconattack.frames.doubtful import is_doubtful
from reconattack.frames.frame import facts, frame_samples
from reconattack.frames.picture import is_picture, pixel_depths
from reconattack.frames.quality import extent, frame_quality, measured_frequency
from reconattack.reconstruction.drawing import reconstruction_of
from reconattack.reconstruction.parameters import PAPER_PARAMETERS
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.reconstruction.steps import GREY_LEVELS
from reconattack.storage import read_table

FREQUENCY_TOLERANCE = 0.25  # of the stated centre frequency
SATURATION_TOLERANCE = 1e-3  # of the samples
DRIFT_TOLERANCE = 0.01  # of the energy of the samples
MOST_CENSORED = 0.3  # of the region's pixels, black or white
OF_PICTURES = ("dynamic_range", "region", "censored_share")  # columns if a frame is a picture
LIVER = "liver_share"  # of the sector; a column if a frame has a mask
COLUMNS = (
    "cohort",
    "frame",
    "patient",
    "label",
    "scanner",
    "reader",
    "samples",
    "lines",
    "start_depth",
    "end_depth",
    "angle_span",
    "lateral_span",
    "sampling_frequency",
    "center_frequency",
    "measured_frequency",
    "saturated_share",
    "silent_lines",
    "empty_share",
    "empty_rows",
    "drift_share",
    "level",
    "gain_state",
    LIVER,
    *OF_PICTURES,
    "warnings",
    "error",
)
INTEGERS = ("label", "samples", "lines", "silent_lines", "empty_rows")
TEXTS = ("reader", "gain_state", "region", "warnings", "error")

Picture = tuple[dict[str, Any], xr.Dataset]


def check_chunks(
    chunks: Mapping[str, Sequence[str]],
    initial: Mapping[str, float],
    rows: int,
    most_pictures: int,
) -> tuple[pd.DataFrame, list[Picture], int]:
    """Check every frame of some cohorts, and keep the pictures of some of them.

    Parameters
    ----------
    chunks
        Chunks of each cohort, of RF frames or of images.
    initial
        Initial setting of the paper's parameters.
    rows
        Height of the pictures of RF frames in pixels.
    most_pictures
        Number of pictures to keep at most: all, or those of one frame in two, four, ..., and before
        others those whose outline is in doubt.

    Returns
    -------
    pandas.DataFrame
        A row per frame with the `COLUMNS`, without `LIVER` if no frame has a mask, and without
        `OF_PICTURES` if no frame is a picture.
    list
        Row and picture of each kept frame: `cohort`, `frame`, the frame's `facts`, the setting that
        the picture shows, None for images and unreadable frames, and `level_shift`, what was added
        to the scanner's reference level for the picture alone [dB].
    int
        Step between kept frames.
    """
    table, kept, step = [], [], 1
    for cohort, paths in chunks.items():
        for path in paths:
            for name, frame in open_frames(path):
                key = {"cohort": cohort, "frame": name}
                row, picture = row_and_picture(frame, initial, rows)
                is_wanted = is_doubtful(row.get("error"))
                if len(table) % step == 0 or is_wanted:
                    shown = key | shown_facts(frame, initial), picture
                    kept.append((len(table), is_wanted, shown))
                    kept, step = _fewer(kept, step, most_pictures)
                table.append(key | row)
    pictures = _visible([shown for _, _, shown in kept], table, chunks, initial, rows)
    columns = [
        name
        for name in COLUMNS
        if name not in (LIVER, *OF_PICTURES) or any(name in row for row in table)
    ]
    texts = [name for name in TEXTS if name in columns]
    types = dict.fromkeys(INTEGERS, "Int64") | dict.fromkeys(texts, "str")
    return pd.DataFrame(table, columns=columns).astype(types), pictures, step


def _fewer(
    kept: list[tuple[int, bool, Picture]], step: int, most: int
) -> tuple[list[tuple[int, bool, Picture]], int]:
    """At most `most` of the kept pictures, and the step between those without a doubt.

    Each has its place in the table, and whether its outline is in doubt.
    """
    while len(kept) > most and step <= kept[-1][0]:
        step *= 2
        kept = [one for one in kept if one[1] or one[0] % step == 0]
    if len(kept) > most:
        kept = sorted(sorted(kept, key=lambda one: not one[1])[:most], key=lambda one: one[0])
    return kept, step


def row_and_picture(
    frame: xr.Dataset, initial: Mapping[str, float], rows: int
) -> tuple[dict[str, Any], xr.Dataset]:
    """Row of the table and picture of an RF frame, an image or an unreadable frame.

    An unreadable frame is its own picture, and so is an image. That of a picture frame whose
    outline is in doubt has its attribute `error`.
    """
    known = {name: frame.attrs.get(name) for name in ("patient", "label", "scanner", "reader")}
    if "error" in frame.attrs and not is_doubtful(frame.attrs["error"]):
        return known | {"error": frame.attrs["error"]}, frame
    if "bmode" in frame:
        shape = dict(zip(("samples", "lines"), frame["bmode"].shape, strict=True))
        return known | shape | liver_share(frame) | {
            "warnings": frame.attrs.get("notes", "")
        }, frame
    reconstruction = reconstruction_of(frame, rows, others=initial)
    picture = _picture(reconstruction, initial)
    if is_picture(frame):
        error = {name: frame.attrs[name] for name in ("error",) if name in frame.attrs}
        row = known | picture_row(frame) | liver_share(picture) | error
        return row, picture.assign_attrs(error)
    samples, lines = frame_samples(frame).shape
    row = {
        **known,
        "samples": samples,
        "lines": lines,
        **extent(frame),
        "sampling_frequency": frame.attrs["sampling_frequency"],
        "center_frequency": frame.attrs["center_frequency"],
        "measured_frequency": measured_frequency(frame),
        **frame_quality(frame),
        "level": float(np.median(reconstruction.levels(initial["beta"]))),
        "gain_state": frame.attrs["gain_state"],
        **liver_share(picture),
    }
    warnings = frame_warnings(row, initial)
    if is_channel_data(frame):
        warnings.append(
            "an echo reaches each line later than the one before, as single elements hear it: are "
            "these channel data? Expected beamformed lines"
        )
    warnings += filter(None, [frame.attrs.get("notes")])
    return row | {"warnings": "; ".join(warnings)}, picture


def picture_row(frame: xr.Dataset) -> dict[str, Any]:
    """Row of the table for a picture frame."""
    grey, sector = frame["grey"].values, frame["sector"].values
    margin = frame.attrs["censored_margin"]
    shown = grey[sector]
    censored = float(((shown <= margin) | (shown >= GREY_LEVELS - margin)).mean())
    warnings = [frame.attrs["notes"]] if "notes" in frame.attrs else []
    if censored > MOST_CENSORED:
        warnings.insert(
            0,
            f"more than {MOST_CENSORED:.0%} of the region is black or white: what lies there is "
            "not known",
        )
    depth = pixel_depths(frame)[sector]
    return {
        "samples": grey.shape[0],
        "lines": grey.shape[1],
        "start_depth": float(depth.min()) if "pixel" in frame.attrs else None,
        "end_depth": float(depth.max()) if "pixel" in frame.attrs else None,
        "center_frequency": frame.attrs.get("center_frequency"),
        "dynamic_range": frame.attrs["dynamic_range"],
        "region": frame.attrs["region"],
        "censored_share": censored,
        "warnings": "; ".join(warnings),
    }


def _picture(reconstruction: Reconstruction, initial: Mapping[str, float]) -> xr.Dataset:
    return reconstruction.image([initial[name] for name in PAPER_PARAMETERS])


def level_shifts(
    table: Sequence[Mapping[str, Any]], initial: Mapping[str, float]
) -> dict[str, float]:
    """What is added to the reference level of each scanner so that its pictures can be seen [dB].

    It moves the mean level of the scanner's frames to the middle of the window, as a calibration
    with all of them would. Scanners whose mean level lies in the window are left out.

    Parameters
    ----------
    table
        Rows of the table of frames.
    initial
        Initial setting of the paper's parameters.
    """
    levels: dict[str, list[float]] = {}
    for row in table:
        if np.isfinite(row.get("level", np.nan)):
            levels.setdefault(row["scanner"], []).append(row["level"])
    lower, upper = initial["alpha_lower"], initial["alpha_upper"]
    means = {scanner: float(np.mean(found)) for scanner, found in levels.items()}
    return {
        scanner: round((lower + upper) / 2 - mean, 1)
        for scanner, mean in means.items()
        if not lower <= mean <= upper
    }


def _visible(
    pictures: list[Picture],
    table: Sequence[Mapping[str, Any]],
    chunks: Mapping[str, Sequence[str]],
    initial: Mapping[str, float],
    rows: int,
) -> list[Picture]:
    """The pictures, those of scanners without a fitting reference level with one of their own."""
    shifts = level_shifts(table, initial)
    shifted = {
        (known["cohort"], known["frame"])
        for known, picture in pictures
        if known["scanner"] in shifts and known[PAPER_PARAMETERS[0]] is not None
    }
    remade = {}
    for cohort in {cohort for cohort, _ in shifted}:
        for path in chunks[cohort]:
            for name, frame in open_frames(path):
                if (cohort, name) in shifted:
                    level = frame.attrs["reference_level"] + shifts[frame.attrs["scanner"]]
                    levelled = frame.assign_attrs(reference_level=level)
                    reconstruction = reconstruction_of(levelled, rows, others=initial)
                    remade[cohort, name] = _picture(reconstruction, initial)
    return [
        (known | {"level_shift": shifts[known["scanner"]]}, remade[key])
        if (key := (known["cohort"], known["frame"])) in remade
        else (known | {"level_shift": 0.0}, picture)
        for known, picture in pictures
    ]


def read_frame_check(path: Path | str) -> pd.DataFrame:
    """Read a table of `check_chunks` that was written, with its types."""
    return read_table(path, dict.fromkeys(INTEGERS, "Int64") | dict.fromkeys(TEXTS, "str"))


def shown_facts(frame: xr.Dataset, initial: Mapping[str, float]) -> dict[str, Any]:
    """Facts of a frame and the setting of its picture; None for images and unreadable frames."""
    is_rf = "bmode" not in frame and "error" not in frame.attrs
    return facts(frame.attrs) | {
        name: initial[name] if is_rf else None for name in PAPER_PARAMETERS
    }


def liver_share(picture: xr.Dataset) -> dict[str, float]:
    """Share of the liver in the sector of a picture, under `LIVER`; empty without a mask."""
    if "liver" not in picture:
        return {}
    return {LIVER: float(picture["liver"].values[picture["sector"].values].mean())}


def frame_warnings(row: Mapping[str, Any], initial: Mapping[str, float]) -> list[str]:
    """Warnings about an RF frame, from its row; the same fault has the same words."""
    found = []
    stated = row["center_frequency"]
    if abs(row["measured_frequency"] - stated) > FREQUENCY_TOLERANCE * stated:
        found.append(
            f"spectrum far from center_frequency, {stated / 1e6:.2f} MHz: are it and "
            "sampling_frequency right?"
        )
    if row["saturated_share"] > SATURATION_TOLERANCE:
        found.append(f"more than {SATURATION_TOLERANCE:.1%} of the samples are saturated")
    if row["silent_lines"]:
        found.append("some lines are constant")
    if row["empty_rows"]:
        found.append(
            "the last rows hold no echoes (zeros): is the file padded, or was it recorded to a "
            "smaller depth?"
        )
    if row["drift_share"] > DRIFT_TOLERANCE:
        found.append(
            "an offset or drift below the band of the echoes was removed, more than "
            f"{DRIFT_TOLERANCE:.0%} of the energy of the samples"
        )
    lower, upper = initial["alpha_lower"], initial["alpha_upper"]
    if not lower <= row["level"] <= upper:
        found.append(
            f"level outside the thresholds {lower:g} to {upper:g} dB: set "
            f"scanners.{row['scanner']}.reference_level (snakemake calibrate_reference_level)"
        )
    if row["gain_state"] == "applied":
        found.append(
            "the samples carry the scanner's time gain, and beta compensates on top of it "
            "(gain_state: removed takes it out where the file tells the curve)"
        )
    if row["gain_state"] == "unknown":
        found.append("time gain unknown: if the samples carry one, beta compensates twice")
    return found


def frame_errors(table: pd.DataFrame) -> dict[str, dict[str, str | None]]:
    """Error of each cohort's frames by name, None if there is none."""
    return {
        cohort: {
            frame: None if pd.isna(error) else error
            for frame, error in zip(frames["frame"], frames["error"], strict=True)
        }
        for cohort, frames in table.groupby("cohort", sort=False)
    }
