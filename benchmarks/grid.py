"""Time the full grid of a frame, and compare it with the same points one by one.

    python -m benchmarks.grid --frames 2

The grid shares the levels of each beta, and does not classify the same image twice. One by one, in
random order, each point is reconstructed and classified for itself: from the stored intermediate
data of the frame, as any other attack does, or from its RF lines. These two are timed on a sample
of the points.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from benchmarks.measuring import (
    OUT,
    configuration,
    processor_seconds,
    readable_frames,
    show_and_keep,
    space_of,
    spread,
)
from reconattack.attacks.lattice import lattice_axes
from reconattack.attacks.methods import grid
from reconattack.attacks.oracle import Oracle
from reconattack.attacks.path import Target
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.decisions.binary import Binary
from reconattack.reconstruction.reconstruction import Reconstruction

SAMPLE = 200  # points of the lattice that are timed one by one
SAMPLE_FROM_RF = 10


def measure(
    model: Path, frames: Sequence[xr.Dataset], lattice: dict[str, float]
) -> list[dict[str, Any]]:
    """Milliseconds a point of the lattice, whole and one by one, and the time of a whole frame.

    Parameters
    ----------
    model
        The network, `.onnx`.
    frames
        RF frames; the spread is that over them.
    lattice
        Step of each parameter.
    """
    config = configuration()
    rows, cutoff = config["reconstruction"]["rows"], config["run"]["cutoff"]
    space = space_of("corners")
    points = np.stack(np.meshgrid(*lattice_axes(space, lattice, 10**6)), axis=-1).reshape(-1, 3)
    np.random.default_rng(0).shuffle(points)
    classifier = OnnxClassifier(model, resize=config["reconstruction"]["resize"], threads=1)
    whole, kept, from_rf, judged = [], [], [], []
    for frame in frames:
        oracle = Oracle([Reconstruction(frame, rows)], classifier)
        whole.append(
            processor_seconds(
                lambda o=oracle: grid.attack(
                    Target(o, np.array([-1]), Binary(cutoff)), space, lattice, len(points)
                )
            )
        )
        judged.append(int(oracle.queries[0]))
        kept.append(processor_seconds(lambda o=oracle: _one_by_one(o, points[:SAMPLE])) / SAMPLE)
        from_rf.append(
            processor_seconds(
                lambda f=frame: _from_rf(f, rows, classifier, points[:SAMPLE_FROM_RF])
            )
            / SAMPLE_FROM_RF
        )
    per_point = np.divide(whole, len(points))
    return [
        {"points": len(points), "images judged": spread(judged), "seconds a frame": spread(whole)},
        _row("grid", per_point, per_point),
        _row("one by one", kept, per_point),
        _row("one by one from RF lines", from_rf, per_point),
    ]


def _one_by_one(oracle: Oracle, points: np.ndarray) -> None:
    for point in points:
        oracle(np.array([0]), point[np.newaxis])


def _from_rf(frame: xr.Dataset, rows: int, classifier: OnnxClassifier, points: np.ndarray) -> None:
    for point in points:
        Oracle([Reconstruction(frame, rows)], classifier)(np.array([0]), point[np.newaxis])


def _row(name: str, times: Sequence[float], of_grid: Sequence[float]) -> dict[str, Any]:
    return {
        "method": name,
        "ms a point": spread(np.multiply(times, 1e3)),
        "ratio": spread(np.divide(times, of_grid)),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the frames that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--results", type=Path, default=Path("results"), help="results of a finished run"
    )
    parser.add_argument(
        "--model", type=Path, help="an .onnx file; default: first network of the run"
    )
    parser.add_argument("--frames", type=int, default=3)
    parser.add_argument(
        "--step", type=float, nargs=3, default=(0.05, 0.5, 0.5), help="steps of the lattice"
    )
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args(arguments)
    frames = readable_frames(chosen.results / "frames/simulated_rf/50x0000.nc", chosen.frames)
    model = chosen.model or chosen.results / "models/compact/seed-0/fold-0.onnx"
    lattice = dict(zip(space_of("corners").names, chosen.step, strict=True))
    show_and_keep("grid", measure(model, frames, lattice), chosen.out)


if __name__ == "__main__":
    main()
