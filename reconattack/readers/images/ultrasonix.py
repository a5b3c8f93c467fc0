"""Pictures of the Ultrasonix (Sonix) software: `.b8`, grey levels, and `.b32`, grey or coloured.

The layout follows the maker's public scripts. No real file was available. `.bpr` holds lines before
scan conversion: such a picture has no shape of its own.
"""

from pathlib import Path

import numpy as np

from reconattack.errors import InputError
from reconattack.readers.containers.ultrasonix_files import named, read_frames, read_header
from reconattack.readers.image_file import Box, ImageFile, grey_stack
from reconattack.readers.layout import Layout

SUFFIXES = (".b8", ".b32", ".bpr")
GREY, COLOUR = 4, 8
TYPES = {GREY: "u1", COLOUR: "<u4"}


def read(path: Path, layout: Layout, box: Box | None, tint: str) -> ImageFile:
    """Read the pictures of a file, row by row; the size of their pixels is unknown.

    Raises
    ------
    InputError
        If the file is cut short, holds something else than finished pictures, or is coloured.
    """
    header = read_header(path)
    if header.kind not in TYPES:
        raise InputError(
            f"an Ultrasonix file of {named(header.kind)}; expected {named(GREY)}, or "
            f"{named(COLOUR)}: export the pictures, or list RF in a frame table"
        )
    shape = header.height, header.width
    pixels = read_frames(path, header, TYPES[header.kind]).reshape(header.frames, *shape)
    if header.kind == COLOUR:  # three colours in the lower bytes, as on a screen
        pixels = np.stack([(pixels >> shift & 255).astype(np.uint8) for shift in (16, 8, 0)], -1)
    return ImageFile(grey_stack(iter(pixels), header.frames, shape, box, tint), shape=shape)
