"""Compare this checkout with another commit: the same work in turns, each in its own process.

    python -m benchmarks.before COMMIT

The commit is checked out into a temporary folder. Time is that of the processor. A grid and attacks
need a finished run, whose frames and network both sides take. The last row is a whole process that
imports what an attack job does, and attacks: its time and its largest memory.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measuring import OUT, ROOT, show_and_keep, spread
from reconattack.run.processor import keep_to_shared_instructions

PROGRAM = ROOT / "benchmarks" / "peers" / "work.py"
OF_AN_IMAGE = ("another setting", "from RF")
OF_A_RUN = (
    *("grid", "the paper's attack", "minimal", "accidental", "lattice of the explorer"),
    "corners",
)
PROCESSES = 3  # turns of whole processes
BEFORE, NOW = "before", "now"


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """A folder with another commit of this repository."""
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder, "checkout")
        _git("worktree", "add", "--quiet", "--detach", checkout, commit)
        try:
            yield checkout
        finally:
            _git("worktree", "remove", "--force", checkout)


def measure(checkouts: dict[str, Path], results: Path | None, repeats: int) -> list[dict[str, Any]]:
    """A row for each piece of work: milliseconds of both checkouts, and `before` over `now`.

    Parameters
    ----------
    checkouts
        The two folders, by `BEFORE` and `NOW`.
    results
        Of a finished run; None leaves grid and attacks out.
    repeats
        Turns, after one that is not counted.
    """
    works = OF_AN_IMAGE + (OF_A_RUN if results else ())
    with ExitStack() as ending:
        sides = {
            name: ending.enter_context(_process(path, results)) for name, path in checkouts.items()
        }
        turns = [
            {work: {name: _ask(side, work) for name, side in sides.items()} for work in works}
            for _ in range(repeats + 1)
        ]
    rows = [_row(work, [turn[work] for turn in turns[1:]]) for work in works]
    work = works[-1]
    whole = [
        {name: _whole_process(path, results, work) for name, path in checkouts.items()}
        for _ in range(PROCESSES)
    ]
    seconds, megabytes = (
        [{name: used[place] for name, used in turn.items()} for turn in whole] for place in (0, 1)
    )
    memory = {f"{name} MB": spread([turn[name] for turn in megabytes]) for name in checkouts}
    return [*rows, _row(f"a process with {work}", seconds) | memory]


def _row(work: str, turns: Sequence[dict[str, float]]) -> dict[str, Any]:
    ms = {name: [1e3 * turn[name] for turn in turns] for name in (BEFORE, NOW)}
    return {
        "work": work,
        **{f"{name} ms": spread(values) for name, values in ms.items()},
        "before over now": spread(np.divide(ms[BEFORE], ms[NOW])),
    }


def _start(checkout: Path, results: Path | None) -> subprocess.Popen:
    # No shell reads it, and its arguments are folders of whoever starts the benchmark.
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-P", PROGRAM, str(results or "")],  # -P: no module beside the program
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@contextmanager
def _process(checkout: Path, results: Path | None) -> Iterator[subprocess.Popen]:
    process = _start(checkout, results)
    try:
        yield process
    finally:
        process.communicate()


def _ask(process: subprocess.Popen, work: str) -> float:
    """Seconds of a piece of work in a process."""
    print(work, file=process.stdin, flush=True)
    line = process.stdout.readline()
    if not line:
        sys.exit(f"the process that was asked for {work} has ended; it says why above")
    return float(line)


def _whole_process(checkout: Path, results: Path | None, work: str) -> tuple[float, float]:
    """Processor time [s] and largest memory [MB] of a process that does one piece of work."""
    process = _start(checkout, results)
    _ask(process, work)
    process.stdin.close()
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    process.stdout.close()
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def _git(*arguments: str | Path) -> None:
    # No shell reads it, and the commit is that of whoever starts the benchmark.
    subprocess.run([shutil.which("git"), *arguments], cwd=ROOT, check=True)  # noqa: S603


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare with the commit that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("commit")
    parser.add_argument(
        "--results", type=Path, default=Path("results"), help="results of a finished run"
    )
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args(arguments)
    results = chosen.results.resolve()
    keep_to_shared_instructions()  # as jobs do
    with checked_out(chosen.commit) as before:
        checkouts = {BEFORE: before, NOW: ROOT}
        rows = measure(checkouts, results if results.is_dir() else None, chosen.repeats)
    show_and_keep("before", rows, chosen.out)


if __name__ == "__main__":
    main()
