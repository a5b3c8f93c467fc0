import matplotlib.pyplot as plt
import numpy as np
import pytest

from reconattack.classifiers.decisions.mask import Mask
from reconattack.evidence.outlines import Outlined, outline_table
from reconattack.figures.outlines import draw_outlines
from reconattack.figures.panels import pixel_places
from reconattack.frames.frame import build_frame
from reconattack.reconstruction.drawing import reconstruct
from tests.evidence.test_outlines import attacks

SETTING = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}


@pytest.fixture
def image(convex_scanner):
    samples = np.random.default_rng(2).standard_normal((300, 24))
    return reconstruct(build_frame(samples, convex_scanner, "p", 1, None), SETTING, 40)


def test_pixels_of_an_input_cover_the_image(image):
    across, down = pixel_places(image, (10, 20), None)
    z, x = 100 * image["z"].values, 100 * image["x"].values
    assert len(across) == 20 and len(down) == 10
    assert down[0] - (z[0] - (z[1] - z[0]) / 2) == pytest.approx((down[1] - down[0]) / 2)
    assert across[0] == pytest.approx(-across[-1])
    assert np.ptp(across) == pytest.approx((x[-1] - x[0] + x[1] - x[0]) * 19 / 20)


def test_bars_of_a_padded_input_lie_beyond_the_image(image):
    rows, columns = image["bmode"].shape
    assert columns > rows
    resize = {"library": "pillow", "kernel": "bilinear", "aspect": "pad"}
    across, down = pixel_places(image, (32, 32), resize)
    z, x = 100 * image["z"].values, 100 * image["x"].values
    assert down[0] < z[0] and down[-1] > z[-1]
    assert across[0] > x[0] - 1e-6 and across[-1] < x[-1] + 1e-6
    assert across[1] - across[0] == pytest.approx(down[1] - down[0], rel=0.1)


def test_outlines_stand_where_the_masks_are(image):
    masks = np.zeros((2, 20, 20), np.uint8)
    masks[0, 5:10, 5:10] = masks[1, 5:10, 10:15] = 1
    case = Outlined(attacks().iloc[0], (image, image), tuple(masks))
    figure = draw_outlines([case], outline_table([case], Mask(("liver",), 0.9)), None)
    above, below = figure.axes[:2]
    assert (len(above.collections), len(below.collections)) == (1, 2)
    first, last = (drawn.get_paths()[0].get_extents() for drawn in below.collections)
    assert last.x0 == pytest.approx(first.x1)
    assert (last.y0, last.y1) == pytest.approx((first.y0, first.y1))
    assert "Dice 0.00, area 6.2 %, centroid moves 25.0 %" in below.get_title(loc="left")
    plt.close(figure)
