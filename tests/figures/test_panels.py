import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from reconattack.figures.panels import (
    attack_styles,
    cell_edges,
    empty_page,
    legend_entries,
    pages_of,
    reach,
    save_pages,
    settle_layout,
    share_of_majority,
    show_difference,
)
from reconattack.figures.style import FAINT, STYLES
from reconattack.readers.image_file import ImageFile, labelled_image


def test_no_two_of_many_attacks_look_alike():
    styles = attack_styles([f"attack {number}" for number in range(20)] + ["grid"], ["grid"])
    looks = {(str(style["color"]), str(style["linestyle"])) for style in styles.values()}
    assert len(looks) == 21
    assert styles["grid"]["color"] == "black"


@pytest.mark.parametrize(
    ("heights", "pages"),
    [
        ([2.5, 2.5, 2.5], [(0, 2), (2, 3)]),
        ([2.5, 2.5], [(0, 2)]),
        ([9], [(0, 1)]),
        ([1, 9, 1, 1], [(0, 1), (1, 2), (2, 4)]),
    ],
)
def test_parts_are_shared_among_pages_in_their_order(heights, pages):
    assert [(page.start, page.stop) for page in pages_of(heights, 5)] == pages


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
    assert figure.texts[0].get_size() == STYLES["nature"].text
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


def test_difference_is_white_without_a_change_and_grey_outside_the_sector():
    grey = np.full((1, 4, 4), 100, np.uint8)
    grey[0, 0, 0] = 0
    image, brighter = (
        labelled_image(ImageFile(np.clip(grey + change, 0, 255).astype(np.uint8), None), 0, row)
        for change, row in ((0, {"scanner": "s", "patient": "p"}),) * 2
    )
    levels = brighter["bmode"].values.copy()
    levels[2, 2] += 30
    figure, axes = plt.subplots()
    drawn = show_difference(axes, image, brighter.assign(bmode=(("z", "x"), levels)))
    assert drawn.cmap(drawn.norm(0))[:3] == pytest.approx((1, 1, 1), abs=0.01)
    assert drawn.get_clim() == (-30, 30)
    red, _, blue, _ = drawn.cmap(drawn.norm(30))
    assert red > blue
    assert axes.get_facecolor()[:3] == pytest.approx([float(FAINT)] * 3)
    plt.close(figure)


def test_constant_answer_has_its_name():
    figure, axes = plt.subplots()
    share_of_majority(axes, 0.65)
    assert list(legend_entries([axes])) == ["always the more frequent label"]
    assert set(axes.lines[0].get_ydata()) == {0.65}
    plt.close(figure)
