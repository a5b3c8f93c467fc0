import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from reconattack.figures.accidental_change import draw_models
from reconattack.figures.panels import save_figure
from reconattack.figures.style import TWO_COLUMNS

MEASURES = ("positive_rate", "auc", "accuracy", "accuracy_recalibrated", "changed")
SETTINGS = {
    "initial": [(0.9, 10)],
    "uniform": [(0.6, 7), (1.2, 14), (0.8, 9)],
    "normal": [(0.85, 9.5)],
    "sweep_beta": [(0.5, 10), (0.9, 10), (1.3, 10)],
    "sweep_alpha_lower": [(0.9, 5), (0.9, 15)],
}


def table_of(model, seed, level, labelled=True):
    rows = []
    for distribution, settings in SETTINGS.items():
        for beta, lower in settings:
            row = {"model": model, "seed": seed, "distribution": distribution}
            row |= {"beta": beta, "alpha_lower": lower, "n": 8, "n_labelled": 8 * labelled}
            for measure in MEASURES:
                known = labelled or measure in ("positive_rate", "changed")
                value = level + beta / 10 if known else np.nan
                row |= {measure: value}
                row |= {f"{measure}_low": value - 0.1, f"{measure}_high": value + 0.1}
            rows.append(row | {"constant_accuracy": 0.6 if labelled else np.nan})
    return pd.DataFrame(rows)


@pytest.fixture
def drawn():
    """Panels (row, column) of each model, from tables of several."""
    figures = []

    def draw(*tables):
        figures.append(draw_models(pd.concat(tables), 0.5, ["normal", "fatty"]))
        blocks = figures[0].subfigs
        return [np.reshape(block.axes, (2, -1)) for block in blocks], figures[0]

    yield draw
    for figure in figures:
        plt.close(figure)


def lines(axes):
    return {line.get_label(): line for line in axes.lines}


def test_sweeps_show_predictions_above_and_merit_below(drawn):
    ((panels,), figure) = drawn(table_of("m", 0, 0.3))
    assert panels.shape == (2, 3)
    predictions, mark = panels[0, 0].lines
    np.testing.assert_allclose(predictions.get_xydata(), [[0.5, 0.35], [0.9, 0.39], [1.3, 0.43]])
    assert set(mark.get_xdata()) == {0.9}
    merit = lines(panels[1, 1])
    assert {"AUC", "accuracy at the cut-off", "accuracy, recalibrated"} < set(merit)
    np.testing.assert_allclose(merit["AUC"].get_xydata(), [[5, 0.39], [15, 0.39]])
    (band,) = panels[0, 0].collections
    np.testing.assert_allclose(band.get_datalim(panels[0, 0].transData).bounds[1], 0.25)
    assert "8 frames, 8 with a label" in figure.subfigs[0].get_suptitle()


def test_drawn_settings_are_counted_and_set_against_their_auc(drawn):
    ((panels,), _) = drawn(table_of("m", 0, 0.3))
    counts, scatter = panels[:, -1]
    uniform, normal = (patch.get_xy() for patch in counts.patches)
    assert uniform[uniform[:, 1] > 0, 0].min() == pytest.approx(0.35)  # 0.36, 0.38 and 0.42
    assert uniform[:, 1].max() == 2
    assert normal[:, 1].max() == 1
    np.testing.assert_allclose(scatter.lines[0].get_xydata(), [[0.36] * 2, [0.42] * 2, [0.38] * 2])


def test_models_stand_below_each_other_and_legend_names_each_curve_once(drawn):
    blocks, figure = drawn(table_of("a", 0, 0.3), table_of("b", 0, 0.4))
    assert len(blocks) == 2
    (legend,) = figure.legends
    labels = [text.get_text() for text in legend.get_texts()]
    assert len(labels) == len(set(labels)) == 7


def test_many_knobs_take_further_rows_of_the_same_width(drawn):
    names = ("gain", "zoom", "gamma")
    table = table_of("m", 0, 0.3).assign(**dict.fromkeys(names, 1.0))
    sweep = table[table["distribution"] == "sweep_beta"]
    more = [sweep.assign(distribution=f"sweep_{n}", **{n: [0.8, 1, 1.2]}) for n in names]
    ((panels,), figure) = drawn(table, *more)
    assert figure.get_figwidth() == TWO_COLUMNS
    panels = panels.reshape(4, 4)
    assert [axes.axison for axes in panels[2]] == [True, True, False, False]
    assert panels[3, 1].get_xlabel() == "AUC"
    assert panels[2, 0].get_ylabel() == panels[0, 0].get_ylabel() != ""


def test_without_labels_the_panels_say_what_they_need(drawn):
    ((panels,), _) = drawn(table_of("m", 0, 0.3, labelled=False))
    said = [[text.get_text() for text in axes.texts] for axes in panels.flat]
    assert said == [[]] * 3 + [["needs labels"]] * 3
    assert np.isfinite(panels[0, 0].lines[0].get_ydata()).all()


def test_figure_is_written(tmp_path):
    pdf, png = tmp_path / "f.pdf", tmp_path / "f.png"
    figure = draw_models(table_of("m", 1, 0.5), 0.5, ["normal", "fatty"])
    save_figure(figure, pdf, png, simulated=True)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert png.stat().st_size > 1000
