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
    known = {"grid": "coarse", "grid_points": points, "n_frames": 300, "constant_accuracy": 0.65}
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
    """Marker, fill, value and row of each model's sign, from the lowest row up."""
    bars = [container.lines[0] for container in axes.containers]
    return [(bar.get_marker(), bar.get_markerfacecolor(), *bar.get_xydata()[0]) for bar in bars]


def names(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def words(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_each_model_has_a_row_with_its_intervals_the_most_robust_on_top(draw):
    clean, robust = draw(models()).axes
    assert names(clean) == ["plain", "ensemble", "augmented", "adversarial", "invariant"]
    assert [sign[2] for sign in signs(clean)] == [0.8, 0.8, 0.79, 0.7, 0.75]
    assert [sign[3] for sign in signs(clean)] == [0, 1, 2, 3, 4]
    assert [sign[2] for sign in signs(robust)] == [0.2, 0.21, 0.5, 0.5, 0.7]
    bars = [container.lines[2][0].get_segments()[0] for container in robust.containers]
    np.testing.assert_allclose(bars[0], [[0.15, 0], [0.3, 0]])
    np.testing.assert_allclose(bars[4], [[0.65, 4], [0.8, 4]])


def test_baseline_and_immune_models_have_signs_of_their_own(draw):
    figure = draw(models())
    assert [sign[0] for sign in signs(figure.axes[0])] == ["s", "o", "o", "o", "D"]
    assert signs(figure.axes[0])[-1][1] == "white"
    assert words(figure)[:3] == ["baseline", "defence", "immune by construction"]


def test_constant_answer_is_a_line_with_a_name(draw):
    figure = draw(models(MODELS[:2]))
    assert words(figure) == ["baseline", "defence", "always the more frequent label"]
    (line,) = [line for line in figure.axes[1].lines if "always" in line.get_label()]
    assert set(line.get_xdata()) == {0.65}


def test_axes_name_the_lattice(draw):
    clean, robust = draw(models()).axes
    assert clean.get_xlabel() == "AUC at the initial setting"
    assert robust.get_xlabel() == "share of frames right at all 1,287 points of coarse"


def test_other_lattices_have_panels_of_their_own(draw):
    figure = draw(pd.concat([models(MODELS[:3]), models(MODELS[3:], points=7497)]))
    assert [names(axes) for axes in figure.axes[::2]] == [
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
