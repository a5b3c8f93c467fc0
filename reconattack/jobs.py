"""The frame around a workflow job: its log, and an error that a person can read."""

import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from threadpoolctl import threadpool_limits

from reconattack.errors import InputError


@contextmanager
def job(log: Path | str) -> Iterator[Callable[[str], None]]:
    """Send everything that is printed to `log`, and a failure to the terminal as well.

    Gives a function that shows a text in both places. An InputError shows its message alone,
    anything else its traceback. Linear algebra runs on one thread, since its results depend on the
    number of threads in the last bit.
    """
    terminal = os.dup(2)
    with open(log, "w", buffering=1) as file, threadpool_limits(limits=1):
        sys.stdout.flush(), sys.stderr.flush()
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        logging.basicConfig(level=logging.INFO, stream=file, format="%(message)s", force=True)

        def show(text: str) -> None:
            os.write(terminal, f"\n{text}\n\n".encode())  # first: a full disk takes no log
            file.write(f"{text}\n")

        try:
            yield show
        except InputError as error:
            show(str(error))
            sys.exit(1)
        except Exception as error:
            show(missing(error) or traceback.format_exc())
            sys.exit(1)


def missing(error: Exception) -> str | None:
    """Of a file that Snakemake had seen and that is gone: what to do."""
    if not isinstance(error, FileNotFoundError) or error.filename is None:
        return None
    return (
        f"{error.filename}: is not there, though a run makes or has it before it starts this job; "
        "start again, and do not remove files while a run works"
    )
