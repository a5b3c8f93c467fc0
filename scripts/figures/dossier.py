"""A page for each attacked frame: its pictures, the way of the attack and how near a flip is."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from reconattack.attacks.stop_reasons import NOT_ATTACKED, STOP_REASONS
from reconattack.classifiers.decision import MISTAKES, decide
from reconattack.figures.frame_maps import FrameMap, Way, draw_map, drawn_parameters, frame_map
from reconattack.figures.panels import (
    add_scale,
    empty_page,
    figure_style,
    save_pages,
    show_difference,
    show_setting,
)
from reconattack.figures.style import (
    CROSS,
    DOT,
    FLIPPED,
    GREY,
    HAIR,
    INK,
    LIGHT,
    PAPER,
    SIGN,
    SMALL,
    THIN,
    TWO_COLUMNS,
)
from reconattack.frames.chunks import frame_attributes, open_frames
from reconattack.frames.frame import caption, facts
from reconattack.reconstruction.parameters import PAPER_PARAMETERS, PARAMETERS
from reconattack.reconstruction.reconstruction import reconstruct
from reconattack.run.jobs import job
from reconattack.storage import located, write_table

MAX_PAGES = 100
HEIGHT = 8.0  # inches

# Places in the page, as shares of its width and height, the same on every page.
PICTURES = {"left": 0.08, "right": 0.90, "bottom": 0.63, "top": 0.82, "wspace": 0.06}
WAYS = {"left": 0.085, "right": 0.985, "bottom": 0.36, "top": 0.57, "wspace": 0.36}
PROBABILITIES = {"left": 0.085, "right": 0.985, "bottom": 0.125, "top": 0.285}
BESIDE_MAP, MAP = PROBABILITIES | {"right": 0.58}, PROBABILITIES | {"left": 0.69, "right": 0.89}
SCALE = (1.04, 0, 0.05, 1)  # of a panel's width and height


class Run(NamedTuple):
    """What all pages share: whose path is drawn and in which box, what sought the margin."""

    model: str
    seed: str
    attack: str
    margin_attack: str | None
    knobs: Mapping[str, Mapping]
    cutoff: float
    classes: Sequence[str]


class Case(NamedTuple):
    """What the attacks found on one frame.

    `path` and `nearest` hold its part of their result files, `nearest` None where the margin was
    not searched; `map` is None where it was not judged on a lattice.
    """

    fold: str
    frame: str
    path: xr.Dataset
    nearest: xr.Dataset | None
    map: FrameMap | None

    @property
    def margin(self) -> float:
        """L-infinity margin in half-widths of the box, nan where no flip is known."""
        return np.nan if self.nearest is None else float(self.nearest["margin_linf"])

    @property
    def shown(self) -> xr.Dataset:
        """The step that is shown: the nearest flip, or else how the other attack ended."""
        found = self.path if np.isnan(self.margin) else self.nearest
        return found.isel(step=int(found["best_step"]))


def dossier(
    chunks: Sequence[str],
    files: Mapping[str, Sequence[Mapping[str, str]]],
    boxes: Mapping[str, Mapping],
    initial: Mapping[str, float],
    image_rows: int,
    cutoff: float,
    classes: Sequence[str],
    table: str,
    pdf: str,
    png: str,
    simulated: bool,
) -> None:
    """Tabulate every attacked frame and draw a page for each, the nearest to a flip first.

    Parameters
    ----------
    chunks
        RF frames.
    files
        `paths` and `nearest`: the result files (`model`, `seed`, `fold`, `attack`, `path`) of one
        attack each, by the networks of one model and seed; `lattices`: those networks' logits on a
        lattice of the box. The last two may be empty.
    boxes
        The knobs of each attack, with their boxes.
    initial
        The initial setting.
    image_rows
        Height of the pictures in pixels.
    cutoff
        Probability from which on a frame counts as fatty.
    classes
        Words for the labels 0 and 1.
    table, pdf, png
        What is written; of more than `MAX_PAGES` frames the table alone has all.
    simulated
        Whether the frames are.
    """
    cases = read_cases(files, cutoff)
    first = files["paths"][0]
    run = Run(
        *(first[key] for key in ("model", "seed", "attack")),
        margin_attack=files["nearest"][0]["attack"] if files["nearest"] else None,
        knobs=boxes[first["attack"]],
        cutoff=cutoff,
        classes=classes,
    )
    attributes = dict(known for chunk in chunks for known in frame_attributes(chunk))
    write_table(table, cases_table(cases, run, attributes))
    pictures = dict(read_pictures(chunks, cases[:MAX_PAGES], initial, image_rows))
    with figure_style():
        save_pages(draw_pages(cases, pictures, run), pdf, png, simulated)


def read_cases(files: Mapping[str, Sequence[Mapping[str, str]]], cutoff: float) -> list[Case]:
    """The attacked frames, the nearest to a flip first, those without a known margin last."""
    nearest = {name: frame for file in files["nearest"] for name, frame in read_frames(file)}
    judged = {name: frame for file in files["lattices"] for name, frame in read_judged(file)}
    cases = []
    for file in files["paths"]:
        for name, path in read_frames(file):
            drawn = map_of(path, *judged[name], cutoff) if name in judged else None
            cases.append(Case(file["fold"], name, path, nearest.get(name), drawn))
    return sorted(cases, key=lambda case: (np.nan_to_num(case.margin, nan=np.inf), case.frame))


def read_judged(
    file: Mapping[str, str],
) -> Iterator[tuple[str, tuple[Mapping[str, str], xr.Dataset]]]:
    """Name of each frame that was judged on a lattice, with the file and its part of it."""
    with xr.open_dataset(file["path"]) as judged:
        known = judged[[name for name in ("grid_logit", "n_flipping") if name in judged]].load()
        known = known.dropna("frame", subset=["grid_logit"], how="all")
        for number in range(known.sizes["frame"]):
            frame = known.isel(frame=number)
            yield str(frame["frame"].values), (file, frame)


def map_of(
    path: xr.Dataset, file: Mapping[str, str], judged: xr.Dataset, cutoff: float
) -> FrameMap:
    """The map of a frame, with the path on it."""
    logit = judged["grid_logit"]
    if "n_flipping" in judged:  # a grid counted with more digits than it keeps
        n_flipping = int(judged["n_flipping"])
    else:
        n_flipping = int((decide(logit.values, cutoff) != int(path["reference"])).sum())
    return frame_map(file, path, logit, n_flipping, way_of(path, drawn_parameters(logit)))


def read_frames(file: Mapping[str, str]) -> Iterator[tuple[str, xr.Dataset]]:
    """Name and results of each attacked frame of a file, its own steps alone."""
    with xr.open_dataset(file["path"]) as attacks:
        known = attacks.drop_dims([name for name in attacks.dims if name.startswith("grid_")])
        for number in range(attacks.sizes["frame"]):
            frame = known.isel(frame=number)
            if str(frame["stop_reason"].values) not in NOT_ATTACKED:
                yield (
                    str(frame["frame"].values),
                    frame.dropna("step", subset=["probability"]).load(),
                )


def read_pictures(
    chunks: Sequence[str], cases: Sequence[Case], initial: Mapping[str, float], image_rows: int
) -> Iterator[tuple[str, tuple[xr.Dataset, xr.Dataset]]]:
    """The picture of each frame at the initial setting and at the one that is shown."""
    shown = {case.frame: case.shown["parameters"].to_series().to_dict() for case in cases}
    for chunk in chunks:
        for name, frame in open_frames(chunk, shown):
            settings = initial, {**initial, **shown[name]}
            yield name, tuple(reconstruct(frame, one, image_rows) for one in settings)


def cases_table(cases: Sequence[Case], run: Run, attributes: Mapping[str, Mapping]) -> pd.DataFrame:
    """A row per attacked frame, with the number of its page and the numbers on it."""
    rows = [
        {"page": number if number <= MAX_PAGES else None}
        | {"model": run.model, "seed": run.seed, "fold": case.fold, "frame": case.frame}
        | facts(attributes[case.frame])
        | {"reference": int(case.path["reference"]), "margin_linf": case.margin}
        | {"shown_attack": run.attack if np.isnan(case.margin) else run.margin_attack}
        | case.shown["parameters"].to_series().to_dict()
        | {
            "probability_initial": float(case.path["probability"][0]),
            "probability_shown": float(case.shown["probability"]),
            "flipped": is_flip(case, run.cutoff),
            "path_attack": run.attack,
            "path_steps": case.path.sizes["step"] - 1,
            "path_queries": int(case.path["queries"]),
            "path_stop_reason": str(case.path["stop_reason"].values),
            "n_flipping": None if case.map is None else case.map.n_flipping,
            "n_points": None if case.map is None else case.map.n_points,
        }
        for number, case in enumerate(cases, 1)
    ]
    integers = dict.fromkeys(("page", "label", "n_flipping", "n_points"), "Int64")
    return pd.DataFrame(rows).astype(integers) if rows else pd.DataFrame(columns=["page", "frame"])


def is_flip(case: Case, cutoff: float) -> bool:
    """Whether the setting that is shown flips the decision."""
    return bool(decide(case.shown["logit"].values, cutoff) != int(case.path["reference"]))


def draw_pages(
    cases: Sequence[Case],
    pictures: Mapping[str, tuple[xr.Dataset, xr.Dataset]],
    run: Run,
) -> Iterator[Figure]:
    """The pages of the first `MAX_PAGES` frames."""
    drawn = cases[:MAX_PAGES]
    for number, case in enumerate(drawn, 1):
        place = f"frame {number} of {len(cases)}"
        if run.margin_attack is not None:
            place += ", the nearest to a flip first"
        if number == 1 and len(drawn) < len(cases):
            place += f"; the first {MAX_PAGES} have a page, all a row in dossier.csv"
        yield draw_page(case, pictures[case.frame], [place, *describe(case, run)], run)
    if not drawn:
        yield empty_page("no frame was attacked")


def describe(case: Case, run: Run) -> Iterator[str]:
    """What the head of a page says of the attacks."""
    mistake = MISTAKES[int(case.path["reference"])]
    yield f"judged by {run.model}, seed {run.seed}, fold {case.fold}; a flip is a {mistake}"
    reason = STOP_REASONS[str(case.path["stop_reason"].values)]
    steps, queries = case.path.sizes["step"] - 1, int(case.path["queries"])
    yield f"{run.attack}, steps {steps}, queries {queries:,}: {reason}"
    if case.nearest is not None:
        found = (
            "no flip found"
            if np.isnan(case.margin)
            else f"nearest flip at {100 * case.margin:.1f} % of the box's half-width"
        )
        yield f"{run.margin_attack}, queries {int(case.nearest['queries']):,}: {found}"
    if case.map is not None:
        flips = f"{case.map.n_flipping:,} of {case.map.n_points:,} points flip"
        yield f"{case.map.grid[-1]}: {flips}"


def draw_page(
    case: Case,
    pictures: tuple[xr.Dataset, xr.Dataset],
    lines: Sequence[str],
    run: Run,
) -> Figure:
    """Pictures, the way through the box in three projections, probabilities and the map; `lines`
    stand in the head.
    """
    figure = plt.figure(figsize=(TWO_COLUMNS, HEIGHT))
    _draw_pictures(_panels(figure, 3, PICTURES), case, pictures, run)
    pairs = combinations(PAPER_PARAMETERS, 2)
    for axes, pair in zip(_panels(figure, 3, WAYS), pairs, strict=True):
        _draw_way(axes, case, pair, run)
    (axes,) = _panels(figure, 1, BESIDE_MAP if case.map else PROBABILITIES)
    _draw_probabilities(axes, case, run)
    if case.map:
        (axes,) = _panels(figure, 1, MAP)
        drawn = draw_map(axes, case.map, run.cutoff)
        add_scale(drawn, SCALE, f"worst P({run.classes[1]})")
    handles = {
        label: handle
        for axes in figure.axes
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles, loc="lower center", ncols=3)
    attributes = pictures[0].attrs
    known = f"{case.frame}, {caption(attributes, run.classes)}"
    known += f"; patient {attributes['patient']}, {attributes['scanner']}"
    figure.text(0.01, 0.993, "\n".join([known, *lines]), va="top")
    return figure


def _panels(figure: Figure, count: int, place: Mapping[str, float]) -> list[Axes]:
    """Panels side by side in one of the places."""
    grid = figure.add_gridspec(1, count, **place)
    return [figure.add_subplot(grid[0, number]) for number in range(count)]


def _draw_pictures(
    panels: Sequence[Axes], case: Case, pictures: tuple[xr.Dataset, xr.Dataset], run: Run
) -> None:
    """The original, the picture at the setting that is shown, and their difference."""
    name = "adversarial" if is_flip(case, run.cutoff) else "decision kept"
    probabilities = case.path["probability"][0], case.shown["probability"]
    for axes, image, title, probability in zip(
        panels, pictures, ("original", name), probabilities, strict=False
    ):
        show_setting(axes, image, title, float(probability), run.classes)
        axes.set_xlabel("lateral (cm)")
    drawn = show_difference(panels[2], *pictures)
    panels[2].set(title="difference", xlabel="lateral (cm)")
    panels[0].set_ylabel("depth (cm)")
    for axes in panels[1:]:
        axes.tick_params(labelleft=False)
    add_scale(drawn, SCALE, "grey levels")


def _draw_way(axes: Axes, case: Case, pair: Sequence[str], run: Run) -> None:
    """The path, or the queries of a search, which takes none, over what sought the margin."""
    start = case.path["parameters"].isel(step=0)
    (left, right), (bottom, top) = (
        run.knobs.get(name, {"box": [float(start.sel(parameter=name))] * 2})["box"] for name in pair
    )
    axes.add_patch(
        Rectangle((left, bottom), right - left, top - bottom, fill=False, color=GREY, lw=THIN)
    )
    points = case.path["parameters"].sel(parameter=list(pair)).values
    if case.nearest is not None:
        _draw_tried(axes, case.nearest, pair, run.cutoff)
    is_path = any("rate" in knob for knob in run.knobs.values())
    style = {"linewidth": THIN} if is_path else {"linestyle": "", "marker": "."}
    axes.plot(*points.T, color=INK, label="path" if is_path else "queries", **style)
    axes.plot(*points[0], "+", color=INK, markersize=CROSS, label="initial setting")
    shown = case.shown["parameters"].sel(parameter=list(pair)).values
    ring = {"markerfacecolor": PAPER, "markeredgecolor": INK, "markersize": SIGN}
    axes.plot(*shown, "D", **ring, label="setting of the second picture")
    margins = 0.06 * (right - left or 1), 0.06 * (top - bottom or 1)
    axes.set(
        xlabel=PARAMETERS[pair[0]].label,
        ylabel=PARAMETERS[pair[1]].label,
        xlim=(left - margins[0], right + margins[0]),
        ylim=(bottom - margins[1], top + margins[1]),
    )


def _draw_tried(axes: Axes, tried: xr.Dataset, pair: Sequence[str], cutoff: float) -> None:
    """The settings that the search for the margin tried, by whether they flip the decision."""
    points = tried["parameters"].sel(parameter=list(pair)).values
    flips = decide(tried["logit"].values, cutoff) != int(tried["reference"])
    rings = {"linestyle": "", "marker": "o", "markersize": DOT, "markeredgewidth": HAIR}
    kept = {"markerfacecolor": PAPER, "markeredgecolor": LIGHT}
    axes.plot(*points[~flips].T, **rings, **kept, label="tried: decision kept")
    axes.plot(*points[flips].T, **rings, color=FLIPPED, label="tried: decision flipped")


def way_of(path: xr.Dataset, drawn: Sequence[str]) -> Way | None:
    """The path as a map draws it, where it moves the map's parameters."""
    if not set(drawn) <= set(path["parameter"].values):
        return None
    return Way(path["parameters"].sel(parameter=list(drawn)).values, bool(path["success"]))


def _draw_probabilities(axes: Axes, case: Case, run: Run) -> None:
    """The probability along the steps, and the cut-off."""
    probability = case.path["probability"]
    axes.plot(probability["step"], probability, "o-", color=INK, markersize=DOT, linewidth=THIN)
    axes.axhline(run.cutoff, color=GREY, linewidth=THIN, linestyle="--", label="cut-off")
    note = {"size": SMALL, "color": GREY, "transform": axes.transAxes}
    axes.text(0.99, 0.96, f"judged {run.classes[1]}", ha="right", va="top", **note)
    axes.text(0.99, 0.04, f"judged {run.classes[0]}", ha="right", va="bottom", **note)
    axes.set(
        xlabel=f"step of {run.attack}",
        ylabel=f"P({run.classes[1]})",
        xlim=(-0.5, max(probability.sizes["step"] - 0.5, 1)),
        ylim=(-0.02, 1.02),
    )
    axes.xaxis.get_major_locator().set_params(integer=True)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        dossier(
            chunks=snakemake.input.frames,
            files=located(snakemake.params.files, snakemake.input),
            boxes=snakemake.params.boxes,
            initial=snakemake.params.initial,
            image_rows=snakemake.params.image_rows,
            cutoff=snakemake.params.cutoff,
            classes=snakemake.params.classes,
            table=snakemake.output.table,
            pdf=snakemake.output.pdf,
            png=snakemake.output.png,
            simulated=snakemake.params.simulated,
        )
