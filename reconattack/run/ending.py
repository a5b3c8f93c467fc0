"""The end of a run on the terminal: its answer, and where the pages are."""

import atexit
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

NOTHING_TO_DO = "Nothing to be done"
SNAKEMAKE = "snakemake.logging"


def ending(answer: Path | str, pages: Sequence[str]) -> str:
    """The answer of a run, and where to read on.

    Parameters
    ----------
    answer
        File with the answer in a few lines. In object storage it is not here, and is left out.
    pages
        The pages of the run, the summary page first.
    """
    known = os.path.exists(answer)
    said = [Path(answer).read_text(encoding="utf-8")] if known else []
    place = "" if known else " (in the object storage)"
    return "\n".join(["", *said, f"Open in a browser: {', '.join(pages)}{place}\n"])


def if_nothing_is_done(say: Callable[[], str]) -> None:
    """Print what `say` gives, last of all, if Snakemake logs that nothing had to be done.

    Snakemake calls neither onstart nor onsuccess then. `say` is called in the folder of the run,
    which Snakemake leaves before it ends.
    """
    logging.getLogger(SNAKEMAKE).addHandler(_Watch(say))


class _Watch(logging.Handler):
    def __init__(self, say: Callable[[], str]) -> None:
        super().__init__(logging.INFO)
        self.say = say

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith(NOTHING_TO_DO):
            atexit.register(sys.stdout.write, self.say())
