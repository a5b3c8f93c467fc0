"""A process that forks runs of Snakemake and their jobs, with their libraries loaded.

Half of a dry run is the import of Snakemake, most of a small job that of xarray, Matplotlib or
TensorFlow. Nothing of this project is loaded before a run or a job is forked. `forked_runs` starts
the server. Runs that a test interrupts start as for a person: `test_seeded_kills` holds that they
give the same bits.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import socket
import subprocess
import sys
import threading
import traceback

import psutil

THREADS = ("OMP", "GOTO", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")
RUNS = (
    *(
        "jsonschema",
        "nbformat",
        "netCDF4",
        "numpy",
        "pandas",
        "requests",
        "scipy.fft",
        "smart_open",
    ),
    *("scipy.sparse", "snakemake.cli", "snakemake.script", "snakemake.storage", "sqlmodel"),
    *("snakemake.workflow", "xarray", "yaml"),
)
# Not ONNX Runtime, which starts a thread; a fork has none of its parent's.
JOBS = (
    *("cma", "h5py", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_pdf"),
    *("matplotlib.animation", "matplotlib.pyplot", "onnx", "PIL.Image", "scipy.ndimage"),
    *("scipy.optimize", "scipy.signal", "scipy.stats", "seaborn", "skimage.metrics", "skops.io"),
    *("sklearn.ensemble", "sklearn.metrics", "sklearn.model_selection", "sklearn.svm"),
    *("statsmodels.stats.multitest", "statsmodels.stats.proportion", "tensorflow", "tf2onnx"),
)


def serve() -> None:
    """Fork a run for each line of JSON on stdin, and answer with its exit status."""
    load()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            ended(run, **json.loads(line))
        _, status = os.waitpid(child, 0)
        assert "reconattack" not in sys.modules
        print(os.waitstatus_to_exitcode(status), flush=True)


def load() -> None:
    """Import what runs and jobs need from outside; jobs do linear algebra on one thread."""
    os.environ.update({f"{library}_NUM_THREADS": "1" for library in THREADS})
    terminal = os.dup(2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # TensorFlow prints while it is imported
    for name in (*RUNS, *JOBS):
        importlib.import_module(name)
    sys.modules["snakemake.cli"].get_argument_parser()  # which loads the plug-ins
    os.dup2(terminal, 2)
    os.close(terminal)
    gc.collect()
    gc.freeze()  # forks neither search nor copy what is loaded here
    assert psutil.Process().num_threads() == 1, "a fork would lose a thread"


def ended(function, **arguments) -> None:
    """Call a function as if it were the whole of this process, which ends as Python does."""
    status = 1
    try:
        function(**arguments)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            threading._shutdown()
            atexit._run_exitfuncs()
            sys.stdout.flush(), sys.stderr.flush()
        os._exit(status)


def run(folder: str, arguments: list, terminal: str, environment: dict) -> None:
    """Run Snakemake in a folder; the terminal is a file."""
    start_as(environment, folder)
    os.chdir(folder)
    sys.argv[:] = ["snakemake", *arguments]
    written = os.open(terminal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(written, 1), os.dup2(written, 2)
    if "--dry-run" not in arguments:
        fork_jobs()
    sys.modules["snakemake.cli"].main()


def fork_jobs() -> None:
    """Fork the jobs of this run from a process that is set aside before the run has threads."""
    from snakemake.benchmark import benchmarked
    from snakemake.script import PythonScript

    orders = start_forking()

    def execute_script(self, fname, edit=False):
        threads = {f"{library}_NUM_THREADS": str(self.threads) for library in THREADS}
        order = {"folder": os.getcwd(), "file": fname, "environment": {**os.environ, **threads}}
        answers, answer = socket.socketpair()
        socket.send_fds(orders, [json.dumps(order).encode()], [answer.fileno()])
        answer.close()
        with answers, answers.makefile() as lines:
            measured = contextlib.nullcontext()
            pid = int(lines.readline())
            if self.bench_record is not None:
                measured = benchmarked(pid, self.bench_record)
            with measured:
                status = int(lines.readline())
        if status:
            raise subprocess.CalledProcessError(status, f"{sys.executable} {fname}")

    PythonScript.execute_script = execute_script


def start_forking() -> socket.socket:
    """Start a process that forks a job for each order, until the socket is closed.

    An order comes with a socket that takes two lines: the job's process number when it starts, and
    its exit status when it ends. Until the other side is closed, the ended process can be asked.
    """
    orders, taken = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork():
        taken.close()
        return orders
    orders.close()
    while True:
        order, files, _, _ = socket.recv_fds(taken, 1 << 20, 1)
        if not order:
            os._exit(0)
        if os.fork() == 0:
            taken.close()
            watch(socket.socket(fileno=files[0]), json.loads(order))
        os.close(files[0])
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def watch(answer: socket.socket, order: dict) -> None:
    """Fork one job and wait for its end."""
    child = os.fork()
    if child == 0:
        answer.close()
        ended(job, **order)
    answer.sendall(f"{child}\n".encode())
    end = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    status = end.si_status if end.si_code == os.CLD_EXITED else -end.si_status
    answer.sendall(f"{status}\n".encode())
    answer.recv(1)
    os._exit(0)


def job(folder: str, file: str, environment: dict) -> None:
    """Run a script as `python file` does."""
    os.chdir(folder)
    start_as(environment, os.path.dirname(os.path.abspath(file)))
    sys.argv[:] = [file]
    runpy.run_path(file, run_name="__main__")


def start_as(environment: dict, first: str) -> None:
    """Set the variables, and the search path as Python does when it starts: `first` comes first."""
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:] = [first, *search_path(), *INSTALLED]


def search_path() -> list[str]:
    return [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]


INSTALLED = [path for path in sys.path if path not in search_path()]

if __name__ == "__main__":
    serve()
