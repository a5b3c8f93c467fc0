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


def test_images_of_unknown_size_have_no_ticks(image):
    measured, unmeasured = draw_samples([[image("a", (1e-3, 1e-3))], [image("b")]], CLASSES).axes
    assert measured.get_ylabel() == "a\ndepth (cm)"
    assert measured.get_xlabel() == "lateral (cm)"
    assert len(measured.get_yticks()) > 0
    assert unmeasured.get_ylabel() == "b\nsize unknown"
    assert unmeasured.get_xlabel() == ""
    assert len(unmeasured.get_xticks()) == len(unmeasured.get_yticks()) == 0


def test_simulated_scanners_are_named_among_real_ones(image):
    simulated, real = draw_samples([[image("a")], [image("b")]], CLASSES, simulated=["a"]).axes
    assert simulated.get_ylabel().startswith("a (simulated)\n")
    assert real.get_ylabel().startswith("b\n")
