"""Share of frames that each attack flips with a limited change of the picture."""

from collections.abc import Collection, Mapping, Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import offset_copy

from reconattack.figures.panels import APART, attack_styles, figure_style
from reconattack.figures.style import GREY, THIN, TWO_COLUMNS

LABELS = {  # of the limits of each measure
    "mean_abs_diff": "mean change at most (grey levels)",
    "ssim": "structural similarity at least",
    "white_added": "share of the sector turned white at most",
    "black_added": "share of the sector turned black at most",
}
BLOCK_HEIGHT = 4.4  # inches


@figure_style()
def draw_visibility(
    curves: pd.DataFrame,
    limits: Mapping[str, float],
    attacks: Sequence[str],
    grids: Collection[str],
) -> Figure:
    """Draw a block of panels per model and seed, a panel per measure, small changes on the left.

    Parameters
    ----------
    curves
        The result of `reconattack.evidence.visibility.visibility_curves`.
    limits
        The limit of each measure that the run declares, drawn as a line.
    attacks
        Names of all attacks, in the order of the table of attacks.
    grids
        Names of the attacks of method grid.
    """
    styles = attack_styles(attacks, grids)
    by_model = curves.groupby(["model", "seed"], sort=False)
    figure = plt.figure(
        figsize=(TWO_COLUMNS, BLOCK_HEIGHT * by_model.ngroups + 0.5), layout="constrained"
    )
    blocks = figure.subfigures(by_model.ngroups, 1, squeeze=False)[:, 0]
    for block, ((model, seed), of_model) in zip(blocks, by_model, strict=True):
        n_attacked = of_model["n_attacked"].iloc[0]
        block.suptitle(f"{model}, seed {seed}: {n_attacked} frames attacked")
        for axes, measure in zip(block.subplots(2, 2, sharey=True).flat, LABELS, strict=True):
            of_measure = of_model[of_model["measure"] == measure]
            _draw_measure(axes, of_measure, measure, limits[measure], styles)
    lines = {name: plt.Line2D([], [], **style) for name, style in styles.items()}
    lines["declared limit"] = plt.Line2D([], [], color=GREY, linewidth=THIN)
    figure.legend(
        lines.values(), lines.keys(), loc="outside lower center", ncols=5, handlelength=3.5
    )
    return figure


def _draw_measure(
    axes: Axes,
    curves: pd.DataFrame,
    measure: str,
    limit: float,
    styles: Mapping[str, Mapping],
) -> None:
    """Draw steps from no visible change to the largest that flipped a frame, slightly apart."""
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
        xlabel=LABELS[measure],
        ylabel="share of frames flipped" if axes.get_subplotspec().is_first_col() else "",
    )
