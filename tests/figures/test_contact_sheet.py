import matplotlib.pyplot as plt
import numpy as np
import pytest

from reconattack.figures.contact_sheet import (
    PANELS_IN_A_ROW,
    PANELS_OF_A_PAGE,
    draw_contact_pages,
    draw_contact_sheet,
)
from reconattack.figures.style import HIGHEST
from reconattack.frames.frame import unreadable_frame
from reconattack.frames.image import label_image

CLASSES = ("benign", "malignant")


def picture(liver=None, **attributes):
    pixels = np.arange(140, dtype=np.uint8).reshape(10, 14)
    return label_image(pixels, pixels >= 0, liver=liver).assign_attrs(attributes)


@pytest.fixture
def drawn():
    """The used panels of a contact sheet of (cohort, frame, picture)."""

    def draw(pictures, simulated=(), level_shift=0.0):
        known = [
            ({"cohort": cohort, "frame": frame, "level_shift": level_shift}, image)
            for cohort, frame, image in pictures
        ]
        return draw_contact_sheet(known, CLASSES, simulated).axes

    yield draw
    plt.close("all")


def test_panel_is_titled_by_name_diagnosis_and_cohort(drawn):
    first, second, *_ = drawn(
        [
            ("real", "a", picture(label=1, fat_fraction=12.5, gain_state="unknown")),
            ("made", "b" * 30, picture()),
        ],
        simulated=["made"],
    )
    assert first.get_title() == "a\nmalignant\n12.5 % fat\ngain unknown"
    assert second.get_title() == f"{'b' * 22}\n{'b' * 8}\nlabel unknown\nsimulated"


@pytest.mark.parametrize(
    ("shift", "words"), [(32.56, "level +32.6 dB"), (-45, "level \N{MINUS SIGN}45.0 dB")]
)
def test_panel_with_a_level_of_its_own_says_so(drawn, shift, words):
    panel, *_ = drawn([("c", "a", picture(label=1))], level_shift=shift)
    assert panel.get_title() == f"a\nmalignant\n{words}"


def test_sector_has_an_edge_and_grey_around_it(drawn):
    pixels = np.full((10, 14), 255, np.uint8)
    sector = np.zeros((10, 14), bool)
    sector[:, 3:9] = True
    panel, *_ = drawn([("c", "a", label_image(pixels, sector))])
    (image,) = panel.images
    shown = image.cmap(image.norm(image.get_array()))[..., :3]
    assert (shown[sector] == 1).all()
    assert ((shown[~sector] > 0.5) & (shown[~sector] < 0.9)).all()
    (edge,) = panel.collections
    x, z = edge.get_paths()[0].vertices.T
    assert (x.min(), x.max(), z.min(), z.max()) == (2.5, 8.5, -0.5, 9.5)


def test_outline_of_a_finished_image_is_seen_on_its_black_surround(drawn):
    pixels = np.zeros((10, 14), np.uint8)
    sector = np.zeros((10, 14), bool)
    sector[2:8, 3:9] = True
    image = label_image(pixels, sector).assign_attrs(kind="image")
    panel, *_ = drawn([("c", "a", image)])
    shown = panel.images[0]
    assert not np.ma.getmaskarray(shown.get_array()).any()
    (edge,) = panel.collections
    assert edge.get_edgecolor()[0, :3].max() > 0.8


def test_rows_are_filled_one_after_another(drawn):
    panels = drawn([("c", str(number), picture()) for number in range(PANELS_IN_A_ROW + 1)])
    assert len(panels) == 2 * PANELS_IN_A_ROW
    assert [panel.get_title()[:1] for panel in panels[: PANELS_IN_A_ROW + 2]] == [*"01234567", ""]


def test_pages_are_of_a_journals_height_and_hold_all_frames_in_order():
    pictures = [
        ({"cohort": "c", "frame": str(number), "level_shift": 0}, picture())
        for number in range(PANELS_OF_A_PAGE + 1)
    ]
    pages = list(draw_contact_pages(pictures, CLASSES))
    names = [[axes.get_title().partition("\n")[0] for axes in page.axes] for page in pages]
    assert [len([name for name in page if name]) for page in names] == [PANELS_OF_A_PAGE, 1]
    assert names[1][0] == str(PANELS_OF_A_PAGE)
    assert max(page.get_figheight() for page in pages) <= HIGHEST
    assert PANELS_OF_A_PAGE % PANELS_IN_A_ROW == 0
    plt.close("all")


def test_unreadable_frame_has_words_in_place_of_a_picture(drawn):
    panel, *_ = drawn([("c", "a", unreadable_frame("truncated", "s", "p", 0))])
    assert not panel.images
    assert [text.get_text() for text in panel.texts] == ["unreadable"]
    assert panel.get_title() == "a\nbenign"


def test_picture_in_doubt_is_drawn_with_its_outline_and_says_so(drawn):
    sure, doubted, *_ = drawn([("c", "a", picture(label=0)), ("c", "b", picture(error="doubt"))])
    assert len(doubted.images) == 1
    assert doubted.get_title() == "b\nlabel unknown\noutline in doubt"
    (plain,), (edge,) = sure.collections, doubted.collections
    assert (plain.get_edgecolor() != edge.get_edgecolor()).any()


def test_liver_is_outlined(drawn):
    liver = np.zeros((10, 14), bool)
    liver[3:7, 4:9] = True
    plain, outlined, *_ = drawn([("c", "a", picture()), ("c", "b", picture(liver))])
    assert len(plain.images) == len(outlined.images) == 1
    (edge,) = plain.collections
    _, contour = outlined.collections
    assert (edge.get_paths()[0].vertices.min(), edge.get_paths()[0].vertices.max()) == (-0.5, 13.5)
    x, z = contour.get_paths()[0].vertices.T
    assert (x.min(), x.max(), z.min(), z.max()) == (3.5, 8.5, 2.5, 6.5)


def test_mark_of_a_sheet_of_simulated_frames_is_larger_than_everything_else(drawn):
    panels = drawn([("made", "a_1", picture()), ("made", "b", picture())], simulated=["made"])
    mark = panels[0].figure.get_suptitle()
    assert mark == "SIMULATED DATA"
    sizes = {text.get_text(): text.get_size() for text in panels[0].figure.findobj(plt.Text)}
    assert sizes.pop(mark) > max(sizes.values())
    assert panels[0].get_title() == "a_1\nlabel unknown"
