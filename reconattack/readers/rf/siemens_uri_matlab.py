"""MATLAB export of the Siemens Ultrasound Research Interface: samples and their `FileHeader`.

The layout follows the offline tools for this interface and agrees with a real file's header. The
samples are `RfDataDouble`; filtered ones may have another name, such as `RfDataFilt`.
"""

from pathlib import Path

from reconattack.errors import InputError
from reconattack.frames.recording import Recording
from reconattack.readers.containers.matlab_files import list_variables, load_struct, load_variable
from reconattack.readers.layout import Layout, arrange
from reconattack.readers.siemens_header import siemens_recording
from reconattack.readers.variables import chosen_variable

SUFFIXES = (".mat",)
COLUMNS = ("variable", "axes")
SAMPLES, HEADER = "RfDataDouble", "FileHeader"
CHUNKS = {"rfbd", "strf"}  # which tell this header from others of its name


def recognises(path: Path) -> bool:
    """Whether a MATLAB file is such an export."""
    try:
        variables = list_variables(path)
        return HEADER in variables and (SAMPLES in variables or _has_chunks(path))
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
    variables = list_variables(path)
    stated = layout.variable or (SAMPLES if SAMPLES in variables else None)
    variable = chosen_variable(stated, variables)
    values = load_variable(path, variable)
    if isinstance(values, str) or values.ndim == 0:
        raise InputError(f"{variable} is {values!s:.40}; expected an array of samples")
    order = "sample,line" if values.ndim == 2 else "sample,line,frame"
    return siemens_recording(arrange(values, layout, order), load_struct(path, HEADER))


def _has_chunks(path: Path) -> bool:
    return load_struct(path, HEADER).keys() >= CHUNKS
