"""Runs of Snakemake, forked with their jobs from one process that has their libraries loaded."""

import atexit
import json
import os
import select
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

SERVER = Path(__file__).with_name("server_of_runs.py")


def of_python() -> dict[str, str]:
    """The variables that Python itself reads when it starts."""
    return {name: value for name, value in os.environ.items() if name.startswith("PYTHON")}


AT_START = of_python()


def forked_run(arguments: list, folder: Path, limit_s: float) -> tuple[int, str]:
    """Exit status of a run, and everything that a person would see on the terminal."""
    with tempfile.NamedTemporaryFile("r") as terminal:
        request = {
            "folder": str(folder),
            "arguments": [str(argument) for argument in arguments],
            "terminal": terminal.name,
            "environment": dict(os.environ),
        }
        server = _server()
        print(json.dumps(request), file=server.stdin, flush=True)
        ended, _, _ = select.select([server.stdout], [], [], limit_s)
        assert ended, f"a run took more than {limit_s} s: {terminal.read()}"
        status = server.stdout.readline()
        assert status, "the server of runs ended"
        return int(status), terminal.read()


@cache
def _server() -> subprocess.Popen:
    server = subprocess.Popen(
        [sys.executable, "-P", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    atexit.register(server.stdin.close)
    return server
