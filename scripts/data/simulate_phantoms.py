"""Simulate the phantom frames of one chunk."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconattack.frames.chunks import write_chunk
from reconattack.frames.scanner import Scanner
from reconattack.run.jobs import run_rule
from reconattack.simulation.uniform_phantom import simulate_uniform_phantom


def simulate_phantoms(
    frames: str,
    rows: Sequence[Mapping[str, Any]],
    scanners: Mapping[str, Mapping[str, Any]],
    simulation: Mapping[str, Any],
    attributes: Mapping[str, str],
) -> None:
    """Write an RF frame of the uniform phantom for each row, each of another part of it.

    The scanner's own processing (`simulation`) is that of images and has no effect on RF.
    """
    recording = {key: value for key, value in simulation.items() if key != "processing"}
    chunk = {
        row["frame"]: simulate_uniform_phantom(
            row["frame"], Scanner(**scanners[row["scanner"]]), **recording
        )
        for row in rows
    }
    write_chunk(frames, chunk, attributes)


if __name__ == "__main__":
    run_rule(simulate_phantoms, snakemake)
