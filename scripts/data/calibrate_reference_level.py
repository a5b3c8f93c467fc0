"""Find the reference level of each scanner that puts its frames into the middle of the window."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.errors import InputError
from reconattack.frames.chunks import readable_frames
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.run.jobs import job
from reconattack.storage import write_table


def calibrate_reference_level(
    chunks: Sequence[str],
    output: str,
    frames: Mapping[str, Sequence[str]],
    initial: Mapping[str, float],
    image_rows: int,
    show: Callable[[str], None],
) -> None:
    """Write and show scanner, number of frames and `reference_level` [dB].

    The level of each named frame is its median inside the sector, compensated by the initial beta;
    a scanner's reference level brings the mean of its frames' levels to the middle of the window.
    """
    wanted = {name for names in frames.values() for name in names}
    levels = {
        name: median_level(frame, initial, image_rows)
        for chunk in chunks
        for name, frame in readable_frames(chunk)
        if name in wanted
    }
    if not wanted:
        raise InputError(
            "no scanner of the run's RF cohort has calibration_frames; expected names of frames "
            "under scanners.<name>.calibration_frames"
        )
    missing = sorted(wanted - set(levels))
    if missing:
        raise InputError(
            f"calibration_frames {', '.join(missing)}: no such frame, or none that could be read; "
            "expected names of the cohorts"
        )
    middle = (initial["alpha_lower"] + initial["alpha_upper"]) / 2
    rows = [
        {
            "scanner": scanner,
            "n_frames": len(names),
            "reference_level": round(middle - np.mean([levels[name] for name in names]), 1),
        }
        for scanner, names in frames.items()
    ]
    table = pd.DataFrame(rows)
    write_table(output, table)
    show(f"{table.to_string(index=False)}\nCopy these into the configuration: {output}")


def median_level(frame: xr.Dataset, initial: Mapping[str, float], image_rows: int) -> float:
    """Median compensated level [dB] of a frame's sector, without its present reference level."""
    levels = Reconstruction(frame, image_rows, others=initial).levels(initial["beta"])
    return float(np.median(levels)) - frame.attrs["reference_level"]


if __name__ == "__main__":
    with job(snakemake.log[0]) as show:
        calibrate_reference_level(
            chunks=snakemake.input.frames,
            output=snakemake.output.table,
            frames=snakemake.params.frames,
            initial=snakemake.params.initial,
            image_rows=snakemake.params.image_rows,
            show=show,
        )
