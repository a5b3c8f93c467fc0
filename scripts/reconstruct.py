"""Reconstruct the B-mode images of one chunk at the initial parameters."""

from collections.abc import Mapping

from reconattack.errors import InputError
from reconattack.frames import check_frame, open_frames
from reconattack.jobs import job
from reconattack.reconstruction import reconstruct as reconstruct_frame
from reconattack.storage import trace, write_chunk


def reconstruct(
    chunk: str,
    output: str,
    initial: Mapping[str, float],
    image_rows: int,
    attributes: Mapping[str, str],
) -> None:
    """Reconstruct each frame of a chunk; name all frames that cannot be used before failing."""
    images, errors = {}, []
    for name, frame in open_frames(chunk):
        try:
            check_frame(frame)
            images[name] = reconstruct_frame(frame, initial, image_rows)
        except InputError as error:
            errors.append(str(error))
    if errors:
        raise InputError("\n".join(errors))
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
