"""The C code of the passes over pixels: compiled once for a machine, and never needed.

Each caller also has the form in NumPy, which gives the same bits: without a C compiler a run takes
longer and ends in the same results. `passes.c` is compiled by the first process that needs it, in
less than a second. The library is kept beside Python's own compiled modules: whoever can write
there can already change the code that runs. Its name has the digest of the source, so that code of
another version is never loaded. The environment may have it as well, as that of a container:

    python reconattack/reconstruction/passes.py FOLDER
"""

import ctypes
import hashlib
import importlib.util
import logging
import os
import platform
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

log = logging.getLogger(__name__)

SOURCE = Path(__file__).with_suffix(".c")
# No fused products, no other order of sums: every processor and compiler gives the same bits.
FLAGS = ("-O3", "-ffp-contract=off", "-fno-math-errno", "-fPIC", "-shared")
ENVIRONMENT = Path("lib/reconattack")  # in sys.prefix
BLOCK = 32  # as in passes.c


class Numbers:
    """An argument that is an array of one type, given to C as the address of its first number."""

    def __init__(self, dtype: type) -> None:
        self._dtype = np.dtype(dtype)

    def from_param(self, array: np.ndarray) -> Any:
        """What ctypes calls for an argument.

        Raises
        ------
        TypeError
            If the array is of another type, or its numbers do not lie one after the other.
        """
        if array.dtype != self._dtype or not array.flags.c_contiguous:
            raise TypeError(f"{array.dtype}, {array.flags}; expected contiguous {self._dtype}")
        try:
            return ctypes.byref(ctypes.c_char.from_buffer(array))
        except (TypeError, ValueError):  # read-only, or empty: the slower way
            return ctypes.c_void_p(array.__array_interface__["data"][0])


BYTES, INDICES = Numbers(np.uint8), Numbers(np.int32)
PLACES, SINGLES, DOUBLES = Numbers(np.int64), Numbers(np.float32), Numbers(np.float64)
COUNT, NUMBER, DOUBLE = ctypes.c_int64, ctypes.c_float, ctypes.c_double
LEVELS = DOUBLES, DOUBLES, INDICES  # of a proof: constants and slopes of all pixels, some pixels
ARGUMENTS = {
    "draw": (SINGLES, SINGLES, COUNT, PLACES, COUNT, *[NUMBER] * 7, BYTES, COUNT),
    "interpolate": (
        *(SINGLES, COUNT, INDICES, INDICES, SINGLES, SINGLES, COUNT),
        *(NUMBER, NUMBER, SINGLES, SINGLES),
    ),
    "compare": (BYTES, BYTES, COUNT, COUNT, PLACES, COUNT, PLACES),
    "resize": (
        *(BYTES, COUNT, COUNT, COUNT),
        *(INDICES, INDICES, SINGLES, COUNT) * 2,
        *(SINGLES, SINGLES, SINGLES),
    ),
    "raise_levels": (SINGLES, INDICES, COUNT, SINGLES, NUMBER, NUMBER, NUMBER),
    "turn": (DOUBLES, COUNT, COUNT, DOUBLES, DOUBLES),
    "modulus": (DOUBLES, DOUBLES, COUNT, COUNT, COUNT, SINGLES, COUNT, COUNT),
    "add_pixels": (
        *(*LEVELS, COUNT, DOUBLES, DOUBLES, COUNT, PLACES, INDICES, DOUBLES),
        *(BYTES, *[DOUBLES] * 5),
    ),
    "weigh_pixels": (DOUBLES, INDICES, COUNT, PLACES, INDICES, DOUBLES, DOUBLES),
    "extent": (*LEVELS, COUNT, DOUBLE, DOUBLES),
    "group_pixels": (
        *(*LEVELS, DOUBLES, COUNT, DOUBLES, COUNT, INDICES, COUNT, INDICES),
        *(DOUBLES, DOUBLES, PLACES, PLACES, DOUBLES),
    ),
    "least_steps": (DOUBLES, DOUBLES, PLACES, COUNT, DOUBLE, DOUBLE, DOUBLES),
}


@cache
def passes() -> ctypes.CDLL | None:
    """The functions of `passes.c`; None if they cannot be compiled or loaded here."""
    name = library_name()
    own = Path(importlib.util.cache_from_source(SOURCE)).parent / name
    file = next((file for file in (Path(sys.prefix, ENVIRONMENT, name), own) if file.exists()), own)
    try:
        if not file.exists():
            compile_passes(file)
        return loaded(file)
    except (OSError, subprocess.SubprocessError) as error:
        log.info("images are computed by NumPy, which takes longer: %s", error)
        return None


def loaded(file: Path) -> ctypes.CDLL:
    """Compiled functions, which check the types of their arguments.

    Raises
    ------
    OSError
        If the file is no library of this machine.
    """
    library = ctypes.CDLL(str(file))
    for function, arguments in ARGUMENTS.items():
        getattr(library, function).argtypes = arguments
        getattr(library, function).restype = None
    return library


def library_name() -> str:
    """File name of the compiled code: the machine that it is for, and the digest of its source."""
    digest = hashlib.sha256(SOURCE.read_bytes() + " ".join(FLAGS).encode()).hexdigest()
    return f"passes-{sys.platform}-{platform.machine()}-{digest[:32]}.so"


def compile_passes(file: Path) -> None:
    """Compile `passes.c`; a file is there as a whole or not at all.

    Raises
    ------
    OSError, subprocess.SubprocessError
        If there is no compiler, it fails, or the folder cannot be written to.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        raise FileNotFoundError("no C compiler (cc) is on the PATH")
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".tmp-{os.getpid()}-{file.name}")
    try:
        # No shell reads it, and its arguments are constants and paths of this package.
        subprocess.run(  # noqa: S603
            [compiler, *FLAGS, "-o", temporary, SOURCE, "-lm"],
            check=True,
            capture_output=True,
            timeout=60,
        )
        os.replace(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)


if __name__ == "__main__":
    compile_passes(Path(sys.argv[1]) / library_name())
