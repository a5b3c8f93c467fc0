import base64
import zlib

import numpy as np
import pytest

from reconattack.pages.explorer.outlines import MOST_SIDE, described_outlines, read_outlines
from reconattack.storage import write_dataset
from tests.attacks.test_lattice_masks import TWO, frames, lattice_of  # noqa: F401


def inflated(text, shape):
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8).reshape(shape)


def test_masks_of_shown_frames_are_compressed(frames, tmp_path):  # noqa: F811
    lattice = lattice_of(frames, TWO, input_size=[16, 24])
    write_dataset(tmp_path / "lattice.nc", lattice, {})
    found = dict(read_outlines(str(tmp_path / "lattice.nc"), {"plain", "broken"}))
    assert list(found) == ["plain"]
    plain = lattice.sel(frame="plain")
    assert (found["plain"]["size"], found["plain"]["structures"]) == ([16, 24], 2)
    assert not found["plain"]["given"]
    bits = inflated(found["plain"]["bits"], (27, 2, 16, 3))
    np.testing.assert_array_equal(bits, plain["grid_mask"].values.reshape(bits.shape))
    reference = inflated(found["plain"]["reference"], (2, 16, 3))
    np.testing.assert_array_equal(reference, plain["mask_reference"])
    top, left, tall, wide = found["plain"]["place"]
    assert (top, left) == (0, 0)
    assert [16 * tall, 24 * wide] == pytest.approx(plain["mask_place"].values[[1, 3]], abs=0.01)


def test_records_without_masks_have_no_outlines(frames, tmp_path):  # noqa: F811
    lattice = lattice_of(frames, TWO).drop_vars(["grid_mask"])
    write_dataset(tmp_path / "lattice.nc", lattice, {})
    assert dict(read_outlines(str(tmp_path / "lattice.nc"), {"plain"})) == {}


@pytest.mark.parametrize("sides", [(300, 500), (129, 40), (256, 256)])
def test_large_masks_are_thinned_and_stay_where_they_are(sides):
    """A rectangle is at the same place of the image, to within the pixels that are left out."""
    rows, columns = sides
    mask = np.zeros(sides, bool)
    edges = (rows // 4, 3 * rows // 4, columns // 5, columns // 2)
    mask[edges[0] : edges[1], edges[2] : edges[3]] = True
    bits = np.packbits(mask[np.newaxis], axis=-1)
    end = np.array([0, 2 * rows, 10, 10 + columns], float)
    found = described_outlines(bits[np.newaxis], bits, np.array(sides), end, True)
    height, width = found["size"]
    assert max(height, width) <= MOST_SIDE
    kept = np.unpackbits(
        inflated(found["bits"], (height, -(-width // 8))), axis=-1, count=width
    ).astype(bool)
    top, left, tall, wide = found["place"]
    inside = np.argwhere(kept)
    (first, last) = inside.min(axis=0), inside.max(axis=0) + 1
    step = -(-max(sides) // MOST_SIDE)
    assert (
        np.abs(top + tall * np.array([first[0], last[0]]) - 2 * np.array(edges[:2])).max()
        <= 2 * step
    )
    found_across = left + wide * np.array([first[1], last[1]])
    assert np.abs(found_across - 10 - np.array(edges[2:])).max() <= step
