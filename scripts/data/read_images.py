"""Read the B-mode images of one chunk from the files of the frame table."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import xarray as xr

from reconattack.frames.chunks import write_chunk
from reconattack.readers.formats import read_image_file
from reconattack.readers.image_file import Box, ImageFile, checked_cut, labelled_image
from reconattack.readers.liver_mask import image_with_liver
from reconattack.readers.rows import read_rows
from reconattack.run.jobs import run_rule


def read_images(
    images: str,
    rows: Sequence[Mapping[str, Any]],
    box: Box | None,
    tint: str,
    attributes: Mapping[str, str],
) -> None:
    """Write the image of each row; an image that cannot be used keeps its place and its `error`."""

    def build(file: ImageFile, row: Mapping[str, Any]) -> xr.Dataset:
        image = labelled_image(file, row["index"], row)
        if not row["liver_mask"]:
            return image
        shape = file.shape or file.pixels.shape[1:]
        return image_with_liver(image, row["liver_mask"], shape, checked_cut(1, shape, box))

    chunk = read_rows(rows, partial(read_image_file, box=box, tint=tint), build, "image {frame}")
    write_chunk(images, chunk, attributes)


if __name__ == "__main__":
    run_rule(read_images, snakemake)
