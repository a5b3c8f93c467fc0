"""Read channel data of one chunk from the files of the frame table, and beamform its lines."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import xarray as xr

from reconattack.frames.channel_recording import ChannelRecording
from reconattack.frames.chunks import write_chunk
from reconattack.readers.formats import read_channel_recording
from reconattack.readers.given_mask import frame_with_masks
from reconattack.readers.rows import read_rows
from reconattack.reconstruction.channel_frames import recorded_channel_frame
from reconattack.run.jobs import run_rule

log = logging.getLogger(__name__)


def read_channels(
    frames: str,
    rows: Sequence[Mapping[str, Any]],
    scanners: Mapping[str, Mapping[str, Any]],
    initial: Mapping[str, float],
    masked: Sequence[Mapping[str, Any]],
    attributes: Mapping[str, str],
) -> None:
    """Write the frame of each row: lines at the `initial` setting, with their channel data.

    A frame that cannot be used keeps its place and its `error`. `masked` are the declared decisions
    that are compared with given masks.
    """

    def build(recording: ChannelRecording, row: Mapping[str, Any]) -> xr.Dataset:
        log.info("%s: beamforming", row["frame"])
        scanner = scanners[row["scanner"]]
        frame = recorded_channel_frame(recording, row["index"], scanner, row, initial)
        return frame_with_masks(frame, row, masked)

    chunk = read_rows(rows, read_channel_recording, build, "frame {frame} ({path})")
    write_chunk(frames, chunk, attributes)


if __name__ == "__main__":
    run_rule(read_channels, snakemake)
