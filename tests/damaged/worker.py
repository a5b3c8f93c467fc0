"""Reads damaged files apart from pytest: a crash, a hang or a bomb ends a child of this process.

Lines `name first count` come in, a line of JSON for each goes out: seconds, and what failed under
its number. By hand, `PYTHONPATH=.:tests/readers python tests/damaged/worker.py NAME NUMBER FOLDER`
writes one damaged file into a folder and reads it.
"""

import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path

from reconattack.errors import InputError
from tests.damaged.damage import damaged
from tests.damaged.valid_files import FORMATS

PROCESSOR_SECONDS, SECONDS = 5, 60  # for one file; the second where it waits for something
FILE_RATIO, BASE_BYTES = 4, 32 << 20  # memory that reading a file may take on: of the file, beside
ADDRESS_BYTES = 4 << 30  # beyond what is mapped at the start: keeps a bomb from the machine
MOST_MESSAGE = 100_000  # a hundred lines of a frame table; of others a few hundred
MEMORY_WORDS = ("allocate memory", "unable to allocate", "bad_alloc", "out of memory")


def valid_contents(folder: Path) -> dict[str, bytes]:
    """Content of the valid file of each format, each in a folder of its own below `folder`."""
    contents = {}
    for name, form in FORMATS.items():
        path = folder / name / form.file
        path.parent.mkdir(parents=True)
        form.write(path)
        contents[name] = path.read_bytes()
    return contents


def read_many(
    name: str, numbers: range, folder: Path, contents: dict[str, bytes]
) -> Iterator[tuple[int, str]]:
    """Number and story of each file that is neither read nor refused as it should."""
    while numbers:
        progress = folder / "progress"
        progress.write_text("")
        child = os.fork()
        if child == 0:
            _read_and_end(name, numbers, folder, contents, progress)
        _, status = os.waitpid(child, 0)
        *lines, last = progress.read_text().splitlines()
        yield from (tuple(json.loads(line)) for line in lines if line.startswith("["))
        if status == 0:
            return
        reached = int(last)
        yield reached, f"the process ended: {_ending(status)}"
        numbers = range(reached + 1, numbers.stop)


def _ending(status: int) -> str:
    if not os.WIFSIGNALED(status):
        return f"exit status {os.waitstatus_to_exitcode(status)}"
    ends = {
        signal.SIGPROF: f"more than {PROCESSOR_SECONDS} s of processor time",
        signal.SIGALRM: f"more than {SECONDS} s",
    }
    found = signal.Signals(os.WTERMSIG(status))
    return ends.get(found, found.name)


def _read_and_end(*arguments) -> None:
    """Read files in this process, which ends whatever happens."""
    status = 1
    try:
        _read_here(*arguments)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _read_here(
    name: str, numbers: range, folder: Path, contents: dict[str, bytes], progress: Path
) -> None:
    """Read files, and note each before it is read."""
    os.dup2(2, 1)  # ONNX Runtime prints, which is no answer
    _limit_addresses()
    for end in (signal.SIGPROF, signal.SIGALRM):  # which end the process, whatever library it is in
        signal.signal(end, signal.SIG_DFL)
    form, others = FORMATS[name], list(contents.values())
    path = folder / name / form.file
    path.write_bytes(contents[name])
    form.read(path)  # libraries that are imported only now are no memory of a file's
    with open(progress, "w", buffering=1) as notes:
        for number in numbers:
            notes.write(f"{number}\n")
            path.write_bytes(damaged(contents[name], others, name, number))
            signal.setitimer(signal.ITIMER_PROF, PROCESSOR_SECONDS)
            signal.setitimer(signal.ITIMER_REAL, SECONDS)
            story = _story(form.read, path)
            if story:
                notes.write(json.dumps([number, story]) + "\n")
        notes.write("end\n")


def _limit_addresses() -> None:
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (mapped + ADDRESS_BYTES, most))


def _story(read, path: Path) -> str | None:
    """What is wrong with how a file was read or refused; None if nothing."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew from what is resident
    before, refused = _peak_bytes(), None
    try:
        read(path)
    except InputError as error:
        refused = error
    except Exception:
        return traceback.format_exc()
    taken = _peak_bytes() - before
    if taken > FILE_RATIO * path.stat().st_size + BASE_BYTES:
        return f"{taken} bytes of memory for a file of {path.stat().st_size}"
    return refused and _wrong_refusal(refused)


def _wrong_refusal(error: BaseException) -> str | None:
    if not 10 < len(str(error)) < MOST_MESSAGE:
        return f"a message of {len(str(error))} characters: {str(error)[:200]}"
    cause = error
    while cause is not None:
        text = str(cause).lower()
        if isinstance(cause, MemoryError) or any(word in text for word in MEMORY_WORDS):
            return f"memory ran out: {error}"
        cause = cause.__cause__ or cause.__context__
    return None


def _peak_bytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    raise OSError("no VmHWM in /proc/self/status: this needs Linux")


def answer(folder: Path) -> None:
    contents = valid_contents(folder)
    for line in sys.stdin:
        name, first, count = line.split()
        numbers, start = range(int(first), int(first) + int(count)), time.perf_counter()
        failed = dict(read_many(name, numbers, folder, contents))
        seconds = time.perf_counter() - start
        print(json.dumps({"seconds": seconds, "failed": failed}), flush=True)


def repeat_one(name: str, number: int, folder: Path) -> None:
    contents = valid_contents(folder)
    path = folder / name / FORMATS[name].file
    path.write_bytes(damaged(contents[name], list(contents.values()), name, number))
    print(path)
    FORMATS[name].read(path)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if len(sys.argv) > 1:
        repeat_one(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            answer(Path(temporary))
