import re

import pytest
import xarray as xr

from reconattack.errors import InputError
from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import unreadable_frame
from reconattack.frames.image import label_image
from reconattack.frames.opening import checked_frames, frame_name, open_frame, open_frames


@pytest.fixture
def chunk(tmp_path, noise_frame):
    def write(**frames):
        write_chunk(tmp_path / "chunk.nc", frames, {})
        return tmp_path / "chunk.nc"

    return write


def test_frame_is_the_one_that_was_written(chunk, noise_frame):
    path = chunk(a=noise_frame)
    frame = open_frame(path)
    assert frame_name(frame) == "a"
    xr.testing.assert_equal(frame, noise_frame)
    assert frame.attrs == noise_frame.attrs | {"name": "a"}


def test_frames_come_in_the_order_of_their_names(chunk, noise_frame):
    path = chunk(a=noise_frame, b=noise_frame, c=unreadable_frame("c: cut short", "s", "p"))
    assert [frame_name(frame) for frame in open_frames(path, ["b", "a"])] == ["b", "a"]
    with pytest.raises(InputError, match="c: cut short"):
        open_frames(path)


def test_frame_of_several_is_named(chunk, noise_frame):
    path = chunk(a=noise_frame, b=noise_frame)
    assert open_frame(path, "b").attrs["name"] == "b"
    with pytest.raises(InputError, match="holds 2 frames; name one of them: a, b"):
        open_frame(path)
    with pytest.raises(InputError, match="has no frame 'd'; expected one of a, b"):
        open_frame(path, "d")


def test_file_that_holds_no_frames(tmp_path, chunk):
    with pytest.raises(InputError, match=re.escape(f"there is none at {tmp_path / 'none.nc'}")):
        open_frame(tmp_path / "none.nc")
    (tmp_path / "text.nc").write_text("text")
    with pytest.raises(InputError, match=r"no file of NetCDF, .* read_frame reads files of"):
        open_frame(tmp_path / "text.nc")
    with pytest.raises(InputError, match="found no frames"):
        open_frame(chunk())


def test_image_is_no_frame(noise_frame):
    image = label_image(noise_frame["rf"].values > 0, noise_frame["rf"].values > 0)
    with pytest.raises(InputError, match="a dataset with bmode, sector; expected an RF frame"):
        checked_frames([noise_frame, image])
    with pytest.raises(InputError, match="found a str; expected an RF frame"):
        checked_frames("frame.nc")


def test_frame_without_a_name_has_its_patients(noise_frame):
    assert frame_name(noise_frame) == "patient"
