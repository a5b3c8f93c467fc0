"""Time the proof of a whole box, and compare it with the grid over the same box.

    python -m benchmarks.proof --frames 12

Each frame is judged by the network that was trained without its patient. Frames that some setting
flips are left out, since only of the others the whole box can be proved. Proof and grid of a frame
follow each other, on one thread.
"""

import argparse
from collections.abc import Iterator, Sequence
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
from reconattack.attacks.methods import certify, grid
from reconattack.attacks.oracle import Oracle
from reconattack.attacks.path import Target
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.decisions.binary import Binary
from reconattack.errors import InputError
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.storage import read_table

MOST_CELLS = 400  # a frame that needs more is left out, as one that flips
TOLERANCE = 0.01


def measure(
    judged: Sequence[tuple[xr.Dataset, Path]], lattice: dict[str, float]
) -> list[dict[str, Any]]:
    """Seconds of a proof and of a grid, over the frames that are proved.

    Parameters
    ----------
    judged
        RF frames with labels, each with its network, `.onnx`.
    lattice
        Step of each parameter of the grid.

    Raises
    ------
    InputError
        If no frame is proved.
    """
    times = [both for frame, model in judged for both in of_frame(frame, model, lattice)]
    if not times:
        raise InputError(f"none of {len(judged)} frames is proved; expected one: take more frames")
    proofs, grids, cells, points = map(np.array, zip(*times, strict=True))
    return [
        {"frames proved": len(times), "of": len(judged)},
        {"method": "proof", "seconds a frame": spread(proofs), "parts": spread(cells)},
        {"method": "grid", "seconds a frame": spread(grids), "points": int(points[0])},
        {"ratio of proof to grid": spread(proofs / grids)},
    ]


def of_frame(
    frame: xr.Dataset, model: Path, lattice: dict[str, float]
) -> Iterator[tuple[float, float, int, int]]:
    """Seconds of proof and grid, parts and points of a frame, if it is proved."""
    config = configuration()
    rows, cutoff = config["reconstruction"]["rows"], config["run"]["cutoff"]
    space = space_of("corners")
    classifier = OnnxClassifier(model, resize=config["reconstruction"]["resize"], threads=1)

    def target() -> Target:
        oracle = Oracle([Reconstruction(frame, rows)], classifier)
        return Target(oracle, np.array([frame.attrs["label"]]), Binary(cutoff), judge=classifier)

    paths = []
    proof = target()
    seconds = processor_seconds(
        lambda: paths.extend(certify.attack(proof, space, MOST_CELLS, TOLERANCE))
    )
    if paths[0].stop_reason != "certified":
        return
    points = int(np.prod([len(axis) for axis in lattice_axes(space, lattice, 10**6)]))
    tried = target()
    whole = processor_seconds(lambda: grid.attack(tried, space, lattice, points))
    yield seconds, whole, paths[0].proof.cells, points


def of_run(results: Path, count: int) -> list[tuple[xr.Dataset, Path]]:
    """The first labelled frames of a run, each with the network of its fold."""
    frames = readable_frames(results / "frames/simulated_rf/50x0000.nc", count)
    folds = read_table(str(results / "folds.csv"), dtype={"fold": str}).set_index("patient")["fold"]
    networks = results / "models/compact/seed-0"
    return [
        (frame, networks / f"fold-{folds[frame.attrs['patient']]}.onnx")
        for frame in frames
        if frame.attrs.get("label", -1) >= 0
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the frames that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--results", type=Path, default=Path("results"), help="results of a finished run"
    )
    parser.add_argument("--frames", type=int, default=33)
    parser.add_argument(
        "--step", type=float, nargs=3, default=(0.05, 0.5, 0.5), help="steps of the lattice"
    )
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args(arguments)
    lattice = dict(zip(space_of("corners").names, chosen.step, strict=True))
    show_and_keep("proof", measure(of_run(chosen.results, chosen.frames), lattice), chosen.out)


if __name__ == "__main__":
    main()
