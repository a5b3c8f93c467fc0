"""Simulate the RF frames of one chunk."""

from collections.abc import Mapping, Sequence
from typing import Any

import xarray as xr

from reconattack.frames.chunks import write_chunk
from reconattack.frames.scanner import Scanner
from reconattack.run.jobs import run_rule
from reconattack.simulation.cohort import simulate_patient, simulate_rf
from reconattack.simulation.outlines import with_simulated_mask


def simulate_frames(
    frames: str,
    rows: Sequence[Mapping[str, Any]],
    scanners: Mapping[str, Mapping[str, Any]],
    simulation: Mapping[str, Any],
    mask_rows: int | None,
    attributes: Mapping[str, str],
) -> None:
    """Write an RF frame of each row: a patient's, or one of the patient's clip.

    The scanner's own processing (`simulation`) is that of images and has no effect on RF.
    `mask_rows` is the height of the masks of their organs; None makes none.
    """
    recording = {key: value for key, value in simulation.items() if key != "processing"}

    def simulated(row: Mapping[str, Any]) -> xr.Dataset:
        patient, number = simulate_patient(row.get("clip", row["frame"])), int(row.get("index", 0))
        frame = simulate_rf(patient, Scanner(**scanners[row["scanner"]]), **recording, frame=number)
        return frame if mask_rows is None else with_simulated_mask(frame, mask_rows, number)

    write_chunk(frames, {row["frame"]: simulated(row) for row in rows}, attributes)


if __name__ == "__main__":
    run_rule(simulate_frames, snakemake)
