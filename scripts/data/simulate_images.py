"""Simulate the B-mode images of one chunk, as their scanner shows them."""

from collections.abc import Mapping, Sequence

from reconattack.frames.chunks import write_chunk
from reconattack.frames.scanner import Scanner
from reconattack.run.jobs import job
from reconattack.simulation.cohort import ImageProcessing, simulate_image, simulate_patient
from reconattack.storage import trace


def simulate_images(
    output: str,
    rows: Sequence[Mapping],
    scanners: Mapping[str, Mapping],
    simulation: Mapping,
    image_rows: int,
    attributes: Mapping[str, str],
) -> None:
    """Simulate an image of each row's patient and write them as one chunk."""
    shape = {name: simulation[name] for name in ("lines", "samples")}
    processing = ImageProcessing(**simulation["processing"])
    images = {
        row["frame"]: simulate_image(
            simulate_patient(row["frame"]),
            Scanner(**scanners[row["scanner"]]),
            **shape,
            processing=processing,
            rows=image_rows,
        )
        for row in rows
    }
    write_chunk(output, images, attributes)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        simulate_images(
            output=snakemake.output.images,
            rows=snakemake.params.rows,
            scanners=snakemake.params.scanners,
            simulation=snakemake.params.simulation,
            image_rows=snakemake.params.image_rows,
            attributes=trace(dict(snakemake.params.items()), list(snakemake.input))
            | {"image_rows": snakemake.params.image_rows},
        )
