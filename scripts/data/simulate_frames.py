"""Simulate the RF frames of one chunk."""

from collections.abc import Mapping, Sequence

from reconattack.frames.chunks import write_chunk
from reconattack.frames.scanner import Scanner
from reconattack.run.jobs import job
from reconattack.simulation.cohort import simulate_patient, simulate_rf
from reconattack.storage import trace


def simulate_frames(
    output: str,
    rows: Sequence[Mapping],
    scanners: Mapping[str, Mapping],
    simulation: Mapping,
    attributes: Mapping[str, str],
) -> None:
    """Simulate a frame of each row's patient and write them as one chunk."""
    frames = {
        row["frame"]: simulate_rf(
            simulate_patient(row["frame"]), Scanner(**scanners[row["scanner"]]), **simulation
        )
        for row in rows
    }
    write_chunk(output, frames, attributes)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        simulate_frames(
            output=snakemake.output.frames,
            rows=snakemake.params.rows,
            scanners=snakemake.params.scanners,
            simulation=snakemake.params.simulation,
            attributes=trace(dict(snakemake.params.items()), list(snakemake.input)),
        )
