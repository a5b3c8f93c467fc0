"""Time an attack beside ONNX Runtime alone on as many images: what is the rest of the loop worth?

    python -m benchmarks.attack_loop --inception
    python -m benchmarks.attack_loop --model my_network.onnx --frames 2

An attack (reconstruct, resize, classify, search) and ONNX Runtime on that attack's own network
inputs, ready in memory and in batches of 32, take turns; the ratio is that of each pair.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from benchmarks.measuring import (
    OUT,
    configuration,
    readable_frames,
    seconds,
    show_and_keep,
    space_of,
    spread,
)
from reconattack.attacks import corners, search, zoo
from reconattack.attacks.oracle import BATCH, Oracle
from reconattack.classifiers.onnx_classifier import OnnxClassifier
from reconattack.reconstruction import Reconstruction

Attack = Callable[[Oracle], None]


class KeepingClassifier(OnnxClassifier):
    """Keeps what it hands to ONNX Runtime."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        self.batches: list[np.ndarray] = []
        super().__init__(*arguments, **settings)
        self.batches.clear()  # of its own trial

    def _run(self, batch: np.ndarray) -> np.ndarray:
        self.batches.append(batch)
        return super()._run(batch)

    def replay(self, batches: Sequence[np.ndarray]) -> None:
        """Judge ready inputs, and nothing else."""
        for batch in batches:
            super()._run(batch)


def measure(
    model: Path, frames: Sequence[xr.Dataset], queries: int, repeats: int
) -> list[dict[str, Any]]:
    """Measure one network under two attacks, a row for each.

    Parameters
    ----------
    model
        The network, `.onnx`.
    frames
        RF frames, attacked side by side.
    queries
        Images of a frame that an attack may ask for.
    repeats
        Pairs of measurements, after a first attack that is not counted.
    """
    config = configuration()
    classifier = KeepingClassifier(model, **config["reconstruction"]["resize"], threads=1)
    rows = config["reconstruction"]["rows"]
    preparation = [seconds(lambda f=frame: Reconstruction(f, rows)) for frame in frames]
    return [
        {"network": str(model), "attack": name}
        | _measure_attack(classifier, frames, rows, attack, repeats)
        | {"preparation_ms_per_frame": spread(np.multiply(preparation, 1e3))}
        for name, attack in attacks(config, len(frames), queries).items()
    ]


def attacks(config: dict[str, Any], frames: int, queries: int) -> dict[str, Attack]:
    """The paper's attack and the baseline search, on frames whose own decision is to be flipped."""
    references, cutoff = np.full(frames, -1), config["run"]["cutoff"]
    steps = max(1, (queries - 1) // 7)  # of seven queries each

    def by_zoo(oracle: Oracle) -> None:
        zoo.attack(oracle, references, space_of("zoo"), cutoff, steps, stop_at_bounds="all")

    def by_corners(oracle: Oracle) -> None:
        space = space_of("corners")
        search.attack(oracle, references, space, cutoff, corners.search, queries, range(frames))

    return {"zoo": by_zoo, "corners": by_corners}


def _measure_attack(
    classifier: KeepingClassifier,
    frames: Sequence[xr.Dataset],
    rows: int,
    attack: Attack,
    repeats: int,
) -> dict[str, Any]:
    classifier.batches.clear()
    attack(_oracle(classifier, frames, rows))
    inputs = np.concatenate(classifier.batches)
    ready = np.split(inputs, range(BATCH, len(inputs), BATCH))
    loops, alone = [], []
    for _ in range(repeats):
        oracle = _oracle(classifier, frames, rows)
        classifier.batches.clear()
        loops.append(seconds(lambda oracle=oracle: attack(oracle)))
        alone.append(seconds(lambda: classifier.replay(ready)))
    return {
        "images": len(inputs),
        "ratio": spread(np.divide(loops, alone)),
        "loop_ms_per_image": spread(1e3 * np.divide(loops, len(inputs))),
        "onnxruntime_ms_per_image": spread(1e3 * np.divide(alone, len(inputs))),
    }


def _oracle(classifier: OnnxClassifier, frames: Sequence[xr.Dataset], rows: int) -> Oracle:
    """A new oracle: what a reconstruction keeps of one attack serves no other."""
    return Oracle([Reconstruction(frame, rows) for frame in frames], classifier)


def inception(out: Path) -> Path:
    """InceptionResNetV2 for 299 x 299 pixels with random weights as ONNX, exported once."""
    path = out / "inception_resnet_v2.onnx"
    if not path.exists():
        from reconattack.classifiers.network_files import export_network
        from reconattack.classifiers.networks import build_network

        path.parent.mkdir(parents=True, exist_ok=True)
        export_network(build_network("InceptionResNetV2", (299, 299), dropout=0.5), path)
    return path


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the networks that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=Path("results"), help="a finished run's")
    parser.add_argument("--model", type=Path, action="append", help=".onnx; default: the run's")
    parser.add_argument("--inception", action="store_true", help="InceptionResNetV2 as well")
    parser.add_argument("--frames", type=int, default=4)
    parser.add_argument("--queries", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args(arguments)
    models = chosen.model or [chosen.results / "models/compact/seed-0/fold-0.onnx"]
    frames = readable_frames(chosen.results / "frames/simulated_rf/17x0000.nc", chosen.frames)
    rows = [row for m in models for row in measure(m, frames, chosen.queries, chosen.repeats)]
    if chosen.inception:  # a hundred times as slow: fewer images tell as much
        rows += measure(inception(chosen.out), frames[:1], 20, 3)
    show_and_keep("attack_loop", rows, chosen.out)


if __name__ == "__main__":
    main()
