"""A trial read in a child process, because a library may crash on a damaged file.

A crash ends its whole process. HDF5 frees memory twice on about one damaged file in a thousand.
"""

import faulthandler
import os
import resource
import signal
from collections.abc import Callable

from reconattack.errors import InputError


def check_survives(read: Callable[[], object]) -> None:
    """Raise InputError if `read` crashes in a child of this process.

    The child is a copy of this process, so that it crashes if this process would. Its results and
    exceptions are lost.
    """
    child = os.fork()
    if child == 0:
        try:
            faulthandler.disable()  # the error below names the crash
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            read()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        raise InputError(
            f"the library that reads it crashes ({signal.Signals(os.WTERMSIG(status)).name}), as "
            "it does on damaged files; export or copy the file again"
        )
