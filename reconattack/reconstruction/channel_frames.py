"""Frames of files of channel data: lines that are beamformed when the file is read."""

from collections.abc import Mapping
from typing import Any

import xarray as xr

from reconattack.frames.channel_recording import ChannelRecording, recorded_channels
from reconattack.reconstruction.beamforming import beamformed


def recorded_channel_frame(
    recording: ChannelRecording,
    index: int,
    description: Mapping[str, Any],
    row: Mapping[str, Any],
    setting: Mapping[str, float],
) -> xr.Dataset:
    """Build one frame of a file of channel data from all facts that are stated about it.

    Parameters
    ----------
    recording, index, description, row
        As for `recorded_channels`; the row has `patient` too, and any of `label` and
        `fat_fraction`.
    setting
        The setting at which its lines are beamformed; other parameters in it do not count.

    Returns
    -------
    xarray.Dataset
        RF or IQ lines, with the channel data beside them (`reconattack.frames.channels`).

    Raises
    ------
    InputError
        As `recorded_channels` and `beamformed`.
    """
    recorded = recorded_channels(recording, index, description, row)
    frame = beamformed(
        recorded.channels,
        recorded.scanner,
        recorded.depth,
        recorded.lines,
        setting,
        row["patient"],
        label=row.get("label"),
        fat_fraction=row.get("fat_fraction"),
        applied_gain=recorded.applied_gain,
    )
    return frame.assign_attrs(recorded.attributes)
