"""Read the picture frames of one chunk from the files of the frame table."""

import logging
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

import xarray as xr

from reconattack.frames.chunks import write_chunk
from reconattack.frames.doubtful import is_doubtful, set_aside, with_noted_doubts
from reconattack.readers.formats import read_image_file
from reconattack.readers.given_mask import picture_with_mask
from reconattack.readers.image_file import Box, ImageFile, checked_cut
from reconattack.readers.liver_mask import image_with_liver, overlay
from reconattack.readers.picture_frames import picture_frame
from reconattack.readers.rows import read_rows
from reconattack.run.jobs import run_rule

TITLE = "frame {frame} ({path})"
log = logging.getLogger(__name__)


def read_pictures(
    frames: str,
    rows: Sequence[Mapping[str, Any]],
    scanners: Mapping[str, Mapping[str, Any]],
    box: Box | None,
    tint: str,
    initial: Mapping[str, float],
    scaled: Collection[str],
    masked: Sequence[Mapping[str, Any]],
    attributes: Mapping[str, str],
) -> None:
    """Write the picture of each row; one that cannot be used keeps its place and its `error`.

    A picture whose outline is in doubt cannot be used until its row confirms it. `masked` are the
    declared decisions that are compared with given masks.
    """

    def build(file: ImageFile, row: Mapping[str, Any]) -> xr.Dataset:
        shape = file.shape or file.pixels.shape[1:]
        cut = checked_cut(1, shape, box)
        covered = overlay(row["overlay_mask"], shape, cut) if row["overlay_mask"] else None
        scanner = scanners[row["scanner"]]
        picture = picture_frame(file, row["index"], scanner, row, initial, scaled, covered)
        if row["outline_confirmed"]:
            picture = with_noted_doubts(picture)
        if row["liver_mask"]:
            picture = image_with_liver(picture, row["liver_mask"], shape, cut)
        if masked and row["mask"]:
            picture = picture_with_mask(picture, row["mask"], masked, shape, cut, row["index"])
        return set_aside(picture, TITLE.format_map(row))

    chunk = read_rows(rows, partial(read_image_file, box=box, tint=tint), build, TITLE)
    for frame in chunk.values():
        if is_doubtful(frame.attrs.get("error")):
            log.warning(frame.attrs["error"])
    write_chunk(frames, chunk, attributes)


if __name__ == "__main__":
    run_rule(read_pictures, snakemake)
