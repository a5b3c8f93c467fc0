"""The frame around a workflow job: its log, and an error that a person can read."""

import gc
import inspect
import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from reconattack.errors import InputError
from reconattack.storage import located, trace

OWN = ("attributes", "configuration", "outputs", "show")  # what a job gives by itself
LOGS = "results/logs/"


def run_rule(function: Callable, snakemake: Any) -> None:
    """Run the entry function of a script as the job of its rule.

    Each parameter of the function takes the rule's input, output, param or wildcard of the same
    name; one that no rule names keeps its default. An input or param that lists several values is
    a list, and a path in a param is the path where the job finds that input. The job itself gives
    `attributes`, which trace a NetCDF result, `configuration`, which is the whole of it, `outputs`,
    a dict of the rule's named outputs, and `show`, which shows a text on the terminal and in the
    log.

    Parameters
    ----------
    function
        The entry function.
    snakemake
        The object of that name that Snakemake gives to a script.

    Raises
    ------
    ImportError
        If the job imports another copy of this library than that beside the script.
    TypeError
        If the rule has no value for a parameter, or two.
    """
    gc.freeze()  # what was imported stays: the collector need not search it again and again
    with job(snakemake.log[0]) as show:
        check_library(snakemake.scriptdir)
        function(**arguments(function, snakemake, show))
    # The interpreter would search everything that the job made for cycles before it ends: 0.2 s.
    gc.disable()
    gc.freeze()


def check_library(scriptdir: Path | str) -> None:
    """Raise ImportError unless this library is that of the checkout with a script's folder.

    In a container the checkout may have another path, or be out of sight: then nothing is known.
    """
    expected = Path(scriptdir).resolve().parents[1] / "reconattack" / "run" / "jobs.py"
    if expected.exists() and not expected.samefile(__file__):
        raise ImportError(
            f"the job imports {__file__}; expected {expected}. A workflow can import the rules of "
            "one version of reconattack only"
        )


def arguments(function: Callable, snakemake: Any, show: Callable[[str], None]) -> dict[str, Any]:
    """Values for the parameters of a script's entry function, by name."""
    params = located(dict(snakemake.params.items()), snakemake.input, place_of(snakemake.log[0]))
    named = [
        *(dict(part.items()) for part in (snakemake.input, snakemake.output)),
        *(params, dict(snakemake.wildcards.items())),
    ]
    values = {}
    for parameter in inspect.signature(function).parameters.values():
        name = parameter.name
        found = [part[name] for part in named if name in part]
        if name in OWN:
            found.append(_own(name, snakemake, show))
        if len(found) > 1 or not (found or parameter.default is not parameter.empty):
            how = "more than one" if found else "no"
            raise TypeError(
                f"{function.__name__}: {how} input, output, param or wildcard of rule "
                f"{snakemake.rule} is called {name}"
            )
        if found:
            (value,) = found
            values[name] = list(value) if isinstance(value, list) else value
    return values


def _own(name: str, snakemake: Any, show: Callable[[str], None]) -> Any:
    if name == "attributes":
        place = place_of(snakemake.log[0])
        return trace(dict(snakemake.params.items()), list(snakemake.input), place)
    if name == "configuration":
        return snakemake.config
    return dict(snakemake.output.items()) if name == "outputs" else show


def place_of(log: str) -> str:
    """What stands before the names of results in the paths of a job, seen from its log.

    The log of every rule is in `results/logs`. The prefix of a module stands before it where
    another workflow imports this one, and a folder of Snakemake's where results are in object
    storage.
    """
    return str(log).rpartition(LOGS)[0]


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
        logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells of each glyph in a PDF

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
