import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from reconattack.figures.accidental_change import draw_models
from reconattack.figures.panels import save_figure
from reconattack.figures.style import HIGHEST, TWO_COLUMNS

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
    """Panels (model, 2), from tables of several models."""
    figures = []

    def draw(*tables):
        figures.extend(draw_models(pd.concat(tables), 0.5, ["normal", "fatty"]))
        return np.reshape(figures[-1].axes, (-1, 2)), figures[-1]

    yield draw
    for figure in figures:
        plt.close(figure)


def lines(axes):
    return {line.get_label(): line for line in axes.lines}


def test_sweep_of_beta_shows_predictions_and_merit(drawn):
    ((predicted, merit),), figure = drawn(table_of("m", 0, 0.3))
    curve, mark = predicted.lines
    np.testing.assert_allclose(curve.get_xydata(), [[0.5, 0.35], [0.9, 0.39], [1.3, 0.43]])
    assert set(mark.get_xdata()) == {0.9}
    assert "beta" in predicted.get_xlabel()
    assert predicted.get_ylabel() == "share called fatty at the cut-off 0.5"
    curves = lines(merit)
    assert {"AUC", "accuracy at the cut-off", "accuracy, recalibrated"} < set(curves)
    assert set(curves["always the more frequent label"].get_ydata()) == {0.6}
    (band,) = predicted.collections
    np.testing.assert_allclose(band.get_datalim(predicted.transData).bounds[1], 0.25)
    assert figure.get_figwidth() == TWO_COLUMNS


def test_curves_of_merit_differ_in_colour_and_in_dash(drawn):
    ((_, merit),), _ = drawn(table_of("m", 0, 0.3))
    drawn_as = {name: line for name, line in lines(merit).items() if not name.startswith("_")}
    assert len(drawn_as) == 4
    assert len({line.get_color() for line in drawn_as.values()}) == 4
    dashes = {(line.get_linestyle(), line._unscaled_dash_pattern) for line in drawn_as.values()}
    assert len(dashes) == 4


def test_another_parameter_is_drawn_where_beta_was_not_swept(drawn):
    table = table_of("m", 0, 0.3)
    ((predicted, _),), _ = drawn(table[table["distribution"] != "sweep_beta"])
    assert "alpha_{lower}" in predicted.get_xlabel()


def test_models_stand_below_each_other_and_legend_names_each_curve_once(drawn):
    panels, figure = drawn(table_of("a", 0, 0.3), table_of("b_c", 0, 0.4))
    assert [axes.get_title(loc="left").split("   ") for axes in panels[:, 0]] == [
        [r"$\mathbf{a}$", "a"],
        [r"$\mathbf{c}$", "b c"],
    ]
    (legend,) = figure.legends
    labels = [text.get_text() for text in legend.get_texts()]
    assert len(labels) == len(set(labels)) == 4


def test_many_models_are_on_pages_of_a_journals_height_and_letters_go_on(drawn):
    drawn(*(table_of(f"m{number}", 0, 0.3) for number in range(5)))
    pages = [plt.figure(number) for number in plt.get_fignums()]
    titles = [[axes.get_title(loc="left") for axes in page.axes] for page in pages]
    assert [len(page) for page in titles] == [4, 4, 2]
    assert titles[2] == [r"$\mathbf{i}$   m4", r"$\mathbf{j}$   m4"]
    assert max(page.get_figheight() for page in pages) <= HIGHEST


def test_without_labels_the_panel_says_what_it_needs(drawn):
    ((predicted, merit),), _ = drawn(table_of("m", 0, 0.3, labelled=False))
    assert [text.get_text() for text in merit.texts] == ["needs labels"]
    assert np.isfinite(predicted.lines[0].get_ydata()).all()


def test_figure_is_written(tmp_path):
    pdf, png = tmp_path / "f.pdf", tmp_path / "f.png"
    (figure,) = draw_models(table_of("m", 1, 0.5), 0.5, ["normal", "fatty"])
    save_figure(figure, pdf, png, simulated=True)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert png.stat().st_size > 1000
