"""Look at every frame before anything is computed from it: one table, one contact sheet."""

import textwrap
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.figures.panels import CENTIMETRES, figure_style, has_size, save_figure, show_bmode
from reconattack.figures.style import FLIPPED, GREY, HAIR, SMALL, TWO_COLUMNS
from reconattack.frames.admission import admit
from reconattack.frames.chunks import open_frames
from reconattack.frames.frame import caption, facts, frame_samples
from reconattack.frames.image import image_attributes, label_image
from reconattack.frames.quality import extent, measured_frequency, saturated_share, silent_lines
from reconattack.reconstruction.parameters import PAPER_PARAMETERS
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.run.jobs import job
from reconattack.storage import located, write_table

FREQUENCY_TOLERANCE = 0.25  # of the stated centre frequency
SATURATION_TOLERANCE = 1e-3  # of the samples
PANELS_IN_A_ROW = 6
TITLE_WIDTH = 24  # characters
LIVER = "liver_share"  # of the sector; a column where a frame has a mask
COLUMNS = (
    *("cohort", "frame", "patient", "label", "scanner", "reader", "samples", "lines"),
    *("start_depth", "end_depth", "angle_span", "lateral_span"),
    *("sampling_frequency", "center_frequency", "measured_frequency"),
    *("saturated_share", "silent_lines", "level", "gain_state", LIVER, "warnings", "error"),
)

TYPES = dict.fromkeys(("label", "samples", "lines", "silent_lines"), "Int64") | dict.fromkeys(
    ("reader", "gain_state", "warnings", "error"), "str"
)


def check_frames(
    chunks: Mapping[str, Sequence[str]],
    initial: Mapping[str, float],
    image_rows: int,
    on_bad_frame: str,
    classes: Sequence[str],
    simulated: Collection[str],
    outputs: Mapping[str, str],
    show: Callable[[str], None],
    most_panels: int = 600,
) -> None:
    """Write the table of all frames and their contact sheet with its own, and show the table.

    `chunks` are those of each cohort, of RF frames or of images; `simulated` names simulated ones,
    `classes` the labels 0 and 1. Of more than `most_panels` frames one in two, four, ... is drawn.

    Raises
    ------
    InputError
        If frames cannot be used and `on_bad_frame` is stop, or no frame of a cohort can; all errors
        are named at once.
    """
    rows, panels, shown, step = [], [], [], 1
    wholly = set(chunks) <= set(simulated)
    for cohort, paths in chunks.items():
        for path in paths:
            for name, frame in open_frames(path):
                row, picture = look_at(frame, initial, image_rows)
                rows.append({"cohort": cohort, "frame": name} | row)
                if (len(rows) - 1) % step:
                    continue
                title = [name, *caption(picture.attrs, classes).split(", ")]
                title += ["simulated"] * (cohort in simulated and not wholly)
                panels.append((title, picture))
                shown.append({"cohort": cohort, "frame": name} | shown_of(frame, initial))
                if len(panels) > most_panels:
                    panels, shown, step = panels[::2], shown[::2], 2 * step
    masked = any(LIVER in row for row in rows)
    columns = [name for name in COLUMNS if name != LIVER or masked]
    table = pd.DataFrame(rows, columns=columns).astype(TYPES)
    show(readable(table))
    admit(errors_of(table), on_bad_frame)
    write_table(outputs["table"], table)
    write_table(outputs["shown"], pd.DataFrame(shown).astype({"label": "Int64"}))
    with figure_style():
        save_figure(draw_contact_sheet(panels), outputs["pdf"], outputs["png"], wholly)
    drawn = f" (one frame in {step})" if step > 1 else ""
    show(f"Table: {outputs['table']}   Contact sheet: {outputs['png']}{drawn}")


def look_at(
    frame: xr.Dataset, initial: Mapping[str, float], image_rows: int
) -> tuple[dict[str, Any], xr.Dataset]:
    """A row of the table and the picture of an RF frame, an image or an unreadable frame."""
    known = {name: frame.attrs.get(name) for name in ("patient", "label", "scanner", "reader")}
    if "error" in frame.attrs:
        return known | {"error": frame.attrs["error"]}, frame
    if "bmode" in frame:
        samples, lines = frame["bmode"].shape
        notes = frame.attrs.get("notes", "")
        row = known | {"samples": samples, "lines": lines} | liver_share(frame)
        return row | {"warnings": notes}, frame
    reconstruction = Reconstruction(frame, image_rows, others=initial)
    vector = [initial[name] for name in PAPER_PARAMETERS]
    liver = reconstruction.liver(vector)
    picture = label_image(
        reconstruction.bmode(vector)[0],
        reconstruction.sector,
        reconstruction.z,
        reconstruction.x,
        None if liver is None else liver[0],
    ).assign_attrs(image_attributes(frame))
    samples, lines = frame_samples(frame).shape
    row = (
        known
        | {"samples": samples, "lines": lines}
        | extent(frame)
        | {name: frame.attrs[name] for name in ("sampling_frequency", "center_frequency")}
        | {
            "measured_frequency": measured_frequency(frame),
            "saturated_share": saturated_share(frame),
            "silent_lines": silent_lines(frame),
            "level": float(np.median(reconstruction.levels(initial["beta"]))),
            "gain_state": frame.attrs["gain_state"],
        }
        | liver_share(picture)
    )
    warnings = [*warnings_of(row, initial), *filter(None, [frame.attrs.get("notes")])]
    return row | {"warnings": "; ".join(warnings)}, picture


def shown_of(frame: xr.Dataset, initial: Mapping[str, float]) -> dict[str, Any]:
    """What the contact sheet shows of a frame; images and unreadable frames have no setting."""
    reconstructed = not {"bmode", "error"} & {*frame, *frame.attrs}
    return facts(frame.attrs) | {
        name: initial[name] if reconstructed else None for name in PAPER_PARAMETERS
    }


def liver_share(picture: xr.Dataset) -> dict[str, float]:
    """Share of the sector that the liver takes, in a dict; nothing of a picture without a mask."""
    if "liver" not in picture:
        return {}
    return {LIVER: float(picture["liver"].values[picture["sector"].values].mean())}


def warnings_of(row: Mapping[str, Any], initial: Mapping[str, float]) -> list[str]:
    """What a person should look at before trusting a frame; the same words for the same fault."""
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


def readable(table: pd.DataFrame) -> str:
    """The table in a terminal's width, then its warnings, each with the frames that have it."""
    shown = pd.DataFrame(
        {
            "frame": table["frame"],
            "reader": table["reader"].fillna("-"),
            "samples x lines": [
                f"{samples} x {lines}" if pd.notna(samples) else "-"
                for samples, lines in zip(table["samples"], table["lines"], strict=True)
            ],
            "depth cm": [
                f"{start * 100:.1f} to {end * 100:.1f}" if pd.notna(end) else "-"
                for start, end in zip(table["start_depth"], table["end_depth"], strict=True)
            ],
            "fan or width": [
                f"{np.degrees(angle):.0f} deg"
                if pd.notna(angle)
                else _number(width * 100, ".1f cm")
                for angle, width in zip(table["angle_span"], table["lateral_span"], strict=True)
            ],
            "MHz (measured)": [
                f"{stated / 1e6:.2f} ({_number(measured / 1e6, '.2f')})"
                if pd.notna(stated)
                else "-"
                for stated, measured in zip(
                    table["center_frequency"], table["measured_frequency"], strict=True
                )
            ],
            "saturated %": [_number(share * 100, ".2f") for share in table["saturated_share"]],
            "silent": [_number(count, "d") for count in table["silent_lines"]],
            "level dB": [_number(level, ".0f") for level in table["level"]],
            "gain": table["gain_state"].fillna("-"),
        }
    )
    if LIVER in table:
        shown["liver %"] = [_number(share * 100, ".0f") for share in table[LIVER]]
    shown.loc[table["error"].notna(), "reader"] = "UNREADABLE"
    said: dict[str, list[str]] = {}
    for frame, warnings in zip(table["frame"], table["warnings"].fillna(""), strict=True):
        for warning in filter(None, warnings.split("; ")):
            said.setdefault(warning, []).append(frame)
    lines = [f"{_some(frames)}: {warning}" for warning, frames in said.items()]
    return "\n".join([shown.to_string(index=False), *lines])


def errors_of(table: pd.DataFrame) -> dict[str, dict[str, str | None]]:
    """Error of each cohort's frames, None where there is none."""
    return {
        cohort: {
            frame: None if pd.isna(error) else error
            for frame, error in zip(frames["frame"], frames["error"], strict=True)
        }
        for cohort, frames in table.groupby("cohort", sort=False)
    }


def draw_contact_sheet(pictures: Sequence[tuple[Sequence[str], xr.Dataset]]) -> Figure:
    """A panel per title, a sequence of lines, and picture, in their order; livers in outline."""
    rows = -(-len(pictures) // PANELS_IN_A_ROW)
    figure, panels = plt.subplots(
        rows,
        PANELS_IN_A_ROW,
        figsize=(TWO_COLUMNS, 1.25 * rows + 0.2),
        squeeze=False,
        layout="constrained",
    )
    for axes in panels.flat:
        axes.set_axis_off()
    for axes, (title, picture) in zip(panels.flat, pictures, strict=False):
        if "error" in picture.attrs:
            axes.text(0.5, 0.5, "unreadable", ha="center", va="center", color=GREY)
        else:
            show_bmode(axes, picture)
            if "liver" in picture:
                outline_liver(axes, picture)
        lines = [part for line in title for part in textwrap.wrap(line, TITLE_WIDTH)]
        axes.set_title("\n".join(lines), size=SMALL, pad=2)
    return figure


def outline_liver(axes: Axes, picture: xr.Dataset) -> None:
    """Draw the edge of the liver on a picture that is shown in centimetres or in pixels."""
    z, x = (
        picture[name].values * CENTIMETRES if has_size(picture) else np.arange(picture.sizes[name])
        for name in ("z", "x")
    )
    liver = picture["liver"].values.astype(float)
    axes.contour(x, z, liver, levels=[0.5], colors=[FLIPPED], linewidths=HAIR)


def _number(value: float, form: str) -> str:
    number, _, unit = form.partition(" ")
    if pd.isna(value):
        return "-"
    return f"{value:{number}} {unit}".strip()


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


if __name__ == "__main__":
    with job(snakemake.log[0]) as show:
        check_frames(
            chunks=located(snakemake.params.chunks, snakemake.input),
            initial=snakemake.params.initial,
            image_rows=snakemake.params.image_rows,
            on_bad_frame=snakemake.params.on_bad_frame,
            classes=snakemake.params.classes,
            simulated=snakemake.params.simulated,
            outputs=dict(snakemake.output.items()),
            show=show,
        )
