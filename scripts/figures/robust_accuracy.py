"""How many labelled frames stay right at every lattice point of a box that grows."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.attacks.lattice import box_shares
from reconattack.attacks.stop_reasons import NOT_ATTACKED
from reconattack.errors import InputError
from reconattack.evidence.statistics import cumulative
from reconattack.figures.panels import figure_style, label_lines, named_line_panels, save_figure
from reconattack.figures.style import COLOURS, FAINT, INK, LINE, THICK
from reconattack.reconstruction.parameters import PARAMETERS
from reconattack.run.jobs import job
from reconattack.storage import located, write_table

KEYS = ("model", "seed", "attack")
ALL = "all"
LINES = {
    ALL: {"color": INK, "linestyle": "-", "linewidth": THICK},
    "0": {"color": COLOURS[0], "linestyle": "--", "linewidth": LINE},
    "1": {"color": COLOURS[1], "linestyle": ":", "linewidth": LINE},
}
PANEL_HEIGHT = 3.0


def robust_accuracy(
    files: Sequence[Mapping[str, str]],
    classes: Sequence[str],
    table: str,
    pdf: str,
    png: str,
    simulated: bool,
) -> None:
    """Tabulate and draw the grids of `files` (`model`, `seed`, `attack`, `path`)."""
    if not files:
        raise InputError("run.attacks selects no attack of method grid: there is nothing to draw")
    frames = pd.DataFrame(
        {key: file[key] for key in KEYS} | row for file in files for row in frame_rows(file["path"])
    )
    curves = robust_curves(frames)
    boxes = {file["attack"]: box_of(file["path"]) for file in files}
    write_table(table, curves)
    with figure_style():
        save_figure(draw_curves(curves, boxes, classes), pdf, png, simulated)


def frame_rows(path: str) -> Iterator[dict]:
    """How much of the box keeps each frame of a grid's result file right.

    `box_share` is the share of the box at which the first point flips: 0 where the frame is judged
    wrong at the start, infinite where no point flips. `label` is None where a frame does not count:
    it has none, or could not be read.
    """
    with xr.open_dataset(path) as attacks:
        names = [str(name) for name in attacks["parameter"].values]
        axes = [attacks[f"grid_{name}"].values for name in names]
        for number in range(attacks.sizes["frame"]):
            frame = attacks.isel(frame=number)
            reason = str(frame["stop_reason"].values)
            label = int(frame["label"])
            counts = label >= 0 and reason != "unreadable"
            share = 0.0
            if reason not in NOT_ATTACKED:
                shares = box_shares(axes, frame["parameters"].isel(step=0).values)
                share = shares.min(where=frame["grid_flips"].values, initial=np.inf)
            yield {"label": str(label) if counts else None, "box_share": float(share)}


def box_of(path: str) -> str:
    """The box of a grid's result file in words, without what stands still."""
    with xr.open_dataset(path) as attacks:
        ends = {
            str(name): attacks[f"grid_{name}"].values[[0, -1]]
            for name in attacks["parameter"].values
        }
    return ", ".join(
        f"{PARAMETERS[name].symbol} {lower:g} to {upper:g}"
        for name, (lower, upper) in ends.items()
        if lower < upper
    )


def robust_curves(frames: pd.DataFrame) -> pd.DataFrame:
    """A row per model, seed, attack, label (`all`, 0, 1) and share of the box that costs a frame.

    The first row is the initial setting alone, the last the whole box.
    """
    curves = []
    for keys, rows in frames.groupby(list(KEYS), sort=False):
        for label in LINES:
            chosen = rows["label"].notna() if label == ALL else rows["label"] == label
            shares = rows.loc[chosen, "box_share"].to_numpy()
            limits = np.unique([0, 1, *shares[np.isfinite(shares)]])
            lost = cumulative(shares, limits)
            curves.append(
                pd.DataFrame(dict(zip(KEYS, keys, strict=True)), index=lost.index).assign(
                    label=label,
                    box_share=lost["limit"],
                    n=lost["n"],
                    n_robust=lost["n"] - lost["count"],
                    robust_accuracy=1 - lost["rate"],
                    robust_accuracy_low=1 - lost["high"],
                    robust_accuracy_high=1 - lost["low"],
                )
            )
    return pd.concat(curves)


def draw_curves(curves: pd.DataFrame, boxes: Mapping[str, str], classes: Sequence[str]) -> Figure:
    """A panel per model, seed and grid: all frames with their band, and each class alone."""
    names = {ALL: "all frames", **{str(label): name for label, name in enumerate(classes)}}
    grids = curves.groupby(list(KEYS), sort=False)
    figure, panels = named_line_panels(grids.ngroups, PANEL_HEIGHT)
    for axes, ((model, seed, attack), of_grid) in zip(panels, grids, strict=True):
        axes.set(
            title=f"{model}, seed {seed}, {attack} over {boxes[attack]}",
            xlim=(0, 100),
            ylim=(-0.02, 1.02),
            xlabel="share of the box about the initial setting (%)",
            ylabel="share of frames right at every point",
        )
        _draw_panel(axes, of_grid, names)
    return figure


def _draw_panel(axes: Axes, curves: pd.DataFrame, names: Mapping[str, str]) -> None:
    ends = []
    for label, curve in curves.groupby("label", sort=False):
        style, last = LINES[label], curve.iloc[-1]
        axes.step(100 * curve["box_share"], curve["robust_accuracy"], where="post", **style)
        if label == ALL:
            low, high = curve["robust_accuracy_low"], curve["robust_accuracy_high"]
            axes.fill_between(
                100 * curve["box_share"], low, high, step="post", color=FAINT, linewidth=0
            )
        name = f"{names[label]}: {curve['n_robust'].iloc[0]} to {last['n_robust']} of {last['n']}"
        ends.append((100.0, last["robust_accuracy"], name, style))
    label_lines(axes, [end for end in ends if np.isfinite(end[1])])


if __name__ == "__main__":
    with job(snakemake.log[0]):
        robust_accuracy(
            files=located(snakemake.params.files, snakemake.input),
            classes=snakemake.params.classes,
            table=snakemake.output.table,
            pdf=snakemake.output.pdf,
            png=snakemake.output.png,
            simulated=snakemake.params.simulated,
        )
