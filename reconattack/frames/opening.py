"""Opening RF frames one at a time, with errors for a person who calls this."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import xarray as xr

from reconattack.errors import InputError
from reconattack.frames import chunks
from reconattack.frames.frame import SAMPLES, check_frame
from reconattack.frames.picture import check_picture, is_picture
from reconattack.frames.places import place_of


def open_frame(path: Path | str, name: str | None = None) -> xr.Dataset:
    """Open one RF frame of a file that the workflow wrote (`results/frames/*/*.nc`).

    Parameters
    ----------
    path
        The NetCDF file.
    name
        Name of the frame; None if the file has only one.

    Returns
    -------
    xarray.Dataset
        `rf` (depth, angle) for a convex probe, (depth, lateral) for a linear one, float32; of IQ
        data `in_phase` and `quadrature`. Depth and lateral are in m, angle in rad. Attributes:
        `name`, `patient`, `scanner`, `sampling_frequency` and `center_frequency` [Hz],
        `sound_speed` [m/s], `reference_level` [dB], `gain_state`; where known, `label` (1 fatty, 0
        normal) and `fat_fraction` [%]; of a recorded frame also what its samples were before an
        offset, a drift or a time gain was removed (`reconattack.frames.quality.AS_RECORDED`).

    Raises
    ------
    InputError
        If there is no such file or frame, or the frame could not be read.
    """
    names = _frame_names(path)
    if name is None and len(names) > 1:
        raise InputError(f"{path} holds {len(names)} frames; name one of them: {', '.join(names)}")
    return open_frames(path, None if name is None else [name])[0]


def open_frames(path: Path | str, names: Iterable[str] | None = None) -> list[xr.Dataset]:
    """Open RF frames of a file that the workflow wrote, each as `open_frame` does.

    `names` selects frames. None opens all of them, and fails if one of them could not be read.
    """
    known = _frame_names(path)
    wanted = known if names is None else list(names)
    for name in wanted:
        if name not in known:
            raise InputError(f"{path} has no frame {name!r}; expected one of {', '.join(known)}")
    frames = dict(chunks.open_frames(path, wanted))
    return checked_frames([frames[name].assign_attrs(name=name) for name in wanted])


def checked_frames(frames: xr.Dataset | Sequence[xr.Dataset]) -> list[xr.Dataset]:
    """A frame or several as a list; raises InputError unless all keep their contract."""
    listed = [frames] if isinstance(frames, xr.Dataset) else list(frames)
    for frame in listed:
        if not isinstance(frame, xr.Dataset):
            raise InputError(
                f"found a {type(frame).__name__}; expected an RF frame as open_frame, read_frame "
                "or simulate_frame give it"
            )
        if is_picture(frame) and "error" not in frame.attrs:
            check_picture(frame)
            continue
        if "error" not in frame.attrs and not set(SAMPLES) & set(frame.data_vars):
            raise InputError(
                f"found a dataset with {', '.join(map(str, frame.data_vars)) or 'nothing'}; "
                "expected an RF frame, which has rf, or in_phase and quadrature"
            )
        check_frame(frame)
    return listed


def frame_name(frame: xr.Dataset) -> str:
    """Name of an RF frame: its attribute `name`, or its patient's."""
    return str(frame.attrs.get("name", frame.attrs["patient"]))


def _frame_names(path: Path | str) -> list[str]:
    """Names of the frames of a file."""
    if not Path(path).is_file():
        raise InputError(
            f"{path}: expected a file such as results/frames/*/*.nc, and there is {place_of(path)}"
        )
    try:
        names = [name for name, _ in chunks.frame_attributes(path)]
    except OSError as error:
        raise InputError(
            f"{path}: no file of NetCDF, or a damaged one; read_frame reads files of other formats"
        ) from error
    if not names:
        raise InputError(f"{path}: found no frames; expected a file such as results/frames/*/*.nc")
    return names
