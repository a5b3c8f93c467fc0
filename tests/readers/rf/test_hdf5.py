"""Files written by h5py that follow no convention."""

import h5py
import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.readers.formats import read_image_file, read_recording
from reconattack.readers.layout import Layout

RF = np.random.default_rng(0).integers(-500, 500, (3, 80, 6)).astype(np.int16)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "rf.h5"
    with h5py.File(path, "w") as file:
        file["scan/rf"] = RF
        file["scan/one"] = RF[0]
        file["scan/fs"] = 40e6
        file["name"] = "abc"
    return path


def read(path, variable, axes=None, frames=1, reader=None):
    return read_recording(path, frames, reader, Layout(variable=variable, axes=axes))


@pytest.mark.parametrize("variable", ["scan/one", "/scan/one"])
def test_array_by_its_path(path, variable):
    reader, recording = read(path, variable)
    assert reader == "hdf5"
    np.testing.assert_array_equal(recording.samples, RF[:1])
    assert recording.facts == {}


def test_more_axes_need_their_order(path):
    _, recording = read(path, "scan/rf", "frame,sample,line", 3)
    np.testing.assert_array_equal(recording.samples, RF)
    with pytest.raises(InputError, match=r"rf\.h5: .*\(3, 80, 6\); expected the order of these"):
        read(path, "scan/rf", frames=3)


def test_only_array_needs_no_name(tmp_path):
    with h5py.File(tmp_path / "rf.hdf5", "w") as file:
        file["scan/rf"], file["scan/angles"] = RF[0], np.arange(6.0)
    np.testing.assert_array_equal(read(tmp_path / "rf.hdf5", None)[1].samples, RF[:1])


def test_several_arrays_are_listed(path):
    with pytest.raises(
        InputError, match=r"2 arrays of numbers .*; the file holds .*scan/one \(80 x"
    ):
        read(path, None)
    with pytest.raises(
        InputError, match=r"no array scan/two; expected one that .*scan/rf \(3 x 80"
    ):
        read(path, "scan/two")


@pytest.mark.parametrize(
    "dtype",
    [
        np.complex64,
        np.dtype([("r", "i2"), ("i", "i2")]),
        np.dtype([("real", "f8"), ("imag", "f8")]),
        np.dtype([("Re", "f4"), ("Im", "f4")]),
    ],
)
def test_two_fields_are_complex_numbers(tmp_path, dtype):
    iq = RF[0] + 1j * RF[1]
    values = iq.astype(np.complex64)
    if dtype != np.complex64:
        values = np.empty(iq.shape, dtype)
        values[dtype.names[0]], values[dtype.names[1]] = iq.real, iq.imag
    with h5py.File(tmp_path / "iq.h5", "w") as file:
        file["iq"] = values
    np.testing.assert_array_equal(read(tmp_path / "iq.h5", "iq")[1].samples, [iq])


def test_scaled_numbers_are_refused(path):
    with h5py.File(path, "a") as file:
        file["scan/one"].attrs["scale_factor"] = 1.0
        file["scan/rf"].attrs["add_offset"] = 2.0
    assert len(read(path, "scan/one")[1]) == 1
    with pytest.raises(InputError, match=r"scan/rf states add_offset 2\.0; expected numbers that"):
        read(path, "scan/rf", "frame,sample,line", 3)


@pytest.mark.parametrize("variable", ["scan", "name", "scan/fs"])
def test_what_is_no_array_of_numbers(path, variable):
    with pytest.raises(InputError, match=rf"rf\.h5: .*{variable}|samples"):
        read(path, variable)


def test_file_under_the_suffix_of_matlab(path):
    other = path.with_suffix(".mat")
    path.rename(other)
    with pytest.raises(InputError, match="say hdf5 in the column reader to read it as plain HDF5"):
        read(other, "scan")
    with pytest.raises(InputError, match="of plain HDF5: say hdf5 in the column reader"):
        read(other, "scan/one")
    np.testing.assert_array_equal(read(other, "scan/one", reader="hdf5")[1].samples, RF[:1])


def test_file_cut_short(path):
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(
        InputError, match=r"rf\.h5: .*(cut short or damaged: its 2000 bytes|crashes)"
    ):
        read(path, "scan/one")


def test_file_that_is_no_hdf5(path):
    path.write_bytes(b"hello")
    with pytest.raises(
        InputError, match=r"no HDF5 file: its 5 bytes have no signature.*text 'hello'"
    ):
        read(path, "scan/one")


def test_images(tmp_path, images):
    with h5py.File(tmp_path / "us.h5", "w") as file:
        file["scan/images"] = images
    layout = Layout("scan/images", axes="frame,sample,line")
    reader, file = read_image_file(tmp_path / "us.h5", 3, layout=layout)
    assert reader == "hdf5"
    np.testing.assert_array_equal(file.pixels, images)
