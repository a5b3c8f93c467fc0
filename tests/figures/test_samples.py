import numpy as np
import pytest

from reconattack.figures.samples import draw_samples
from reconattack.readers.image_file import ImageFile, labelled_image

CLASSES = ("normal", "fatty")


@pytest.fixture
def image():
    """An image of a scanner, with a pixel size or without."""

    def image(scanner, size=None):
        pixels = np.arange(120, dtype=np.uint8).reshape(1, 10, 12)
        row = {"scanner": scanner, "patient": "p", "label": 1}
        return labelled_image(ImageFile(pixels, size), 0, row)

    return image


def test_panels_of_known_size_have_one_scale_and_its_bar(image):
    rows = [[image("a", (1e-3, 1e-3)), image("a", (2e-3, 2e-3))], [image("b")]]
    small, large, unmeasured, _ = draw_samples(rows, CLASSES).axes
    assert small.get_xlim() == large.get_xlim()
    assert small.get_ylim() == large.get_ylim()
    assert [len(axes.lines) for axes in (small, large, unmeasured)] == [0, 1, 0]
    assert np.ptp(large.lines[0].get_xdata()) == pytest.approx(5)
    assert [text.get_text() for text in large.texts] == ["5 cm"]
    assert unmeasured.get_ylabel() == "b, size unknown"
    assert len(small.get_xticks()) == len(unmeasured.get_yticks()) == 0


def test_simulated_scanners_are_named_among_real_ones(image):
    simulated, real = draw_samples([[image("a")], [image("b_c")]], CLASSES, simulated=["a"]).axes
    assert simulated.get_ylabel() == "a (simulated), size unknown"
    assert real.get_ylabel() == "b c, size unknown"
