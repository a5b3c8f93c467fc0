import numpy as np
import pytest

from reconattack.frames.chunks import open_frames
from reconattack.frames.geometry import image_grid
from scripts.data.read_frames import read_frames
from scripts.data.simulate_frames import simulate_frames

LIVER = {"structures": ["liver"], "dice": 0.9}
LAYOUT = ("reader", "variable", "axes", "dtype", "shape", "header_bytes", "fat_fraction")
SCANNER = {
    **{"name": "s", "probe": "convex", "probe_radius": 0.05, "angle_span": 1.2},
    **{"sampling_frequency": 12e6, "center_frequency": 2.5e6, "sound_speed": 1540.0},
    **{"reference_level": 32.5, "gain_state": "raw"},
}


@pytest.fixture
def rows(tmp_path):
    """Three frames, as the frame table gives them: of the first two a mask, the second too wide."""
    samples = np.random.default_rng(1).standard_normal((600, 64)).astype(np.float32)
    np.save(tmp_path / "rf.npy", samples)
    known = dict.fromkeys([*LAYOUT, "liver_mask", "mask"]) | {"frames": 1, "index": 0}
    rows = [
        known
        | {"frame": name, "patient": name, "label": None, "scanner": "s"}
        | {"path": str(tmp_path / "rf.npy")}
        for name in "abc"
    ]
    read(tmp_path, rows)
    frame = dict(open_frames(tmp_path / "chunk.nc"))["a"]
    z, x = image_grid(frame, 50)
    np.save(tmp_path / "a.npy", np.ones((len(z), len(x))))
    np.save(tmp_path / "b.npy", np.ones((len(z), 3 * len(x))))
    rows[0]["mask"], rows[1]["mask"] = str(tmp_path / "a.npy"), str(tmp_path / "b.npy")
    return rows


def read(tmp_path, rows, *masked):
    read_frames(str(tmp_path / "chunk.nc"), rows, {"s": SCANNER}, masked, {})
    return dict(open_frames(tmp_path / "chunk.nc"))


def test_mask_that_cannot_be_used_takes_its_frames_place(tmp_path, rows):
    frames = read(tmp_path, rows, LIVER)
    assert frames["a"]["mask"].dtype == np.uint8 and frames["a"]["mask"].values.all()
    assert "mask" not in frames["c"] and "error" not in frames["c"].attrs
    words = f"frame b ({rows[1]['path']}): mask {rows[1]['mask']}: found"
    assert frames["b"].attrs["error"].startswith(words)


def test_mask_is_not_read_if_no_model_is_compared_with_it(tmp_path, rows):
    frames = read(tmp_path, rows)
    assert not any("mask" in frame or "error" in frame.attrs for frame in frames.values())


def test_simulated_frames_have_masks_if_they_are_asked_for(tmp_path):
    row = {"frame": "p", "clip": "p", "scanner": "s"}
    rows = [row | {"frame": f"p_{number}", "index": number} for number in range(4)]
    shape = {"lines": 48, "samples": 2592}

    def simulated(mask_rows):
        path = tmp_path / "chunk.nc"
        simulate_frames(str(path), rows, {"s": SCANNER}, shape, mask_rows, {})
        return dict(open_frames(path))

    plain, masked = simulated(None), simulated(80)
    for name, frame in masked.items():
        assert frame.drop_vars("mask").identical(plain[name])
        assert frame["mask"].attrs["structures"] == "liver, kidney"
        assert frame["mask"].shape[0] == 80
        assert set(np.unique(frame["mask"])) == {0, 1, 2}
    kidneys = [np.argwhere(one["mask"].values == 2).mean(axis=0) for one in masked.values()]
    assert np.ptp(kidneys, axis=0).max() > 1  # breathing shifts it, by pixels of about 2 mm
