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
            file.write(f"{text}\n")
            os.write(terminal, f"\n{text}\n\n".encode())

        try:
            yield show
        except Exception as error:
            story = str(error) if isinstance(error, InputError) else traceback.format_exc()
            show(story)
            sys.exit(1)
