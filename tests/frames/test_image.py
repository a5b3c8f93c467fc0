import numpy as np

from reconattack.frames.frame import build_frame
from reconattack.frames.image import image_attributes, label_image

PIXELS = np.arange(12, dtype=np.uint8).reshape(3, 4)


def test_image_without_a_size_has_no_coordinates():
    image = label_image(PIXELS, PIXELS > 2)
    assert set(image.variables) == {"bmode", "sector"}
    np.testing.assert_array_equal(image["bmode"], PIXELS)
    np.testing.assert_array_equal(image["sector"], PIXELS > 2)
    assert image["bmode"].dims == image["sector"].dims == ("z", "x")


def test_image_keeps_positions_and_liver_with_their_units():
    z, x = np.array([0.0, 0.1, 0.2]), np.array([-1.0, 0.0, 1.0, 2.0])
    image = label_image(PIXELS, PIXELS > 2, z, x, PIXELS > 8)
    np.testing.assert_array_equal(image["z"], z)
    np.testing.assert_array_equal(image["x"], x)
    np.testing.assert_array_equal(image["liver"], PIXELS > 8)
    for name in image.variables:
        assert set(image[name].attrs) == {"units", "long_name"}
    assert image["z"].attrs["units"] == image["x"].attrs["units"] == "m"


def test_image_keeps_what_is_known_of_patient_and_scanner(convex_scanner):
    frame = build_frame(np.ones((80, 6)), convex_scanner, "p1", label=0)
    known = {"scanner": "convex", "patient": "p1", "label": 0, "gain_state": "raw"}
    assert image_attributes(frame) == known
    assert image_attributes(frame.assign_attrs(fat_fraction=7.0)) == known | {"fat_fraction": 7.0}
