import numpy as np
import pytest
import xarray as xr

from reconattack.frames.chunks import frame_attributes, open_frames, readable_frames, write_chunk
from reconattack.frames.frame import build_frame, unreadable_frame


@pytest.fixture
def images():
    values = np.random.default_rng(2).integers(0, 255, (40, 30)).astype(np.uint8)
    image = xr.Dataset({"bmode": (("z", "x"), values)}, coords={"z": np.arange(40) / 1e3})
    return {"one": image, "two": image.isel(z=slice(20))}


def test_frames_come_back_in_the_order_of_the_chunk(tmp_path, scanner):
    samples = np.random.default_rng(1).integers(-2000, 2000, (80, 6)).astype(np.int16)
    frames = {
        name: build_frame(samples + number, scanner, f"p{number}", label=number % 2)
        for number, name in enumerate(["z", "a.1", "M-2", "0"])
    }
    frames["broken"] = unreadable_frame("no such file", "convex", "p9")
    write_chunk(tmp_path / "chunk.nc", frames, {})
    opened = list(open_frames(tmp_path / "chunk.nc"))
    assert [name for name, _ in opened] == list(frames)
    for name, frame in opened:
        assert frame.identical(frames[name])
    some = {"broken", "0", "a.1", "elsewhere"}
    assert [name for name, _ in open_frames(tmp_path / "chunk.nc", some)] == ["a.1", "0", "broken"]
    assert [name for name, _ in readable_frames(tmp_path / "chunk.nc", some)] == ["a.1", "0"]
    known = dict(frame_attributes(tmp_path / "chunk.nc"))
    assert known == {name: frame.attrs for name, frame in frames.items()}


def test_failing_write_of_a_chunk_leaves_the_old_one(tmp_path, images):
    path = tmp_path / "chunk.nc"
    write_chunk(path, images, {})
    before = path.read_bytes()
    with pytest.raises(TypeError):
        write_chunk(path, {"bad": xr.Dataset(attrs={"no": object()})}, {})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_chunk_keeps_images_shapes_and_attributes(tmp_path, images):
    write_chunk(tmp_path / "chunk.nc", images, {"params_hash": "1"})
    with xr.open_datatree(tmp_path / "chunk.nc") as chunk:
        assert chunk.attrs == {"params_hash": "1"}
        for name, frame in images.items():
            assert chunk[name].to_dataset().identical(frame)
