"""How many frames each attack flips where only flips count that change the picture little."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import offset_copy

from reconattack.evidence.visibility import changes_of_flips, visibility_curves
from reconattack.figures.panels import APART, attack_styles, figure_style, save_figure
from reconattack.figures.style import GREY, THIN, TWO_COLUMNS
from reconattack.run.jobs import job
from reconattack.storage import located, read_table, write_table

# What limits a change: the largest value that counts, of ssim the smallest.
LIMITED = {
    "mean_abs_diff": "mean change at most (grey levels)",
    "ssim": "structural similarity at least",
    "white_added": "share of the sector turned white at most",
    "black_added": "share of the sector turned black at most",
}
BLOCK_HEIGHT = 4.4


def success_against_visibility(
    attacks: str,
    grids: Sequence[Mapping[str, str]],
    limits: Mapping[str, float],
    table: str,
    pdf: str,
    png: str,
    simulated: bool,
) -> None:
    """Tabulate and draw a curve per attack and measure, four panels per model and seed.

    An attack is judged by its final setting, a grid (`model`, `seed`, `attack`, `path`) by every
    point of its lattice. `limits` are drawn where the run declares them.
    """
    names = list(dict.fromkeys(file["attack"] for file in grids))
    found = read_table(attacks, dtype={"seed": str})
    order = found["attack"].unique()
    curves = visibility_curves(changes_of_flips(found, grids))
    write_table(table, curves)
    with figure_style():
        figure = draw_visibility(curves, limits, attack_styles(order, names))
        save_figure(figure, pdf, png, simulated)


def draw_visibility(
    curves: pd.DataFrame, limits: Mapping[str, float], styles: Mapping[str, Mapping]
) -> Figure:
    """A block of panels per model and seed, a panel per measure; what is less visible is left."""
    by_model = curves.groupby(["model", "seed"], sort=False)
    figure = plt.figure(
        figsize=(TWO_COLUMNS, BLOCK_HEIGHT * by_model.ngroups + 0.5), layout="constrained"
    )
    blocks = figure.subfigures(by_model.ngroups, 1, squeeze=False)[:, 0]
    for block, ((model, seed), of_model) in zip(blocks, by_model, strict=True):
        n_attacked = of_model["n_attacked"].iloc[0]
        block.suptitle(f"{model}, seed {seed}: {n_attacked} frames attacked")
        for axes, measure in zip(block.subplots(2, 2, sharey=True).flat, LIMITED, strict=True):
            of_measure = of_model[of_model["measure"] == measure]
            draw_measure(axes, of_measure, measure, limits[measure], styles)
    lines = {name: plt.Line2D([], [], **style) for name, style in styles.items()}
    lines["declared limit"] = plt.Line2D([], [], color=GREY, linewidth=THIN)
    figure.legend(
        lines.values(), lines.keys(), loc="outside lower center", ncols=5, handlelength=3.5
    )
    return figure


def draw_measure(
    axes: Axes,
    curves: pd.DataFrame,
    measure: str,
    limit: float,
    styles: Mapping[str, Mapping],
) -> None:
    """Steps from no visible change up to the largest that flipped a frame, drawn slightly apart."""
    axes.axvline(limit, color=GREY, linewidth=THIN)
    ends = [limit, *curves.groupby("attack")["limit"].nth(-2)]  # the last row is any change
    start, widest = (1, min(ends)) if measure == "ssim" else (0, max(ends))
    for number, (attack, curve) in enumerate(curves.groupby("attack", sort=False)):
        shifted = offset_copy(axes.transData, axes.figure, y=APART * number, units="points")
        axes.step(
            curve["limit"], curve["success_rate"], where="post", transform=shifted, **styles[attack]
        )
    axes.set(
        xlim=(start, widest + 0.03 * (widest - start)),
        ylim=(0, 1),
        xlabel=LIMITED[measure],
        ylabel="share of frames flipped" if axes.get_subplotspec().is_first_col() else "",
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):
        success_against_visibility(
            attacks=snakemake.input.attacks,
            grids=located(snakemake.params.grids, snakemake.input),
            limits=snakemake.params.limits,
            table=snakemake.output.table,
            pdf=snakemake.output.pdf,
            png=snakemake.output.png,
            simulated=snakemake.params.simulated,
        )
