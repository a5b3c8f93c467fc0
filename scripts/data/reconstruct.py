"""Reconstruct the B-mode images of one chunk at the initial parameters."""

from collections.abc import Mapping

from reconattack.frames.chunks import open_frames, write_chunk
from reconattack.reconstruction.reconstruction import reconstruct as reconstruct_frame
from reconattack.run.jobs import job
from reconattack.storage import trace


def reconstruct(
    chunk: str,
    output: str,
    initial: Mapping[str, float],
    image_rows: int,
    attributes: Mapping[str, str],
) -> None:
    """Reconstruct each frame of a chunk; one that could not be read keeps its place and error."""
    images = {
        name: frame if "error" in frame.attrs else reconstruct_frame(frame, initial, image_rows)
        for name, frame in open_frames(chunk)
    }
    write_chunk(output, images, attributes)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        reconstruct(
            chunk=snakemake.input.frames,
            output=snakemake.output.images,
            initial=snakemake.params.initial,
            image_rows=snakemake.params.image_rows,
            attributes=trace(dict(snakemake.params.items()), list(snakemake.input))
            | {"image_rows": snakemake.params.image_rows},
        )
