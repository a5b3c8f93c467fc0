from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from reconattack.figures.panels import (
    attack_styles,
    cell_edges,
    empty_page,
    label_lines,
    legend_entries,
    named_line_panels,
    reach,
    save_pages,
    settle_layout,
)
from reconattack.figures.style import LARGE

STYLE = {"color": "black", "linestyle": "-"}


@pytest.fixture
def panel():
    figure, (axes,) = named_line_panels(1, 3.0)
    axes.set(xlim=(0, 10), ylim=(0, 1))
    yield axes
    plt.close(figure)


def heights(axes):
    return {text.get_text(): text.get_position()[1] for text in axes.texts}


def test_names_stand_at_their_lines_where_there_is_room(panel):
    label_lines(panel, [(5, 0.9, "high", STYLE), (10, 0.2, "low", STYLE)])
    assert heights(panel) == pytest.approx({"low": 0.2, "high": 0.9})


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_names_of_equal_lines_keep_apart_and_beside_the_panel(panel, level):
    label_lines(panel, [(5, level, f"line {number}", STYLE) for number in range(8)])
    panel.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in panel.texts]
    assert all(above.y0 > below.y1 for below, above in pairwise(boxes))
    assert 0 <= min(heights(panel).values()) <= max(heights(panel).values()) <= 1 + 1e-9
    assert boxes[0].x0 > panel.get_window_extent().x1


def test_no_line_has_no_name(panel):
    label_lines(panel, [])
    assert not panel.texts


def test_no_two_of_many_attacks_look_alike():
    styles = attack_styles([f"attack {number}" for number in range(20)] + ["grid"], ["grid"])
    looks = {(str(style["color"]), str(style["linestyle"])) for style in styles.values()}
    assert len(looks) == 21
    assert styles["grid"]["color"] == "black"


def test_pages_are_written_and_the_first_is_the_picture(tmp_path):
    def pages():
        for share in (0.2, 0.8):
            figure, axes = plt.subplots(figsize=(2, 1))
            axes.axhspan(0, share, color="black")
            axes.set(ylim=(0, 1))
            yield figure

    pdf, png = tmp_path / "f.pdf", tmp_path / "f.png"
    open_before = plt.get_fignums()
    save_pages(pages(), pdf, png, simulated=False)
    assert pdf.read_bytes().count(b"/Type /Page ") == 2
    assert b"CreationDate" not in pdf.read_bytes()
    with Image.open(png) as picture:
        assert picture.size == (600, 300)
        dark = np.mean(np.asarray(picture.convert("L")) < 50)
    assert 0.05 < dark < 0.3
    assert plt.get_fignums() == open_before
    first = pdf.read_bytes(), png.read_bytes()
    save_pages(pages(), pdf, png, simulated=False)
    assert (pdf.read_bytes(), png.read_bytes()) == first


def test_cells_lie_around_their_values_and_touch():
    assert cell_edges(np.array([1.0, 2.0, 4.0])).tolist() == [0.5, 1.5, 3.0, 5.0]
    assert cell_edges(np.array([3.0])).tolist() == [2.5, 3.5]


def test_interval_reaches_below_and_above_its_value():
    row = {"auc": 0.75, "auc_low": 0.5, "auc_high": 0.75}
    assert reach(row, "auc").tolist() == [[0.25], [0]]
    assert np.isnan(reach(row | {"auc_low": np.nan, "auc_high": np.nan}, "auc")).all()


def test_legend_names_each_label_once():
    figure, panels = plt.subplots(1, 2)
    for axes in panels:
        axes.plot([0, 1], label="both")
    panels[1].plot([1, 0], label="second")
    assert list(legend_entries(panels)) == ["both", "second"]
    plt.close(figure)


def test_figure_of_a_drawing_function_has_the_style_whatever_the_users(monkeypatch):
    monkeypatch.setitem(plt.rcParams, "font.size", 30)
    figure = empty_page("text")
    assert figure.texts[0].get_size() == LARGE
    assert plt.rcParams["font.size"] == 30
    plt.close(figure)


def test_saved_places_of_axes_are_rounded():
    figure, panels = plt.subplots(2, 3, layout="constrained")
    for axes in panels.flat:
        axes.set(title="frame", xlabel="beta")
    settle_layout(figure)
    figure.draw_without_rendering()
    corners = np.array([axes.get_position().get_points() for axes in panels.flat])
    np.testing.assert_array_equal(corners, corners.round(6))
    assert (np.diff(corners[:, :, 0], axis=1) > 0.15).all()  # the layout's, not the default one's
    assert len(np.unique(corners[:, 0, 1])) == 2
    plt.close(figure)
