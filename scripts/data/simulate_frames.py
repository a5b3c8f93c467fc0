"""Simulate the RF frames of one chunk."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconattack.frames.chunks import write_chunk
from reconattack.frames.scanner import Scanner
from reconattack.run.jobs import run_rule
from reconattack.simulation.cohort import simulate_patient, simulate_rf


def simulate_frames(
    frames: str,
    rows: Sequence[Mapping[str, Any]],
    scanners: Mapping[str, Mapping[str, Any]],
    simulation: Mapping[str, int],
    attributes: Mapping[str, str],
) -> None:
    """Write an RF frame of each row: a patient's, or one of the patient's clip."""
    chunk = {
        row["frame"]: simulate_rf(
            simulate_patient(row.get("clip", row["frame"])),
            Scanner(**scanners[row["scanner"]]),
            **simulation,
            frame=int(row.get("index", 0)),
        )
        for row in rows
    }
    write_chunk(frames, chunk, attributes)


if __name__ == "__main__":
    run_rule(simulate_frames, snakemake)
