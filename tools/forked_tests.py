"""Run the same tests again and again, each time in a fork that has the libraries loaded.

    forked_tests.py TEST_FILE...

Each line of standard input is a limit in seconds. For each line the tests run on the current code
of the project, and `survived`, `killed` or `timeout` is written. The process collects the tests
once, which loads everything that they and the code import. It then forgets the modules in its
folder, so every fork reads these again. Loading the libraries takes seconds, most test files one.
"""

import multiprocessing
import os
import resource
import sys
from pathlib import Path

import pytest

MOST_MEMORY = 16 * 2**30  # of address space, for a mutant that fills a list for ever


def main(files: list[str]) -> None:
    """Answer each line of standard input."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    pytest.main(["--collect-only", "-qq", "-p", "no:cacheprovider", *files])
    forget(Path.cwd())
    for line in sys.stdin:
        print(outcome(files, float(line)), file=answers, flush=True)


def forget(folder: Path) -> None:
    """Let every module of a folder be imported anew, but not this one."""
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name != "__main__" and file and folder in Path(file).parents:
            del sys.modules[name]


def outcome(files: list[str], limit: float) -> str:
    """What became of the tests in a fork."""
    fork = multiprocessing.get_context("fork").Process(target=run, args=(files,))
    fork.start()
    fork.join(limit)
    if fork.is_alive():
        fork.kill()
        fork.join()
        return "timeout"
    return "survived" if fork.exitcode == 0 else "killed"


def run(files: list[str]) -> None:
    """Run the tests up to the first failure and exit with what pytest says."""
    sys.stdin = open(os.devnull)  # noqa: SIM115
    sys.exit(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *files]))


if __name__ == "__main__":
    main(sys.argv[1:])
