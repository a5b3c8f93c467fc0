"""What the benchmarks share: a finished run as input, spreads, and the folder of results."""

import json
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import yaml

from reconattack.attacks.space import SearchSpace, search_space
from reconattack.errors import InputError
from reconattack.frames.chunks import open_frames
from reconattack.run.provenance import processor
from reconattack.storage import replacing

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "benchmarks" / "out"
PACKAGES = ("numpy", "scipy", "onnxruntime", "tensorflow", "keras")
PEERS = ("zea", "jax", "pymust", "vbeam", "openvino")  # benchmarks/peers.in


def configuration() -> dict[str, Any]:
    """The default run's configuration."""
    return yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))


def space_of(attack: str) -> SearchSpace:
    """The box of an attack of the default configuration."""
    config = configuration()
    parameters = config["attacks"][attack]["parameters"]
    return search_space(config["reconstruction"]["initial"], parameters, attack)


def readable_frames(chunk: Path, count: int) -> list[xr.Dataset]:
    """The first frames of a chunk that could be read."""
    if not chunk.exists():
        raise InputError(f"{chunk} is not there; expected the frames of a run: make reproduce")
    frames = [frame for _, frame in open_frames(chunk) if "error" not in frame.attrs]
    return frames[:count]


def seconds(work: Callable[[], object]) -> float:
    """How long something takes on the wall's clock."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def processor_seconds(work: Callable[[], object]) -> float:
    """How long something takes on the processor's clock, which other programs do not move."""
    began = time.process_time()
    work()
    return time.process_time() - began


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, minimum and maximum."""
    return {
        "median": float(np.median(values)),
        "min": float(np.min(values)),
        "max": float(np.max(values)),
    }


def machine() -> dict[str, Any]:
    """Processor and versions on which something was measured."""
    return {
        "processor": processor(),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "onnxruntime_threads": 1,
        **{package: version(package) for package in PACKAGES},
        **{package: version(package) for package in PEERS if find_spec(package)},
    }


def show_and_keep(name: str, rows: Sequence[Mapping[str, Any]], out: Path) -> None:
    """Print a line for each row and write all as JSON."""
    for row in rows:
        print("  ".join(f"{key} {_shown(value)}" for key, value in row.items()))
    out.mkdir(parents=True, exist_ok=True)
    with replacing(out / f"{name}.json") as temporary:
        text = json.dumps({"machine": machine(), "measured": list(rows)}, indent=2)
        Path(temporary).write_text(text + "\n", encoding="utf-8")


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{median:.3g} ({min:.3g} to {max:.3g})".format(**value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)
