"""Write the zea_*.hdf5 files beside this script with the zea toolbox itself (see README.md).

Run it with a Python that has zea 0.1.8 and hdf5plugin; the tests only read the files.
"""

from pathlib import Path

import numpy as np
from zea import File
from zea.beamform.pixelgrid import cartesian_pixel_grid, polar_pixel_grid
from zea.data import spec

HERE = Path(__file__).parent
FRAMES, ROWS, LINES = 2, 80, 16
SOUND_SPEED, RADIUS, DEEPEST = 1540.0, 0.06, 0.14  # m/s, m, m
TARGET_ROW, TARGET_LINE = 60, 11


def distinct_numbers(channels):
    shape = (FRAMES, ROWS, LINES, channels)
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape) - 5000


def point_target():
    row, line = np.mgrid[:ROWS, :LINES]
    blob = np.exp(-((row - TARGET_ROW) ** 2) / 4 - (line - TARGET_LINE) ** 2)
    return np.rint(10_000 * np.stack([0.6 * blob, 0.8 * blob], axis=-1))


def scan(transmits=3, **other):
    return {
        "sampling_frequency": np.float32(20e6),
        "center_frequency": np.float32(2.5e6),
        "demodulation_frequency": np.float32(5e6),
        "initial_times": np.zeros(transmits, np.float32),
        "t0_delays": np.zeros((transmits, 8), np.float32),
        "tx_apodizations": np.ones((transmits, 8), np.float32),
        "focus_distances": np.full(transmits, np.inf, np.float32),
        "transmit_origins": np.zeros((transmits, 3), np.float32),
        "polar_angles": np.zeros(transmits, np.float32),
        "sound_speed": np.float32(SOUND_SPEED),
        **other,
    }


def write_convex_iq():
    """IQ on a polar grid of a curved probe, distinct numbers and a point target; Blosc or gzip."""
    values = distinct_numbers(2)
    values[1] = point_target()
    grid = polar_pixel_grid((-0.5, 0.5), (0.002, DEEPEST), ROWS, LINES, RADIUS)
    for name, compression in (("convex_iq", "gzip"), ("blosc", spec.DEFAULT_COMPRESSION)):
        File.create(
            HERE / f"zea_{name}.hdf5",
            data={"beamformed_data": {"values": values, "coordinates": grid.astype(np.float32)}},
            scan=scan(),
            probe={"name": "phantom probe", "type": "curved"},
            metadata={"subject": {"id": "p1", "type": "phantom", "fat_percentage": np.float32(23)}},
            compression=compression,
            overwrite=True,
            ignore_warnings=True,
        )


def write_linear_rf():
    """RF, one sample per recorded one, with a gain curve; a second track has it negated."""
    depth = SOUND_SPEED / (2 * 20e6) * np.arange(ROWS)
    grid = cartesian_pixel_grid(
        (-0.019, 0.019), depth[[0, -1]], grid_size_x=LINES, grid_size_z=ROWS
    ).astype(np.float32)
    values = distinct_numbers(1)
    gain = np.linspace(1, 10, ROWS, dtype=np.float32)
    focused = {"beamformed_data": {"values": values, "coordinates": grid}}
    plane_wave = {"beamformed_data": {"values": -values, "coordinates": grid}}
    File.create(
        HERE / "zea_linear_rf.hdf5",
        tracks=[
            {"label": "focused", "data": focused, "scan": scan(tgc_gain_curve=gain)},
            {"label": "planewave", "data": plane_wave},
        ],
        compression="gzip",
        overwrite=True,
        ignore_warnings=True,
    )


if __name__ == "__main__":
    spec.PAGED_LAYOUT = {"libver": ("v110", "v114")}  # no pages of 64 KiB, small headers
    write_convex_iq()
    write_linear_rf()
