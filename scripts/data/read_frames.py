"""Read the RF frames of one chunk from the files of the frame table."""

from collections.abc import Mapping, Sequence
from typing import Any

import xarray as xr

from reconattack.frames.chunks import write_chunk
from reconattack.frames.recording import Recording, recorded_frame
from reconattack.readers.formats import read_recording
from reconattack.readers.given_mask import frame_with_masks
from reconattack.readers.rows import read_rows
from reconattack.run.jobs import run_rule


def read_frames(
    frames: str,
    rows: Sequence[Mapping[str, Any]],
    scanners: Mapping[str, Mapping[str, Any]],
    masked: Sequence[Mapping[str, Any]],
    attributes: Mapping[str, str],
) -> None:
    """Write the frame of each row; a frame that cannot be used keeps its place and its `error`.

    `masked` are the declared decisions that are compared with given masks.
    """

    def build(recording: Recording, row: Mapping[str, Any]) -> xr.Dataset:
        frame = recorded_frame(recording, row["index"], scanners[row["scanner"]], row)
        return frame_with_masks(frame, row, masked)

    chunk = read_rows(rows, read_recording, build, "frame {frame} ({path})")
    write_chunk(frames, chunk, attributes)


if __name__ == "__main__":
    run_rule(read_frames, snakemake)
