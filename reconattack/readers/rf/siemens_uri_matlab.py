"""MATLAB export of the Siemens Ultrasound Research Interface: `RfDataDouble` and `FileHeader`.

The layout follows the offline tools for this interface and agrees with a real file's header.
"""

from pathlib import Path

from reconattack.errors import InputError
from reconattack.frames.recording import Recording
from reconattack.readers.containers.matlab_files import list_variables, load_struct, load_variable
from reconattack.readers.layout import Layout, arrange
from reconattack.readers.siemens_header import siemens_recording

SUFFIXES = (".mat",)
SAMPLES, HEADER = "RfDataDouble", "FileHeader"


def recognises(path: Path) -> bool:
    """Whether a MATLAB file is such an export."""
    try:
        return {SAMPLES, HEADER} <= set(list_variables(path))
    except InputError:
        return False


def read(path: Path, layout: Layout) -> Recording:
    """Read the samples, (sample, line) or (sample, line, frame), and the facts in the header.

    Raises
    ------
    InputError
        If the file cannot be read, or the header contradicts itself or describes other lines than
        those of a B-mode frame.
    """
    values = load_variable(path, layout.variable or SAMPLES)
    if isinstance(values, str) or values.ndim == 0:
        raise InputError(f"{SAMPLES} is {values!s:.40}; expected an array of samples")
    order = "sample,line" if values.ndim == 2 else "sample,line,frame"
    return siemens_recording(arrange(values, layout, order), load_struct(path, HEADER))
