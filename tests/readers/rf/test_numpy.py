import io
import zipfile

import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.readers.formats import read_recording
from reconattack.readers.layout import Layout

RF = np.random.default_rng(5).permutation(80 * 6).reshape(80, 6) - 240


@pytest.fixture
def saved(tmp_path):
    """A function that saves an array and returns the file's path."""

    def save(array, name="rf.npy"):
        np.save(tmp_path / "saved.npy", array)
        return (tmp_path / "saved.npy").rename(tmp_path / name)

    return save


@pytest.mark.parametrize("dtype", ["int16", ">i2", "float32", "float64", "complex64", "int64"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_two_axes_are_sample_and_line(saved, dtype, order):
    array = np.asarray(RF, dtype=dtype, order=order)
    name, recording = read_recording(saved(array), 1)
    assert name == "numpy"
    np.testing.assert_array_equal(recording.samples, [array])
    assert recording.facts == {}


def test_several_frames(saved):
    array = np.arange(2 * 6 * 80).reshape(2, 6, 80) - 480
    layout = Layout(axes="frame,line,sample")
    _, recording = read_recording(saved(array), 2, layout=layout)
    np.testing.assert_array_equal(recording.samples, array.swapaxes(1, 2))


def test_array_of_an_archive(tmp_path):
    path = tmp_path / "rf.npz"
    np.savez_compressed(path, rf=RF, other=RF + 1, fs=40e6)
    with pytest.raises(
        InputError, match=r"rf\.npz: 2 arrays .* rf \(80 x 6 int64\), .* fs \(scalar"
    ):
        read_recording(path, 1)
    _, recording = read_recording(path, 1, layout=Layout(variable="other"))
    np.testing.assert_array_equal(recording.samples, [RF + 1])
    with pytest.raises(InputError, match="no variable nix; expected one that the file holds: rf"):
        read_recording(path, 1, layout=Layout(variable="nix"))


def test_only_array_of_an_archive_needs_no_name(tmp_path):
    np.savez(tmp_path / "rf.npz", rf=RF, fs=40e6, label="steatosis", weights=np.ones(6))
    _, recording = read_recording(tmp_path / "rf.npz", 1)
    np.testing.assert_array_equal(recording.samples, [RF])


class Bomb:
    """An object whose unpickling would show."""

    def __reduce__(self):
        return pytest.fail, ("a pickle was executed",)


def test_pickled_objects_are_refused_unread(saved, tmp_path):
    objects = np.full((80, 6), Bomb(), dtype=object)
    with pytest.raises(InputError, match=r"rf\.npy: the array holds Python objects"):
        read_recording(saved(objects), 1)
    np.savez(tmp_path / "rf.npz", rf=objects)
    with pytest.raises(InputError, match=r"rf\.npz: the array holds Python objects"):
        read_recording(tmp_path / "rf.npz", 1, layout=Layout(variable="rf"))


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([["a", "b"]] * 80), "samples are of type <U1; expected numbers"),
        (np.zeros((80, 6), [("i", "i2"), ("q", "i2")]), "samples are of type .*; expected numbers"),
        (np.zeros((80, 0)), r"shape \(80, 0\); expected no axis of length 0"),
        (np.zeros(80), "expected the order of these axes"),
        (np.zeros((6, 80)), "6 samples and 80 lines: more lines than samples"),
    ],
)
def test_array_that_holds_no_frame(saved, array, message):
    with pytest.raises(InputError, match=rf"rf\.npy: .*{message}"):
        read_recording(saved(array), 1)


@pytest.mark.parametrize("change", [-100, 100])
def test_samples_of_another_length_than_declared(saved, change):
    path = saved(RF)
    content = path.read_bytes()
    path.write_bytes(content[:change] if change < 0 else content + bytes(change))
    message = rf"{RF.nbytes + change} bytes of samples; its header declares 3840 \(shape \(80, 6\)"
    with pytest.raises(InputError, match=rf"rf\.npy: {message}"):
        read_recording(path, 1)


def test_header_that_claims_more_than_the_file_holds(tmp_path):
    stream = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": (10**9, 10**6)}
    np.lib.format.write_array_header_1_0(stream, header)
    (tmp_path / "rf.npy").write_bytes(stream.getvalue() + bytes(800))
    with pytest.raises(InputError, match="800 bytes of samples; its header declares 80000000000"):
        read_recording(tmp_path / "rf.npy", 1)
    with zipfile.ZipFile(tmp_path / "rf.npz", "w") as archive:
        archive.writestr("rf.npy", stream.getvalue() + bytes(800))
    with pytest.raises(InputError, match="800 bytes of samples; its header declares 80000000000"):
        read_recording(tmp_path / "rf.npz", 1)


@pytest.mark.parametrize("name", ["rf.npy", "rf.npz"])
@pytest.mark.parametrize("content", [b"", b"hello", b"\x93NUMPY\x01\0", b"\x93NUMPY\x09\0" * 9])
def test_file_that_is_no_array(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=rf"{name}: .*(cut short|none|no whole|version 9)"):
        read_recording(tmp_path / name, 1)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("part", [0.3, 0.9])
def test_truncated_archive(tmp_path, save, part):
    path = tmp_path / "rf.npz"
    save(path, rf=RF)
    path.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])
    with pytest.raises(
        InputError, match=r"rf\.npz: the .* bytes of this \.npz file are no whole zip"
    ):
        read_recording(path, 1)


def test_damaged_archive(tmp_path):
    path = tmp_path / "rf.npz"
    np.savez(path, rf=RF)
    content = bytearray(path.read_bytes())
    content[1000] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"rf\.npz: .*no whole zip archive of arrays"):
        read_recording(path, 1)
