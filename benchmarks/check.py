"""Fail if the advantage over another library has fallen below half of the measured one.

    python -m benchmarks.check

Both do the same work and take turns in one run, by the processor's clock. So a slow or busy machine
changes the times and not the ratio. docs/performance.md says where the ratios were measured.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import bmode, grid

MEASURED = {  # how many times faster we are
    ("from RF", "plain SciPy, padded"): 4.0,
    ("another setting", "plain SciPy"): 48,
    ("grid", "one by one from RF lines"): 35,
}
SAMPLES, LINES, ROWS = 2048, 192, 512
LATTICE = {"beta": 0.1, "alpha_lower": 1, "alpha_upper": 1}


def ratios(repeats: int) -> Iterator[tuple[tuple[str, str], float]]:
    """How many times faster we are, by task and other way."""
    pictures = bmode.measure(SAMPLES, LINES, ROWS, repeats)
    for row in (row for row in pictures if "ratio" in row):
        yield (row["task"], row["way"]), row["ratio of processor times"]["median"]
    with tempfile.TemporaryDirectory() as folder:
        model = compact_network(Path(folder))
        frames = [bmode.noise_frame(SAMPLES, LINES)]
        for row in grid.measure(model, frames, LATTICE)[1:]:
            yield ("grid", row["method"]), row["ratio"]["median"]


def compact_network(folder: Path) -> Path:
    """A compact network with random weights as ONNX."""
    from reconattack.classifiers.backends.network_files import export_network
    from reconattack.classifiers.training.building import build_network

    path = folder / "compact.onnx"
    export_network(build_network("compact", (64, 64), dropout=0.5), path)
    return path


def main(arguments: Sequence[str] | None = None) -> None:
    """Say how each ratio compares; exit with 1 where one has halved."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=10)
    chosen = parser.parse_args(arguments)
    found = dict(ratios(chosen.repeats))
    slow = [way for way, measured in MEASURED.items() if found[way] < measured / 2]
    for (task, way), measured in MEASURED.items():
        print(f"{task}: {found[task, way]:.3g} times as fast as {way}, measured {measured:g}")
    if slow:
        sys.exit(f"less than half of what was measured: {', '.join(map(' beside '.join, slow))}")


if __name__ == "__main__":
    main()
