import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.readers.image_file import ImageFile, checked_cut, labelled_image

ROW = {"scanner": "any", "patient": "p1", "label": 1, "fat_fraction": 12.5, "index": 0}


def test_image_of_unknown_size_has_no_coordinates(image):
    labelled = labelled_image(ImageFile(image[None]), 0, ROW)
    np.testing.assert_array_equal(labelled["bmode"], image)
    assert labelled["bmode"].dims == ("z", "x")
    assert labelled["sector"].values.all()
    assert list(labelled.coords) == []
    assert labelled.attrs == {"scanner": "any", "patient": "p1", "label": 1, "fat_fraction": 12.5}


def test_image_of_known_size_has_coordinates_from_its_top_and_middle(image):
    labelled = labelled_image(ImageFile(image[None], (3e-4, 2e-4), ("a", "b")), 0, ROW)
    np.testing.assert_allclose(labelled["z"], 3e-4 * np.arange(0.5, 12.5))
    np.testing.assert_allclose(labelled["x"], 2e-4 * np.arange(-7.5, 8.5))
    assert labelled["z"].attrs["units"] == labelled["x"].attrs["units"] == "m"
    assert "top" in labelled["z"].attrs["long_name"]
    assert labelled.attrs["notes"] == "a; b"


def test_what_is_unknown_of_a_patient_is_left_out(image):
    row = ROW | {"label": None, "fat_fraction": None}
    attributes = labelled_image(ImageFile(image[None]), 0, row).attrs
    assert attributes == {"scanner": "any", "patient": "p1"}


def test_notes_of_the_table_and_of_the_file(image):
    file = ImageFile(image[None], notes=("of the file",))
    labelled = labelled_image(file, 0, ROW | {"notes": "of the table"})
    assert labelled.attrs["notes"] == "of the table; of the file"


def test_which_of_the_images(images):
    np.testing.assert_array_equal(labelled_image(ImageFile(images), 2, ROW)["bmode"], images[2])


@pytest.mark.parametrize("count, shape", [(1, (10_000, 5_001)), (1, (0, 5)), (0, (5, 5))])
def test_sizes_that_no_image_has(count, shape):
    with pytest.raises(InputError, match=r"states .* images of .* rows and .* columns"):
        checked_cut(count, shape, None)


def test_more_images_than_memory_takes():
    with pytest.raises(InputError, match=r"100000 images of 600 rows .* split it"):
        checked_cut(100_000, (600, 800), None)
