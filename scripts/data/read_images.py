"""Read the B-mode images of one chunk from the files of the frame table."""

import functools
import logging
from collections.abc import Mapping, Sequence

import xarray as xr

from reconattack.errors import InputError
from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import unreadable_frame
from reconattack.readers.images.formats import read_images as read_image_file
from reconattack.readers.images.image_file import Box, ImageFile, checked_cut, labelled_image
from reconattack.readers.layout import Layout
from reconattack.readers.liver_mask import image_with_liver
from reconattack.run.jobs import job
from reconattack.storage import trace

log = logging.getLogger(__name__)


def read_images(
    output: str, rows: Sequence[Mapping], box: Box | None, attributes: Mapping[str, str]
) -> None:
    """Read every row's image; one that cannot be used takes its place with an `error`."""
    read = functools.lru_cache(maxsize=1)(_file_or_error)  # rows of one file follow another
    box = None if box is None else tuple(box)
    images = {}
    for row in rows:
        file = read(row["path"], row["frames"], box, row["reader"], Layout.of_row(row))
        images[row["frame"]] = _image_or_error(row, file, box)
    write_chunk(output, images, attributes)


def _file_or_error(
    path: str, images: int, box: Box | None, reader: str | None, layout: Layout
) -> tuple[str, ImageFile] | InputError:
    try:
        return read_image_file(path, images, box, reader, layout)
    except InputError as error:
        return error


def _image_or_error(
    row: Mapping, file: tuple[str, ImageFile] | InputError, box: Box | None
) -> xr.Dataset:
    try:
        if isinstance(file, InputError):
            raise file
        reader, images = file
        image = labelled_image(images, row["index"], row).assign_attrs(reader=reader)
        if not row["liver_mask"]:
            return image
        shape = images.shape or images.pixels.shape[1:]
        return image_with_liver(image, row["liver_mask"], shape, checked_cut(1, shape, box))
    except InputError as error:
        message = f"image {row['frame']}: {error}"
        log.warning(message)
        return unreadable_frame(message, row["scanner"], row["patient"], row["label"])


if __name__ == "__main__":
    with job(snakemake.log[0]):
        read_images(
            output=snakemake.output.images,
            rows=snakemake.params.rows,
            box=snakemake.params.box,
            attributes=trace(dict(snakemake.params.items()), list(snakemake.input)),
        )
