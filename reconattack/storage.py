"""Files: written whole or not at all, and traceable to what made them."""

import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from reconattack import __version__
from reconattack.errors import InputError

if TYPE_CHECKING:  # slow to import, and tables do without it
    import xarray as xr

UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)
FULL = 2**20  # bytes: a disk with less room is taken for full where a file cannot be written
BLOCK = 2**20  # bytes that are looked through at once
RESULTS = "results/"  # what the name of every result begins with
NAMES = dict.fromkeys(("model", "first_model", "second_model", "attack", "frame", "patient"), str)


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it to `path` if the block ends well.

    The process number in the temporary name keeps an orphaned job from touching a newer one's file.
    What a killed job left of this file is removed.

    Raises
    ------
    InputError
        If the disk is full or may not be written to. What was at `path` is still there.
    """
    path = Path(path)
    temporary = path.with_name(f".tmp-{os.getpid()}-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(path)
        yield temporary
        os.replace(temporary, path)
    except (OSError, RuntimeError) as error:
        reason = _why_not_written(path, error)
        if reason is None:
            raise
        raise InputError(
            f"{path}: cannot be written: {reason}; make room or allow it, then start again: what "
            "is finished is kept"
        ) from error
    finally:
        if temporary.exists():
            temporary.unlink()


def write_dataset(path: Path | str, dataset: "xr.Dataset", attributes: Mapping[str, str]) -> None:
    """Write one dataset as NetCDF with the attributes that trace it."""
    with replacing(path) as temporary:
        dataset.assign_attrs(attributes).to_netcdf(temporary, engine="netcdf4")


def write_table(path: Path | str, table: pd.DataFrame) -> None:
    """Write a table as CSV in UTF-8 without its index.

    A byte order mark stands first if there are signs beyond ASCII, so that spreadsheet programs do
    not take them for others.
    """
    with replacing(path) as temporary:
        table.to_csv(temporary, index=False)
        if not _is_ascii(temporary):
            table.to_csv(temporary, index=False, encoding="utf-8-sig")


def read_table(path: Path | str, dtype: Mapping[str, Any] | None = None, **options) -> pd.DataFrame:
    """Read a table that `write_table` wrote.

    Names stay text, also where they look like a number (patients 7 and 007) or like nothing (NA):
    nothing but an empty cell is missing. `dtype` and `options` are those of `pandas.read_csv`.
    """
    return pd.read_csv(
        path,
        dtype=NAMES | dict(dtype or {}),
        keep_default_na=False,
        na_values=[""],
        low_memory=False,
        **options,
    )


def trace(params: Mapping[str, Any], inputs: list[str], place: str = "") -> dict[str, str]:
    """The attributes that every NetCDF result carries.

    `params_hash` covers the params of the step, its library digest among them; `source` names the
    inputs with their SHA-256. Neither holds a time, a host or an absolute path: inputs that are
    given by one are named from the folder that they have in common, and results by their name in
    the run.

    Parameters
    ----------
    params
        The params of the step.
    inputs
        Paths of its inputs.
    place
        What stands before the names of results in paths, with the slash at its end: the prefix of a
        module, or the folder of copies from object storage.
    """
    names = {path: _name_in_run(path, place) for path in inputs}
    outside = [os.path.dirname(name) for name in names.values() if os.path.isabs(name)]
    common = os.path.commonpath(outside) if outside else ""
    named = _each_text(dict(params), lambda text: _name_in_run(text, place))
    canonical = json.dumps(named, sort_keys=True, default=str)
    return {
        "reconattack_version": __version__,
        "params_hash": hashlib.sha256(canonical.encode()).hexdigest(),
        "source": json.dumps(
            {
                os.path.relpath(name, common) if os.path.isabs(name) else name: sha256(path)
                for path, name in names.items()
            }
        ),
    }


def located(value: Any, inputs: Iterable[str], place: str = "") -> Any:
    """The same lists and dicts, with the paths where a job finds its inputs.

    A result's name is its path within a run's folder. Params name a result so, while the path of
    the input begins with `place` (`trace`).
    """
    paths = {_name_in_run(path, place): str(path) for path in inputs}
    return _each_text(value, lambda text: paths.get(text, text))


def sha256(path: Path | str) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_ascii(path: Path) -> bool:
    with open(path, "rb") as file:
        return all(block.isascii() for block in iter(lambda: file.read(BLOCK), b""))


def _remove_leftovers(path: Path) -> None:
    own = re.compile(rf"\.tmp-\d+-{re.escape(path.name)}")
    for entry in os.scandir(path.parent):
        if own.fullmatch(entry.name):
            Path(entry.path).unlink(missing_ok=True)


def _why_not_written(path: Path, error: Exception) -> str | None:
    """What keeps a file from being written, in the system's words; None if it is something else.

    On a full disk NetCDF speaks of an HDF error or of a permission.
    """
    folder = path.parent
    if folder.is_dir() and shutil.disk_usage(folder).free < FULL:
        return os.strerror(errno.ENOSPC)
    at_fault = str(getattr(error, "filename", None) or folder)
    if getattr(error, "errno", None) in UNWRITABLE and at_fault.startswith(str(folder)):
        return os.strerror(error.errno)
    return None


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    """The same lists and dicts with each text in them changed, keys of dicts as well."""
    if isinstance(value, Mapping):
        return {_each_text(key, change): _each_text(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_each_text(item, change) for item in value]
    return change(value) if isinstance(value, str) else value


def _name_in_run(path: str, place: str) -> str:
    """Name of a result, whose path begins with `place`; any other path as it is."""
    name = str(path).removeprefix(place)
    return name if name.startswith(RESULTS) else str(path)
