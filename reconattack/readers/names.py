"""The readers: a module for each file format, found by its name; no reader is imported for it.

A reader of RF frames stands in `reconattack.readers.rf`, one of channel data in
`reconattack.readers.channels`, one of B-mode images in `reconattack.readers.images`.
"""

from functools import cache
from pathlib import Path

FOLDERS = {"frames": "rf", "channels": "channels", "images": "images"}


@cache
def reader_names(kind: str) -> tuple[str, ...]:
    """Names of the readers of a kind of `FOLDERS`, which the column reader may hold."""
    folder = Path(__file__).parent / FOLDERS[kind]
    return tuple(sorted(path.stem for path in folder.glob("[!_]*.py")))


def reader_modules(kind: str) -> list[str]:
    """Dotted names of the modules of the readers of a kind of `FOLDERS`."""
    return [f"reconattack.readers.{FOLDERS[kind]}.{name}" for name in reader_names(kind)]
