"""Write the zea_channels_*.hdf5 files beside this script with the zea toolbox itself (README.md).

Run it in the repository's folder, with that folder on PYTHONPATH, by a Python that has zea 0.1.8,
hdf5plugin and SciPy; the tests only read the files.
"""

from pathlib import Path

import numpy as np
from zea import File
from zea.data import spec

from tests.channel_points import (
    CENTER_FREQUENCY,
    DEMODULATION,
    SAMPLING_FREQUENCY,
    SOUND_SPEED,
    START,
    demodulated,
    echoes,
    elements,
    waves,
)

HERE = Path(__file__).parent
SCALE = 2000  # of the largest echo


def write(name, probe, kind, channels):
    """Two frames; the second one is the first one negated."""
    x, z = elements(probe)
    delays, _ = waves(kind, x, z)
    received = echoes(x, z, delays)
    parts = [received]
    if channels == 2:
        iq = demodulated(received)
        parts = [iq.real, iq.imag]
    raw = np.rint(SCALE * np.stack(parts, axis=-1)).astype(np.int16).swapaxes(1, 2)
    transmits, focus = len(delays), np.inf if kind == "plane" else -0.012
    File.create(
        HERE / f"zea_channels_{name}.hdf5",
        data={"raw_data": np.stack([raw, -raw])},
        scan={
            "sampling_frequency": np.float32(SAMPLING_FREQUENCY),
            "center_frequency": np.float32(CENTER_FREQUENCY),
            "demodulation_frequency": np.float32(DEMODULATION),
            "initial_times": np.full(transmits, START, np.float32),
            "t0_delays": delays.astype(np.float32),
            "tx_apodizations": np.ones(delays.shape, np.float32),
            "focus_distances": np.full(transmits, focus, np.float32),
            "transmit_origins": np.zeros((transmits, 3), np.float32),
            "polar_angles": np.zeros(transmits, np.float32),
            "sound_speed": np.float32(SOUND_SPEED),
        },
        probe={
            "name": "phantom probe",
            "type": {"linear": "linear", "convex": "curved"}[probe],
            "probe_geometry": np.stack([x, 0 * x, z], axis=-1).astype(np.float32),
        },
        compression="gzip",
        overwrite=True,
        ignore_warnings=True,
    )


if __name__ == "__main__":
    spec.PAGED_LAYOUT = {"libver": ("v110", "v114")}  # no pages of 64 KiB, small headers
    write("linear_rf", "linear", "plane", 1)
    write("convex_iq", "convex", "diverging", 2)
