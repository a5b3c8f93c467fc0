import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from reconattack.attacks.directions import CHANGE
from reconattack.attacks.directions import OWN_DECISION as OWN
from reconattack.attacks.space import search_space
from reconattack.figures.margins import (
    FRAME_INCHES,
    draw_margins,
    panel_height,
    ranked,
)
from reconattack.figures.panels import save_figure
from reconattack.figures.style import FATTY, HIGHEST, NORMAL, THICK

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
KNOBS = {
    "beta": {"box": [0.5, 1.3]},
    "alpha_lower": {"box": [5, 15]},
    "alpha_upper": {"box": [50, 60]},
}
EDGES = {"beta": {"box": [0.5, 1.3]}, "edges": {"box": [0, 2]}}
SPACES = {
    name: search_space(INITIAL, knobs, name)
    for name, knobs in {"near": KNOBS, "edges": EDGES}.items()
}


@pytest.fixture
def table():
    """Two models' frames, one each that was not attacked, and an attack of another box."""
    frames = pd.DataFrame(
        {
            "frame": list("abcde"),
            "stop_reason": ["flipped", "budget", "wrong_at_start", "flipped", "budget"],
            "direction": ["false alarm", "missed disease", None, "missed disease", "false alarm"],
            "margin_linf": [0.5, np.nan, np.nan, 0.125, np.nan],
        }
    )
    for name, knob in (KNOBS | EDGES).items():
        for side, bound in zip(("lower", "upper"), knob["box"], strict=True):
            frames[f"safe_{side}_{name}"] = float(bound)
            frames[f"safe_{side}_is_bound_{name}"] = True
    frames.loc[3, ["safe_upper_beta", "safe_upper_is_bound_beta"]] = [0.95, False]
    runs = [("m", 0, "near"), ("n", 0, "near"), ("m", 0, "edges")]
    keys = ("model", "seed", "attack")
    return pd.concat([frames.assign(**dict(zip(keys, run, strict=True))) for run in runs])


@pytest.fixture
def figure(table):
    figure = draw_margins(table, SPACES)
    yield figure
    plt.close(figure)


def panels(figure, row):
    return figure.axes[4 * row : 4 * row + 4]


def points(axes, marker, fill):
    """Where an axes' signs of one kind stand."""
    return [
        tuple(map(float, point))
        for line in axes.lines
        if line.get_marker() == marker and line.get_fillstyle() == fill
        for point in line.get_xydata()
    ]


def test_nearest_frame_of_each_label_comes_first_and_frames_without_a_flip_last(table):
    own = table[table["attack"] == "edges"]
    assert ranked(own)["frame"].tolist() == ["a", "e", "d", "b"]
    assert ranked(own[own["frame"] == "c"]).empty


def test_signs_stand_at_the_margins_and_beyond_the_box_where_none_was_found(figure):
    axes = panels(figure, 0)[0]
    assert points(axes, "^", "full")[0] == (50, 0)
    assert (12.5, 3) in points(axes, "o", "full")  # an empty row parts the labels
    beyond = points(axes, "o", "none") + points(axes, "^", "none")
    assert [place for _, place in beyond] == [4, 1]
    assert all(100 < percent < axes.get_xlim()[1] for percent, _ in beyond)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "e", "d", "b"]


def test_every_panel_has_its_letter_and_the_first_of_a_run_its_name(figure):
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.axison]
    names = [title.partition("}$")[2].strip() for title in titles]
    assert [name for name in names if name] == ["m, near", "n, near", "m, edges"]
    assert [title[len("$\\mathbf{")] for title in titles] == [*"abcdefghijk"]


def test_frames_have_the_colour_of_their_label(figure):
    colours = {
        line.get_marker(): line.get_color()
        for line in panels(figure, 0)[0].lines
        if line.get_marker() in ("o", "^")
    }
    assert colours == {"^": NORMAL, "o": FATTY}


def test_safe_interval_is_a_bar_with_a_stroke_where_it_flips(figure):
    beta = panels(figure, 0)[1]
    bars = [line.get_xydata().tolist() for line in beta.lines if line.get_linewidth() == THICK]
    assert [[0.5, 3], [0.95, 3]] in bars
    assert [[0.5, 0], [1.3, 0]] in bars
    assert len(bars) == 4
    assert points(beta, "|", "full") == [(0.95, 3)]
    assert not points(panels(figure, 0)[2], "|", "full")


def test_knobs_are_the_attacks_own(figure):
    labels = [axes.get_xlabel() for axes in panels(figure, 2)]
    assert "beta" in labels[1]
    assert "edge" in labels[2]
    assert not panels(figure, 2)[3].axison
    # An initial value on the bound: the other one is two half-widths away.
    assert panels(figure, 2)[0].get_xlim()[1] > 200


def test_frames_without_a_label_have_a_sign_of_their_own(table, figure):
    (legend,) = figure.legends
    labelled = [text.get_text() for text in legend.get_texts()]
    assert labelled == [
        *("false alarm", "false alarm: none found", "missed disease"),
        *("missed disease: none found", "a flip beyond it"),
    ]
    unlabelled = table.assign(direction=table["direction"].where(table["frame"] != "a", OWN))
    drawn = draw_margins(unlabelled, SPACES)
    assert points(panels(drawn, 0)[0], "s", "full") == [(50, 5)]
    assert [text.get_text() for text in drawn.legends[0].get_texts()] == [
        *(*labelled[:-1], OWN, f"{OWN}: none found", "a flip beyond it")
    ]
    plt.close(drawn)


def test_figure_is_written(figure, tmp_path):
    pdf, png = tmp_path / "f.pdf", tmp_path / "f.png"
    save_figure(figure, pdf, png, simulated=True)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert png.stat().st_size > 1000


def test_no_attacked_frame_leaves_an_empty_panel(table, tmp_path):
    none = table[table["stop_reason"] == "wrong_at_start"]
    figure = draw_margins(none, SPACES)
    assert not figure.axes[0].collections[0].get_segments()
    save_figure(figure, tmp_path / "f.pdf", tmp_path / "f.png", simulated=False)
    assert (tmp_path / "f.png").exists()


def test_many_frames_have_thin_rows_and_no_names(table):
    few, many = (pd.DataFrame({"group": [0] * count}) for count in (5, 200))
    assert panel_height(few, 4) == pytest.approx(5 * FRAME_INCHES)
    assert panel_height(many, 4) == 4
    more = [table[table["attack"] == "near"].assign(frame=f"f{number}") for number in range(40)]
    figure = draw_margins(pd.concat(more), SPACES)
    assert figure.get_figheight() <= HIGHEST + 0.01
    assert not len(figure.axes[0].get_yticks())
    plt.close(figure)


def test_other_decisions_have_neither_mistakes_nor_labels(table):
    figure = draw_margins(table.assign(direction=CHANGE), SPACES)
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == [CHANGE, f"{CHANGE}: none found", "a flip beyond it"]
    assert list(panels(figure, 0)[0].get_yticks()) == [0, 1, 2, 3]  # one group
    plt.close(figure)
