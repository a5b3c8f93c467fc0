from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from reconattack.errors import InputError
from reconattack.figures.defences import draw_defences
from reconattack.figures.panels import save_figure

# Model, AUC, grid-certified accuracy, whether immune; the first is the baseline.
MODELS = [
    ("plain", 0.8, 0.2, False),
    ("augmented", 0.79, 0.5, False),
    ("adversarial", 0.7, 0.5, False),
    ("ensemble", 0.8, 0.21, False),
    ("invariant", 0.75, 0.7, True),
]


def models(rows=MODELS, points=1287):
    table = pd.DataFrame(rows, columns=["model", "auc", "grid_certified", "immune_by_construction"])
    for name in ("auc", "grid_certified"):
        table[f"{name}_low"], table[f"{name}_high"] = table[name] - 0.05, table[name] + 0.1
    known = {"grid": "coarse", "grid_points": points, "n_frames": 300}
    return table.assign(baseline=table["model"] == "plain", **known)


@pytest.fixture
def draw():
    figures = []

    def run(table):
        figures.append(draw_defences(table))
        return figures[-1]

    yield run
    for figure in figures:
        plt.close(figure)


def signs(axes):
    """Marker, fill and place of each model's sign."""
    return {
        line.get_label(): (line.get_marker(), line.get_markerfacecolor(), *line.get_xydata()[0])
        for line in axes.lines
        if line.get_marker() in "soD" and not line.get_label().startswith("_")
    }


def test_each_model_has_a_point_with_its_intervals(draw):
    (axes,) = draw(models()).axes
    drawn = signs(axes)
    assert list(drawn) == [name for name, *_ in MODELS]
    assert [place[2:] for place in drawn.values()] == [(x, y) for _, x, y, _ in MODELS]
    bars = [bar.get_segments()[0] for container in axes.containers for bar in container.lines[2]]
    np.testing.assert_allclose(bars[0], [[0.75, 0.2], [0.9, 0.2]])
    np.testing.assert_allclose(bars[1], [[0.8, 0.15], [0.8, 0.3]])
    assert len(bars) == 2 * len(MODELS)


def test_baseline_and_immune_models_have_signs_of_their_own(draw):
    figure = draw(models())
    drawn = signs(figure.axes[0])
    assert [drawn[name][0] for name in drawn] == ["s", "o", "o", "o", "D"]
    assert drawn["invariant"][1] == "white"
    words = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert words == ["baseline", "defence", "immune by construction"]


def test_legend_names_only_what_is_drawn(draw):
    legend = draw(models(MODELS[:2])).axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["baseline", "defence"]


def test_names_keep_apart_and_inside_the_figure(draw):
    crowd = [("plain", 0.8, 0.2, False)]
    crowd += [(f"setting_conditioned_{n}", 0.8, 0.2, n > 10) for n in range(14)]
    figure = draw(models(crowd))
    figure.canvas.draw()
    texts = figure.axes[0].texts
    boxes = sorted((text.get_window_extent() for text in texts), key=lambda box: box.y0)
    assert len(boxes) == 15
    assert all(above.y0 > below.y1 for below, above in pairwise(boxes))
    assert all(box.x1 < figure.bbox.x1 for box in boxes)
    assert "plain: 0.80, 0.20" in {text.get_text() for text in texts}


def test_axes_name_the_lattice_and_the_frames(draw):
    (axes,) = draw(models()).axes
    assert axes.get_xlabel() == "clean AUC (300 frames)"
    assert axes.get_ylabel() == "right at all 1,287 points of coarse"


def test_other_lattices_have_their_own_panel(draw):
    table = pd.concat([models(MODELS[:3]), models(MODELS[3:], points=7497)])
    figure = draw(table)
    assert [list(signs(axes)) for axes in figure.axes] == [
        ["plain", "augmented", "adversarial"],
        ["ensemble", "invariant"],
    ]


def test_model_without_an_interval_is_a_point_alone(draw):
    table = models()
    table.loc[0, ["auc_low", "auc_high"]] = np.nan
    assert len(signs(draw(table).axes[0])) == len(MODELS)


def test_nothing_to_draw_is_refused():
    with pytest.raises(InputError, match="select an attack of method grid"):
        draw_defences(models().assign(grid_certified=np.nan))


def test_figure_is_written_and_marked(tmp_path):
    pdf, png = tmp_path / "f.pdf", tmp_path / "f.png"
    save_figure(draw_defences(models()), pdf, png, simulated=True)
    assert pdf.read_bytes().startswith(b"%PDF")
    first = png.read_bytes()
    save_figure(draw_defences(models()), pdf, png, simulated=False)
    assert png.read_bytes() != first
