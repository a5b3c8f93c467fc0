"""The reference level that puts the frames of a scanner into the middle of the window."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.errors import InputError
from reconattack.frames.picture import is_picture
from reconattack.reconstruction.reconstruction import Reconstruction


def reference_levels(
    frames: Iterable[tuple[str, xr.Dataset]],
    calibration_frames: Mapping[str, Sequence[str]],
    initial: Mapping[str, float],
    rows: int,
) -> pd.DataFrame:
    """Reference level of each scanner.

    It moves the mean of the `median_level` of the scanner's frames to the middle of the window.

    Parameters
    ----------
    frames
        Name and RF frame; those that are no calibration frame are skipped.
    calibration_frames
        Names of the frames of each scanner from which its level is computed.
    initial
        Initial setting of the paper's parameters.
    rows
        Height of the images in pixels.

    Returns
    -------
    pandas.DataFrame
        A row per scanner: scanner, n_frames, reference_level [dB].

    Raises
    ------
    InputError
        If there is no calibration frame, or one is not among `frames`.
    """
    wanted = {name for names in calibration_frames.values() for name in names}
    if not wanted:
        raise InputError(
            "no scanner of run.cohort has calibration_frames; expected names of frames under "
            "scanners.<name>.calibration_frames; finished pictures need none"
        )
    levels = {name: median_level(frame, initial, rows) for name, frame in frames if name in wanted}
    missing = sorted(wanted - set(levels))
    if missing:
        raise InputError(
            f"calibration_frames {', '.join(missing)}: no such frame, or none that could be read; "
            "expected names of frames that the scanner recorded"
        )
    middle = (initial["alpha_lower"] + initial["alpha_upper"]) / 2
    return pd.DataFrame(
        {
            "scanner": scanner,
            "n_frames": len(names),
            "reference_level": round(middle - np.mean([levels[name] for name in names]), 1),
        }
        for scanner, names in calibration_frames.items()
    )


def median_level(frame: xr.Dataset, initial: Mapping[str, float], rows: int) -> float:
    """Median compensated level [dB] of a frame's sector, without its present reference level."""
    if is_picture(frame):
        raise InputError(
            f"the frame of patient {frame.attrs['patient']} is a finished picture, whose levels "
            "follow from its own dynamic range; expected an RF frame: pictures need no "
            "reference_level"
        )
    levels = Reconstruction(frame, rows, others=initial).levels(initial["beta"])
    return float(np.median(levels)) - frame.attrs["reference_level"]
