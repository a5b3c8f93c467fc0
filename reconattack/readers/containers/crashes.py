"""Reading in a process apart, where a library's own code may crash on a damaged file.

A crash ends the process that it happens in; HDF5 frees memory twice on one damaged file in some
thousand.
"""

import os
import resource
import signal
from collections.abc import Callable

from reconattack.errors import InputError


def check_survives(read: Callable[[], object]) -> None:
    """Raise InputError if `read` would crash: it is tried in a child of this process.

    The child has this process's memory as it is, so that what crashes here crashes there. What it
    reads or raises is lost with it.
    """
    child = os.fork()
    if child == 0:
        try:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            read()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        raise InputError(
            f"the library that reads it crashes ({signal.Signals(os.WTERMSIG(status)).name}): no "
            "such file, truncated or damaged; export or copy the file again"
        )
