"""Channel data in a NumPy array: `.npy`, or `.npz` with the array's name in the column `variable`.

The frame table states the order of the axes in the column `axes`, the scanner of the configuration
states the probe and the waves. An `.npz` may hold arrays with these names, which are then used too:
element_x, element_z [m], transmit_delay (transmit, element), start_time [s], sampling_frequency,
center_frequency, demodulation_frequency [Hz], sound_speed [m/s] and probe_radius [m].
"""

from pathlib import Path

from reconattack.frames.channel_recording import ChannelRecording
from reconattack.readers.channel_arrays import NAMES, recording_of_arrays
from reconattack.readers.containers.numpy_files import read_arrays
from reconattack.readers.layout import Layout

SUFFIXES = (".npy", ".npz")
COLUMNS = ("variable", "axes")


def read(path: Path, layout: Layout) -> ChannelRecording:
    """Read the samples, and what else the file states.

    Raises
    ------
    InputError
        If the file cannot be read, holds objects, one array cannot be chosen, or its axes are not
        stated.
    """
    samples, stated = read_arrays(path, layout.variable, NAMES)
    return recording_of_arrays(samples, layout, stated)
