import numpy as np
import pytest

from reconattack.frames.channels import channels_of
from reconattack.frames.chunks import open_frames
from reconattack.reconstruction.parameters import BEAM
from scripts.data.read_channels import read_channels
from tests import channel_points as points
from tests.readers.channels.test_points import check_points, declared

LAYOUT = ("reader", "variable", "axes", "dtype", "shape", "header_bytes", "byte_order")
INITIAL = {"beta": 0.9, "alpha_lower": 10.0, "alpha_upper": 55.0}


@pytest.fixture
def rows(tmp_path):
    """Two frames of one file, and one of a file that is no array."""
    received, _ = declared("linear", "plane", iq=False)
    np.save(tmp_path / "a.npy", np.stack([received, received[::-1]]))
    (tmp_path / "b.npy").write_text("no array")
    known = dict.fromkeys([*LAYOUT, "liver_mask", "mask", "fat_fraction", "label"])
    known |= {"scanner": "s", "axes": "frame,transmit,element,sample"}
    of_files = [("a_0", "a", 2, 0), ("a_1", "a", 2, 1), ("b", "b", 1, 0)]
    return [
        known
        | {"frame": frame, "patient": file, "frames": count, "index": index}
        | {"path": str(tmp_path / f"{file}.npy")}
        for frame, file, count, index in of_files
    ]


def read(tmp_path, rows, initial, *masked):
    _, facts = declared("linear", "plane", iq=False)
    read_channels(str(tmp_path / "chunk.nc"), rows, {"s": facts}, initial, masked, {})
    return dict(open_frames(tmp_path / "chunk.nc"))


def test_frames_hold_lines_and_their_channel_data(tmp_path, rows):
    frames = read(tmp_path, rows, INITIAL)
    assert list(frames) == ["a_0", "a_1", "b"]
    check_points(frames["a_0"])
    assert [frames["a_0"].attrs[name] for name in BEAM] == [0.0] * 5
    channels = channels_of(frames["a_0"])
    assert channels.samples.shape == (3, points.ELEMENTS, points.SAMPLES)
    assert channels.samples.dtype == np.float32
    np.testing.assert_array_equal(channels.samples, channels_of(frames["a_1"]).samples[::-1])
    assert frames["a_0"].attrs["reader"] == "numpy"
    assert frames["a_0"].attrs["drift_share"] == 0.0


def test_file_that_cannot_be_used_keeps_its_place(tmp_path, rows):
    error = read(tmp_path, rows, INITIAL)["b"].attrs["error"]
    assert error.startswith(f"frame b ({tmp_path / 'b.npy'}): ")
    assert "no NumPy array of numbers" in error


def test_lines_are_those_of_the_initial_setting(tmp_path, rows):
    plain = read(tmp_path, rows[:1], INITIAL)["a_0"]
    faster = read(tmp_path, rows[:1], INITIAL | {"beam_sound_speed": 1600.0})["a_0"]
    assert faster.attrs["beam_sound_speed"] == 1600.0
    assert not np.array_equal(plain["rf"], faster["rf"])
    np.testing.assert_array_equal(plain["depth"], faster["depth"])
