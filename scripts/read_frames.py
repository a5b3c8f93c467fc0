"""Read the RF frames of one chunk from the files of the frame table."""

import logging
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from reconattack.errors import InputError
from reconattack.frames import build_frame, unreadable_frame
from reconattack.jobs import job
from reconattack.readers import read_frames as read_samples
from reconattack.scanners import Scanner
from reconattack.storage import trace, write_chunk

log = logging.getLogger(__name__)


def read_frames(
    output: str,
    rows: Sequence[Mapping],
    scanners: Mapping[str, Mapping],
    attributes: Mapping[str, str],
) -> None:
    """Read every row's frame; one that cannot be used takes its place with an `error`."""
    described = {name: Scanner(**fields) for name, fields in scanners.items()}
    files: dict[str, list[np.ndarray] | InputError] = {}
    frames = {}
    for row in rows:
        scanner = described[row["scanner"]]
        if row["path"] not in files:
            files[row["path"]] = _samples_or_error(row, scanner)
        frames[row["frame"]] = _frame_or_error(row, scanner, files[row["path"]])
    write_chunk(output, frames, attributes)


def _samples_or_error(row: Mapping, scanner: Scanner) -> list[np.ndarray] | InputError:
    try:
        return read_samples(row["path"], scanner, row["frames"])
    except InputError as error:
        return error


def _frame_or_error(
    row: Mapping, scanner: Scanner, samples: list[np.ndarray] | InputError
) -> xr.Dataset:
    known = {name: row[name] for name in ("patient", "label", "fat_fraction")}
    try:
        if isinstance(samples, InputError):
            raise samples
        return build_frame(samples[row["index"]], scanner, **known)
    except InputError as error:
        message = f"frame {row['frame']} ({row['path']}): {error}"
        log.warning(message)
        return unreadable_frame(message, scanner.name, row["patient"], row["label"])


if __name__ == "__main__":
    with job(snakemake.log[0]):
        read_frames(
            output=snakemake.output.frames,
            rows=snakemake.params.rows,
            scanners=snakemake.params.scanners,
            attributes=trace(dict(snakemake.params.items()), list(snakemake.input)),
        )
