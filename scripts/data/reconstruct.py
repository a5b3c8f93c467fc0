"""Reconstruct the B-mode images of one chunk at the initial setting."""

from collections.abc import Mapping

from reconattack.frames.chunks import open_frames, write_chunk
from reconattack.reconstruction.drawing import reconstruct as reconstruct_frame
from reconattack.run.jobs import run_rule


def reconstruct(
    frames: str,
    images: str,
    initial: Mapping[str, float],
    image_rows: int,
    attributes: Mapping[str, str],
) -> None:
    """Write the image of each RF frame; an unreadable frame keeps its place and its `error`."""
    chunk = {
        name: frame if "error" in frame.attrs else reconstruct_frame(frame, initial, image_rows)
        for name, frame in open_frames(frames)
    }
    write_chunk(images, chunk, attributes | {"image_rows": image_rows})


if __name__ == "__main__":
    run_rule(reconstruct, snakemake)
