"""Something of another library in a process of its own, which times itself.

A process has one Keras backend, and libraries learn once how many threads they may have.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context
from typing import Any, NamedTuple

from benchmarks.measuring import spread

SURROUNDINGS = {
    "NPROC": "1",  # JAX
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "JAX_PLATFORMS": "cpu",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "OMP_NUM_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "",
}

_made: Any = None


class Peer(NamedTuple):
    """How to make something of another library.

    Attributes
    ----------
    packages
        What has to be installed for it.
    make
        Makes it, in its own process.
    environment
        Variables of that process.
    """

    packages: tuple[str, ...]
    make: Callable[..., Any]
    environment: dict[str, str] = {}  # noqa: RUF012  it is never written to


class Timed(NamedTuple):
    """What a piece of work returned, its time on the wall's clock and on all processors [s]."""

    value: Any
    seconds: float
    processor_seconds: float


def timed(work: Callable[..., Any], *arguments: Any) -> Timed:
    """Do a piece of work and time it."""
    began, processor_began = time.perf_counter(), time.process_time()
    value = work(*arguments)
    return Timed(value, time.perf_counter() - began, time.process_time() - processor_began)


class OwnProcess:
    """A peer, made from `arguments` in a process that ends with the block."""

    def __init__(self, peer: Peer, *arguments: Any) -> None:
        self._pool = ProcessPoolExecutor(1, get_context("spawn"))
        self._pool.submit(_make, peer, arguments).result()

    def __enter__(self) -> "OwnProcess":
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.shutdown()

    def timed(self, method: str, *arguments: Any) -> Timed:
        """Call one of its methods, timed where it runs."""
        return self._pool.submit(_timed, method, arguments).result()


def ratios(own: Sequence[Timed], of_others: Sequence[Timed]) -> dict[str, dict[str, float]]:
    """Times beside others' of the same turn: on the wall's clock, and on all processors.

    Where the second is the larger one, more than one thread was at work.
    """
    pairs = list(zip(own, of_others, strict=True))
    return {
        "ratio": spread([one.seconds / other.seconds for one, other in pairs]),
        "ratio of processor times": spread(
            [one.processor_seconds / other.processor_seconds for one, other in pairs]
        ),
    }


def not_installed(peer: Peer) -> str | None:
    """What to say of a peer that lacks a package; None if it lacks none."""
    missing = [name for name in peer.packages if find_spec(name) is None]
    return f"{', '.join(missing)}: make peers" if missing else None


def _make(peer: Peer, arguments: tuple) -> None:
    global _made
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no result
    os.environ.update(SURROUNDINGS | peer.environment)
    _made = peer.make(*arguments)


def _timed(method: str, arguments: tuple) -> Timed:
    return timed(getattr(_made, method), *arguments)
