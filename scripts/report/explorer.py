"""Write the explorer: frames, images and stored judgements in one HTML file."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from reconattack.errors import InputError
from reconattack.frames.chunks import readable_frames
from reconattack.pages.explorer.contents import page_contents
from reconattack.pages.explorer.page import build_page
from reconattack.run.jobs import run_rule
from reconattack.storage import replacing


def explorer(
    chunks: Sequence[str],
    shown: Sequence[str],
    cohort_size: int,
    models: Sequence[Mapping[str, str]],
    files: Mapping[str, Sequence[Mapping[str, str]]],
    box: Mapping[str, Sequence[float]],
    attacks: Sequence[Mapping[str, Any]],
    initial: Mapping[str, float],
    image_rows: int,
    cutoff: float,
    visible_limit: Mapping[str, float],
    titles: Mapping[str, Mapping[str, str]],
    classes: Sequence[str],
    simulated: bool,
    page: str,
) -> None:
    """Write the page of those frames of some chunks that are `shown` and could be read.

    The other parameters are those of `reconattack.pages.explorer.contents.page_contents`.

    Raises
    ------
    InputError
        If none of the frames could be read.
    """
    frames = chain.from_iterable(readable_frames(chunk, shown) for chunk in chunks)
    data, levels = page_contents(
        frames,
        models,
        files,
        shown,
        cohort_size,
        box,
        attacks,
        initial,
        image_rows,
        cutoff,
        visible_limit,
        titles,
        classes,
        simulated,
    )
    if not levels:
        raise InputError(
            f"none of the {len(shown)} frames to be shown could be read: nothing is to be explored"
        )
    with replacing(page) as temporary:
        temporary.write_text(build_page(data, levels, "Reconattack explorer"), encoding="utf-8")


if __name__ == "__main__":
    run_rule(explorer, snakemake)
