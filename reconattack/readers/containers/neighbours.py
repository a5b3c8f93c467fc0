"""A file and its neighbours, in its folder or in its tar archive.

An archive is never unpacked to disk. All its members are checked before one is read.
"""

import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from reconattack.errors import InputError

MAX_MEMBERS = 1000
AGAIN = "export or copy the file again"

Opener = Callable[[str], BinaryIO | None]  # opens a file by its name; None if there is none


@contextmanager
def neighbours(path: Path) -> Iterator[tuple[list[str], Opener]]:
    """Names of the files that a path may mean, and a function that opens a neighbour by its name.

    Raises
    ------
    InputError
        If an archive is damaged, or holds links, devices or names that lead out of it.
    """
    if path.suffix.lower() != ".tar":
        yield [path.name], lambda name: _open_beside(path, name)
        return
    with _open_archive(path) as archive:
        members = _checked_members(archive, path.stat().st_size)
        yield (
            list(members),
            lambda name: archive.extractfile(members[name]) if name in members else None,
        )


def _open_beside(path: Path, name: str) -> BinaryIO | None:
    beside = path.with_name(name)
    return open(beside, "rb") if beside.is_file() else None


def _open_archive(path: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(path, "r:")
    except Exception as error:
        size = path.stat().st_size
        raise InputError(
            f"no tar archive, or a damaged one: its {size} bytes do not begin with the header of a "
            f"member; {AGAIN}"
        ) from error


def _checked_members(archive: tarfile.TarFile, size: int) -> dict[str, tarfile.TarInfo]:
    """The visible files of an archive of `size` bytes, by name."""
    members = {}
    for count, member in enumerate(_listed(archive)):
        place = PurePosixPath(member.name.replace("\\", "/"))
        problems = {
            "leads out of the archive": place.is_absolute() or ".." in place.parts,
            "is no plain file or folder": not (member.isreg() or member.isdir())
            or member.issparse(),
            "is cut short": member.offset_data + member.size > size,
            "is there twice": member.name in members,
            f"comes after {MAX_MEMBERS} others": count >= MAX_MEMBERS,
        }
        for problem in (name for name, found in problems.items() if found):
            raise InputError(
                f"member {member.name[:80]!r} {problem}; expected a few plain files, as scanners "
                f"pack them: {AGAIN}"
            )
        if member.isreg() and not place.name.startswith("."):
            members[member.name] = member
    return members


def _listed(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    count = 0
    try:
        for member in archive:
            count += 1
            yield member
    except Exception as error:
        raise InputError(
            f"a damaged tar archive: what follows its first {count} members is no member; {AGAIN}"
        ) from error
