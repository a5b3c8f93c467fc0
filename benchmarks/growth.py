"""Time and memory for growing frames, pictures and boxes.

    python -m benchmarks.growth

Each size is doubled, beginning with a small one. An exponent is the slope of the logarithms over
the three largest sizes; it is 1 if twice the size costs twice as much. More samples mean the same
depth, sampled more densely. A grid has three values of each parameter, so a further parameter
should cost three times as much; the measured factor is printed.
"""

import argparse
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bmode import INITIAL, SCANNER, noise_frame
from benchmarks.measuring import OUT, configuration, processor_seconds, show_and_keep
from reconattack.attacks.methods import grid
from reconattack.attacks.oracle import Oracle
from reconattack.attacks.path import Target
from reconattack.attacks.space import search_space
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.decisions.binary import Binary
from reconattack.reconstruction.parameters import NEUTRAL, PAPER_PARAMETERS
from reconattack.reconstruction.reconstruction import Reconstruction

SAMPLES, LINES, ROWS = 2048, 192, 512
KNOBS = {  # a box, and the step that has three values in it
    "beta": ([0.5, 1.3], 0.4),
    "alpha_lower": ([5, 15], 5),
    "alpha_upper": ([50, 60], 5),
    "gain": ([-6, 6], 6),
    "gamma": ([0.5, 1.5], 0.5),
}


def measure(model: Path, doublings: int, repeats: int) -> list[dict[str, Any]]:
    """A row for each task and what grows: sizes, milliseconds, megabytes and their exponents.

    Parameters
    ----------
    model
        The network that judges a grid, `.onnx`.
    doublings
        How many sizes there are.
    repeats
        Of which the fastest counts.
    """
    doubled = 2 ** np.arange(doublings)
    tasks = {
        ("from RF", "samples", 2048): lambda samples: _from_rf(samples, LINES, ROWS),
        ("from RF", "lines", 48): lambda lines: _from_rf(SAMPLES, lines, ROWS),
        ("from RF", "rows", 128): lambda rows: _from_rf(SAMPLES, LINES, rows),
        ("another setting", "rows", 128): _another_setting,
    }
    rows = [
        _grown(task, what, (least * doubled).tolist(), repeats, prepare)
        for (task, what, least), prepare in tasks.items()
    ]
    knobs = range(1, len(KNOBS) + 1)
    return [*rows, _grown("grid", "knobs", knobs, 1, lambda count: _grid(model, count))]


def _from_rf(samples: int, lines: int, rows: int) -> Callable[[], object]:
    density = samples / SAMPLES
    scanner = replace(SCANNER, sampling_frequency=SCANNER.sampling_frequency * density)
    frame = noise_frame(samples, lines, scanner)
    return lambda: Reconstruction(frame, rows).bmode(INITIAL)


def _another_setting(rows: int) -> Callable[[], object]:
    reconstruction = Reconstruction(noise_frame(SAMPLES, LINES), rows)
    betas = iter(np.linspace(0.5, 1.3, 1000))
    return lambda: reconstruction.bmode([next(betas), *INITIAL[1:]])


def _grid(model: Path, count: int) -> Callable[[], object]:
    knobs = dict(list(KNOBS.items())[:count])
    initial = NEUTRAL | dict(zip(PAPER_PARAMETERS, INITIAL, strict=True))
    space = search_space(initial, {name: {"box": box} for name, (box, _) in knobs.items()}, "grid")
    steps = {name: step for name, (_, step) in knobs.items()}
    classifier = OnnxClassifier(
        model, resize=configuration()["reconstruction"]["resize"], threads=1
    )
    frame = noise_frame(SAMPLES, LINES)

    def work() -> None:
        oracle = Oracle([Reconstruction(frame, ROWS, space.names, initial)], classifier)
        grid.attack(Target(oracle, np.array([-1]), Binary(0.5)), space, steps, 10**6)

    return work


def _grown(
    task: str,
    what: str,
    sizes: Sequence[int],
    repeats: int,
    prepare: Callable[[int], Callable[[], object]],
) -> dict[str, Any]:
    milliseconds, megabytes = [], []
    for size in sizes:
        work = prepare(size)
        work()  # what is kept from then on is not counted
        milliseconds.append(1e3 * min(processor_seconds(work) for _ in range(repeats)))
        megabytes.append(_peak_megabytes(work))
    grown = {"task": task, "grows": what, "sizes": list(sizes), "ms": milliseconds, "mb": megabytes}
    if what == "knobs":
        return grown | {"factor of time": float(np.exp(slope(sizes, np.log(milliseconds))))}
    return grown | {
        "exponent of time": slope(np.log(sizes), np.log(milliseconds)),
        "exponent of memory": slope(np.log(sizes), np.log(megabytes)),
    }


def slope(x: Sequence[float], y: Sequence[float]) -> float:
    """Slope of the straight line that fits the last three points best."""
    return float(np.polyfit(x[-3:], y[-3:], 1)[0])


def _peak_megabytes(work: Callable[[], object]) -> float:
    """What NumPy and Python hold at most on the way, beside what they held before."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    work()
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    return peak / 1e6


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the sizes that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--results", type=Path, default=Path("results"), help="results of a finished run"
    )
    parser.add_argument(
        "--model", type=Path, help="an .onnx file; default: first network of the run"
    )
    parser.add_argument("--doublings", type=int, default=5, help="number of doublings")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args(arguments)
    model = chosen.model or chosen.results / "models/compact/seed-0/fold-0.onnx"
    rows = measure(model, chosen.doublings, chosen.repeats)
    show_and_keep("growth", rows, chosen.out)


if __name__ == "__main__":
    main()
