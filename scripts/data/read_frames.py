"""Read the RF frames of one chunk from the files of the frame table."""

import functools
import logging
from collections.abc import Mapping, Sequence

import xarray as xr

from reconattack.errors import InputError
from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import unreadable_frame
from reconattack.frames.recording import Recording, recorded_frame
from reconattack.readers.formats import read_recording
from reconattack.readers.layout import Layout
from reconattack.readers.liver_mask import frame_with_liver
from reconattack.run.jobs import job
from reconattack.storage import trace

log = logging.getLogger(__name__)


def read_frames(
    output: str,
    rows: Sequence[Mapping],
    scanners: Mapping[str, Mapping],
    attributes: Mapping[str, str],
) -> None:
    """Read every row's frame; one that cannot be used takes its place with an `error`."""
    read = functools.lru_cache(maxsize=1)(_recording_or_error)  # rows of one file follow another
    frames = {}
    for row in rows:
        recording = read(row["path"], row["frames"], row["reader"], Layout.of_row(row))
        frames[row["frame"]] = _frame_or_error(row, scanners[row["scanner"]], recording)
    write_chunk(output, frames, attributes)


def _recording_or_error(
    path: str, frames: int, reader: str | None, layout: Layout
) -> tuple[str, Recording] | InputError:
    log.info("%s: reading", path)  # should a library crash, the log ends with its file
    try:
        return read_recording(path, frames, reader, layout)
    except InputError as error:
        return error


def _frame_or_error(
    row: Mapping, scanner: Mapping, recording: tuple[str, Recording] | InputError
) -> xr.Dataset:
    try:
        if isinstance(recording, InputError):
            raise recording
        reader, frames = recording
        frame = recorded_frame(frames, row["index"], scanner, row).assign_attrs(reader=reader)
        return frame_with_liver(frame, row["liver_mask"]) if row["liver_mask"] else frame
    except InputError as error:
        message = f"frame {row['frame']} ({row['path']}): {error}"
        log.warning(message)
        return unreadable_frame(message, scanner["name"], row["patient"], row["label"])


if __name__ == "__main__":
    with job(snakemake.log[0]):
        read_frames(
            output=snakemake.output.frames,
            rows=snakemake.params.rows,
            scanners=snakemake.params.scanners,
            attributes=trace(dict(snakemake.params.items()), list(snakemake.input)),
        )
