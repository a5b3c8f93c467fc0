"""Ultrasonix (Sonix) `.rf`: int16 samples, line after line; software of version 5 and 6.

The layout follows the maker's public scripts. No real file was available. The header states the
frequencies but no geometry: its corners are pixels of the screen.
"""

from pathlib import Path

from reconattack.errors import InputError
from reconattack.frames.recording import Recording
from reconattack.readers.containers.ultrasonix_files import named, read_frames, read_header
from reconattack.readers.layout import Layout, arrange

SUFFIXES = (".rf", ".bpr", ".b8", ".b32", ".drf", ".crf")
COLUMNS = ("axes",)
RF = 16


def read(path: Path, layout: Layout) -> Recording:
    """Read the samples, and the sampling and transmit frequency.

    Raises
    ------
    InputError
        If the file is cut short, or holds something else than RF.
    """
    header = read_header(path)
    if header.kind != RF:
        raise InputError(
            f"an Ultrasonix file of {named(header.kind)}; expected {named(RF)}: this project "
            "starts before the envelope (an image cohort takes .b8 and .b32)"
        )
    samples = read_frames(path, header, "<i2")
    lines = samples.reshape(header.frames, header.width, header.height)
    stated = {
        "sampling_frequency": float(header.sampling_frequency),
        "center_frequency": float(header.transmit_frequency),
    }
    facts = {name: value for name, value in stated.items() if value > 0}
    note = f"Ultrasonix probe {header.probe}, line density {header.line_density}"
    return Recording(arrange(lines, layout, "frame,line,sample"), facts, notes=(note,))
