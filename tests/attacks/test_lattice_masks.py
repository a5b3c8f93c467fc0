import numpy as np
import pytest
import xarray as xr

from reconattack.attacks.judged_lattice import judge_even_lattice
from reconattack.classifiers.opening import open_classifier
from reconattack.frames.frame import build_frame, unreadable_frame
from reconattack.frames.given_mask import image_shape, with_mask
from reconattack.reconstruction.drawing import reconstruct
from reconattack.storage import write_dataset

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
BOXES = {name: {"box": [low, high]} for name, low, high in (("beta", 0.5, 1.3),)}
BOXES |= {"alpha_lower": {"box": [5, 15]}, "alpha_upper": {"box": [50, 60]}}
TWO = {"kind": "mask", "structures": ["dark", "bright"], "dice": 0.9}
ROWS = 40


def bands(images):
    """A model: what is of medium grey, and what is bright."""
    return np.stack([(images > 60) & (images <= 120), images > 120], axis=1).astype(float)


@pytest.fixture
def frames(convex_scanner):
    def noise(seed):
        return np.random.default_rng(seed).standard_normal((300, 24))

    plain, other = (build_frame(noise(seed), convex_scanner, "p") for seed in (3, 4))
    mask = np.ones(image_shape(other, ROWS), np.uint8)
    return {
        "plain": plain,
        "broken": unreadable_frame("truncated", "s", "q"),
        "given": with_mask(other, mask),
    }


def lattice_of(frames, decision, **settings):
    settings |= {"python": f"{__name__}:bands", "decision": decision}
    return judge_even_lattice(
        frames.items(), open_classifier(settings, None, None), 3, BOXES, INITIAL, ROWS
    )


def unpacked(bits, size):
    return np.unpackbits(bits, axis=-1, count=size[1]).astype(bool)[..., : size[0], :]


def test_mask_of_each_setting_is_stored_and_comes_back(frames, tmp_path):
    lattice = lattice_of(frames, TWO | {"truth": "mask"})
    first = lattice.sel(frame="plain")
    size = first["mask_size"].values
    assert tuple(size) == image_shape(frames["plain"], ROWS)
    for beta in (0.5, 0.9, 1.3):
        setting = INITIAL | {"beta": beta}
        place = {f"grid_{name}": value for name, value in setting.items()}
        found = unpacked(first["grid_mask"].sel(place).values, size)
        image = reconstruct(frames["plain"], setting, ROWS)["bmode"].values
        np.testing.assert_array_equal(found, bands(image[np.newaxis])[0] > 0)
    at_start = first["grid_mask"].sel({f"grid_{name}": value for name, value in INITIAL.items()})
    np.testing.assert_array_equal(first["mask_reference"], at_start)
    assert first["mask_place"].values.tolist() == [0, size[0], 0, size[1]]
    broken, given = lattice.sel(frame="broken"), lattice.sel(frame="given")
    assert not broken["grid_mask"].any() and not broken["mask_size"].any()
    assert lattice["mask_given"].values.tolist() == [False, False, True]
    reference = unpacked(given["mask_reference"].values, given["mask_size"].values)
    assert reference[0].all() and not reference[1].any()
    write_dataset(tmp_path / "lattice.nc", lattice, {})
    with xr.open_dataset(tmp_path / "lattice.nc") as stored:
        np.testing.assert_array_equal(stored["grid_mask"], lattice["grid_mask"])
        assert stored["grid_mask"].encoding["zlib"]


def test_masks_of_a_small_output_lie_over_the_whole_image(frames):
    lattice = lattice_of(frames, TWO, input_size=[16, 24])
    height, width = image_shape(frames["plain"], ROWS)
    plain = lattice.sel(frame="plain")
    assert plain["mask_size"].values.tolist() == [16, 24]
    assert plain["grid_mask"].shape == (3, 3, 3, 2, 16, 3)
    assert plain["mask_place"].values == pytest.approx([0, height, 0, width])


def test_lattice_of_unreadable_frames_has_no_masks(frames):
    assert "grid_mask" not in lattice_of({"broken": frames["broken"]}, TWO)
