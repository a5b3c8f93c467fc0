"""Simulate the channel data of one chunk, and beamform their frames."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconattack.frames.chunks import write_chunk
from reconattack.run.jobs import run_rule
from reconattack.simulation.channels import simulate_channel_frame


def simulate_channels(
    frames: str,
    rows: Sequence[Mapping[str, Any]],
    scanners: Mapping[str, Mapping[str, Any]],
    initial: Mapping[str, float],
    attributes: Mapping[str, str],
) -> None:
    """Write a frame of each row, its lines beamformed at the initial setting."""
    simulated = {
        row["frame"]: simulate_channel_frame(row["frame"], scanners[row["scanner"]], initial)
        for row in rows
    }
    write_chunk(frames, simulated, attributes)


if __name__ == "__main__":
    run_rule(simulate_channels, snakemake)
