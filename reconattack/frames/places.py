"""What a path leads to if it is no file, in words for a message."""

import os
from pathlib import Path

MOST_NAMES = 3  # of the files in a folder


def place_of(path: Path | str) -> str:
    """What there is at a path at which a file was expected.

    Parameters
    ----------
    path
        A path at which there is no file.

    Returns
    -------
    str
        None, a folder and its files with what to do, or a link that leads nowhere.
    """
    where = os.path.abspath(path)
    if os.path.isdir(path):
        return f"{_folder(path)} at {where}"
    if os.path.islink(path):
        return f"a symbolic link that leads to no file at {where}"
    if os.path.exists(path):
        return f"neither a file nor a folder at {where}"
    return f"none at {where}"


def _folder(path: Path | str) -> str:
    try:
        entries = list(os.scandir(path))
    except OSError as error:
        return f"a folder that cannot be opened ({error.strerror})"
    files = sorted(entry.name for entry in entries if entry.is_file())
    folders = sum(entry.is_dir() for entry in entries)
    if not files:
        return (
            f"a folder that holds {folders} folders and no file" if folders else "an empty folder"
        )
    names = ", ".join(files[:MOST_NAMES]) + (", ..." if len(files) > MOST_NAMES else "")
    count = "1 file" if len(files) == 1 else f"{len(files)} files"
    return f"a folder of {count} ({names}; name the file, or give each of several a row)"
