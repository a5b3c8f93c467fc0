"""Files written by SciPy (version 5), with the layout of the public liver images."""

import h5py
import numpy as np
import pytest
import scipy.io

from reconattack.errors import InputError
from reconattack.readers.formats import read_image_file
from reconattack.readers.layout import Layout

STACK = Layout(variable="data[1].images", axes="frame,sample,line")


@pytest.fixture
def path(tmp_path, images):
    """A struct array of two patients with three images each."""
    data = np.empty((1, 2), [("id", object), ("images", object)])
    data[0, 0] = (1, np.zeros((3, 12, 16), np.uint8))
    data[0, 1] = (2, images)
    scipy.io.savemat(tmp_path / "us.mat", {"data": data, "one": images[0], "deep": images * 1.5})
    return tmp_path / "us.mat"


def test_stack_of_one_patient(path, images):
    reader, file = read_image_file(path, 3, layout=STACK)
    assert reader == "matlab"
    assert file.pixels.dtype == np.uint8
    np.testing.assert_array_equal(file.pixels, images)
    assert file.pixel_size is None


def test_box_keeps_its_pixels_alone(path, images):
    _, file = read_image_file(path, 3, layout=STACK, box=(3, 2, 10, 9))
    np.testing.assert_array_equal(file.pixels, images[:, 2:9, 3:10])


def test_axes_may_stand_in_another_order(path, images):
    layout = Layout("data[1].images", axes="frame,line,sample")
    np.testing.assert_array_equal(read_image_file(path, 3, layout=layout)[1].pixels, images.mT)


def test_single_image(path, images):
    _, file = read_image_file(path, 1, layout=Layout("one", axes="sample,line"))
    np.testing.assert_array_equal(file.pixels, images[:1])


def test_matlab_seven_three(tmp_path, images):
    """Axes in HDF5 are those of MATLAB in reverse."""
    path = tmp_path / "us.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["images"] = images.T
        file["images"].attrs["MATLAB_class"] = np.bytes_("uint8")
    with open(path, "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")
    layout = Layout("images", axes="frame,sample,line")
    np.testing.assert_array_equal(read_image_file(path, 3, layout=layout)[1].pixels, images)


def test_pixels_of_another_type(path):
    with pytest.raises(
        InputError, match=r"us\.mat: the pixels are of type float64; expected 8-bit"
    ):
        read_image_file(path, 3, layout=Layout("deep", axes="frame,sample,line"))


def test_stack_without_its_axes(path):
    with pytest.raises(InputError, match=r"us\.mat: .*column axes"):
        read_image_file(path, 3, layout=Layout("data[1].images"))


def test_variable_that_is_no_array(path):
    with pytest.raises(
        InputError, match=r"us\.mat: data\[1\]\.id is 2; expected an array of image"
    ):
        read_image_file(path, 3, layout=Layout("data[1].id"))


def test_variable_that_does_not_exist(path):
    with pytest.raises(InputError, match=r"us\.mat: no variable dat"):
        read_image_file(path, 3, layout=Layout("dat"))


def test_variable_must_be_named_where_there_are_several(path):
    with pytest.raises(InputError, match=r"us\.mat: .*column variable; the file holds .*one"):
        read_image_file(path, 3)


def test_other_number_of_images_than_declared(path):
    with pytest.raises(InputError, match="the file holds 3 images, the frame table says 10"):
        read_image_file(path, 10, layout=STACK)


def test_truncated_file(path):
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match=r"us\.mat: .*(truncated|cut short)"):
        read_image_file(path, 3, layout=STACK)


@pytest.mark.parametrize("content", [b"", b"hello"])
def test_file_that_is_no_matlab_file(tmp_path, content):
    (tmp_path / "us.mat").write_bytes(content)
    with pytest.raises(InputError, match=r"us\.mat: "):
        read_image_file(tmp_path / "us.mat", 1, layout=Layout("images"))
