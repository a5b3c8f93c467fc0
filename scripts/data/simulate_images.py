"""Simulate the B-mode images of one chunk, as the scanner shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconattack.frames.chunks import write_chunk
from reconattack.frames.scanner import Scanner
from reconattack.run.jobs import run_rule
from reconattack.simulation.cohort import ImageProcessing, simulate_image, simulate_patient


def simulate_images(
    images: str,
    rows: Sequence[Mapping[str, str]],
    scanners: Mapping[str, Mapping[str, Any]],
    simulation: Mapping[str, Any],
    image_rows: int,
    attributes: Mapping[str, str],
) -> None:
    """Write a B-mode image of each row's patient."""
    chunk = {
        row["frame"]: simulate_image(
            simulate_patient(row["frame"]),
            Scanner(**scanners[row["scanner"]]),
            **simulation | {"processing": ImageProcessing(**simulation["processing"])},
            rows=image_rows,
        )
        for row in rows
    }
    write_chunk(images, chunk, attributes | {"image_rows": image_rows})


if __name__ == "__main__":
    run_rule(simulate_images, snakemake)
