"""Runs of Snakemake, each in a child of one process that has its libraries loaded.

Half of a dry run is the import of Snakemake and of what the workflow's planning needs from outside
this project. Nothing of the project itself is loaded before a child is forked, and jobs are
processes of their own, as they always are.
"""

import atexit
import json
import os
import select
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

SERVER = """
import atexit, json, os, sys
import jsonschema, nbformat, netCDF4, numpy, pandas, requests, scipy.fft, scipy.sparse, smart_open
import snakemake.cli, snakemake.storage, snakemake.workflow, sqlmodel, xarray, yaml

snakemake.cli.get_argument_parser()  # which loads the plug-ins

def run(folder, arguments, terminal, environment):
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path.insert(0, folder)
    sys.argv[:] = ["snakemake", *arguments]
    written = os.open(terminal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(written, 1), os.dup2(written, 2)
    snakemake.cli.main()

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            run(**json.loads(line))
        except SystemExit as ended:
            status = ended.code or 0
        finally:
            atexit._run_exitfuncs()
            sys.stdout.flush(), sys.stderr.flush()
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert "reconattack" not in sys.modules
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


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
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    atexit.register(server.stdin.close)
    return server
