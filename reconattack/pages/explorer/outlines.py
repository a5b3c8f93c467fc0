"""The outlines that the page draws over the images: masks of a lattice, small and compressed."""

import base64
import zlib
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import xarray as xr

from reconattack.attacks.lattice_masks import BITS, MASKS
from reconattack.attacks.results import LATTICE
from reconattack.reconstruction.parameters import PAPER_PARAMETERS

MOST_SIDE = 128  # pixels; larger masks are thinned: the page stays small


def read_outlines(path: str, frames: Collection[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and masks of those of `frames` whose masks a lattice holds.

    `size` is the height and width of a mask, `structures` their number, `place` where a mask begins
    and how large its pixels are, in pixels of the image: row, column, height, width. `bits` are
    all masks in the order of the lattice (beta, alpha_lower, alpha_upper), `reference` is the
    reference mask, and `given` whether this is a given one. Bits are those of
    `reconattack.attacks.lattice_masks`, compressed (zlib), in base64.
    """
    names = [f"{LATTICE}{name}" for name in PAPER_PARAMETERS]
    with xr.open_dataset(path) as lattice:
        if MASKS not in lattice:
            return
        for frame in lattice["frame"].values:
            record = lattice.sel(frame=frame)
            if str(frame) not in frames or not record["mask_size"].values.all():
                continue
            bits = record[MASKS].transpose(*names, *BITS).values
            yield (
                str(frame),
                described_outlines(
                    bits.reshape(-1, *bits.shape[len(names) :]),
                    record["mask_reference"].values,
                    record["mask_size"].values,
                    record["mask_place"].values,
                    bool(record["mask_given"]),
                ),
            )


def described_outlines(
    bits: np.ndarray, reference: np.ndarray, size: np.ndarray, place: np.ndarray, is_given: bool
) -> dict[str, Any]:
    """The masks of one frame as the page reads them (`read_outlines`).

    Parameters
    ----------
    bits, reference
        uint8 (point, structure, row, byte) and (structure, row, byte).
    size, place
        Height and width of a mask, and its upper, lower, left and right end in the image.
    is_given
        Whether the reference is a given mask.
    """
    height, width = map(int, size)
    step = -(-max(height, width) // MOST_SIDE)
    upper, lower, left, right = place
    tall, wide = (lower - upper) / height, (right - left) / width
    shift = step // 2 + 0.5 - step / 2  # of the first kept pixel, which stands for `step` of them
    thinned = [thin(one, (height, width), step) for one in (bits, reference)]
    rows, columns = (len(range(step // 2, side, step)) for side in (height, width))
    return {
        "size": [rows, columns],
        "structures": int(reference.shape[0]),
        "place": [
            round(float(number), 4)
            for number in (upper + shift * tall, left + shift * wide, step * tall, step * wide)
        ],
        "bits": compressed(thinned[0]),
        "reference": compressed(thinned[1]),
        "given": is_given,
    }


def thin(bits: np.ndarray, size: tuple[int, int], step: int) -> np.ndarray:
    """Bits of masks, (..., row, byte), of which every `step`-th row and column is kept."""
    height, width = size
    if step == 1:
        return bits[..., :height, : -(-width // 8)]
    kept = bits[..., step // 2 : height : step, :]
    pixels = np.unpackbits(kept, axis=-1, count=width)
    return np.packbits(pixels[..., step // 2 :: step], axis=-1)


def compressed(bits: np.ndarray) -> str:
    """Bits compressed by zlib, in base64."""
    return base64.b64encode(zlib.compress(bits.tobytes(), 9)).decode()
