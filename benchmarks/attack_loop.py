"""Time an attack, and compare it with ONNX Runtime alone on the same number of images.

    python -m benchmarks.attack_loop --inception
    python -m benchmarks.attack_loop --model my_network.onnx --frames 2

An attack (reconstruct, resize, classify, search) and ONNX Runtime take turns. ONNX Runtime gets the
network inputs of this attack, ready in memory, in batches of 32. Each pair gives a ratio. Other
runtimes take turns on the inputs of the first attack. All use one thread.
"""

import argparse
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from scipy.special import expit

from benchmarks.measuring import (
    OUT,
    configuration,
    processor_seconds,
    readable_frames,
    show_and_keep,
    space_of,
    spread,
)
from benchmarks.peers.networks import KerasNetwork, OpenVino
from benchmarks.peers.process import OwnProcess, Peer, not_installed, ratios, timed
from reconattack.attacks import search
from reconattack.attacks.methods import corners, zoo
from reconattack.attacks.oracle import BATCH, Oracle
from reconattack.attacks.path import Target
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.decisions.binary import Binary
from reconattack.reconstruction.reconstruction import Reconstruction

Attack = Callable[[Oracle], None]

ONNX_RUNTIME = "ONNX Runtime"
UNREPORTED = {"CI": "true"}  # else OpenVINO tells Intel that it is used
RUNTIMES = {
    "TensorFlow, predict_on_batch": Peer(("tensorflow",), partial(KerasNetwork, eager=False)),
    "Keras, eager": Peer(("tensorflow",), partial(KerasNetwork, eager=True)),
    "OpenVINO, f32": Peer(("openvino",), partial(OpenVino, precision="f32"), UNREPORTED),
    "OpenVINO, bf16": Peer(("openvino",), partial(OpenVino, precision="bf16"), UNREPORTED),
}


class KeepingClassifier(OnnxClassifier):
    """Keeps what it hands to ONNX Runtime."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        self.batches: list[np.ndarray] = []
        super().__init__(*arguments, **settings)
        self.batches.clear()  # of its own trials

    def _run(self, batch: np.ndarray) -> np.ndarray:
        self.batches.append(batch)
        return super()._run(batch)

    def replay(self, batches: Sequence[np.ndarray]) -> np.ndarray:
        """Judge ready inputs, and nothing else; their scores, (image, column)."""
        return np.concatenate([super(KeepingClassifier, self)._run(batch) for batch in batches])


def measure(
    model: Path, frames: Sequence[xr.Dataset], queries: int, repeats: int
) -> list[dict[str, Any]]:
    """Measure one network under two attacks and in other runtimes, a row for each.

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
    classifier = KeepingClassifier(model, resize=config["reconstruction"]["resize"], threads=1)
    rows = config["reconstruction"]["rows"]
    preparation = [processor_seconds(lambda f=frame: Reconstruction(f, rows)) for frame in frames]
    named = attacks(config, len(frames), queries)
    network = {"network": str(model)}
    return [
        *(
            network
            | {"attack": name}
            | _measure_attack(classifier, frames, rows, attack, repeats)
            | {"preparation_ms_per_frame": spread(np.multiply(preparation, 1e3))}
            for name, attack in named.items()
        ),
        *(
            network | row
            for row in beside_other_runtimes(
                classifier, model, _ready(classifier, frames, rows, named["zoo"]), repeats
            )
        ),
    ]


def attacks(config: dict[str, Any], frames: int, queries: int) -> dict[str, Attack]:
    """The paper's attack and the baseline search, on frames whose own decision is to be flipped."""
    references, cutoff = np.full(frames, -1), config["run"]["cutoff"]
    steps = max(1, (queries - 1) // 7)  # of seven queries each
    spaces = {name: space_of(name) for name in ("zoo", "corners")}  # not timed: it reads a file

    def by_zoo(oracle: Oracle) -> None:
        target = Target(oracle, references, Binary(cutoff))
        zoo.attack(target, spaces["zoo"], steps, stop_at_bounds="all")

    def by_corners(oracle: Oracle) -> None:
        target = Target(oracle, references, Binary(cutoff), range(frames))
        search.attack(target, spaces["corners"], corners.search, queries)

    return {"zoo": by_zoo, "corners": by_corners}


def _measure_attack(
    classifier: KeepingClassifier,
    frames: Sequence[xr.Dataset],
    rows: int,
    attack: Attack,
    repeats: int,
) -> dict[str, Any]:
    ready = _ready(classifier, frames, rows, attack)
    images = sum(map(len, ready))
    loops, alone = [], []
    for _ in range(repeats):
        oracle = _oracle(classifier, frames, rows)
        classifier.batches.clear()
        loops.append(processor_seconds(lambda oracle=oracle: attack(oracle)))
        alone.append(processor_seconds(lambda: classifier.replay(ready)))
    return {
        "images": images,
        "ratio": spread(np.divide(loops, alone)),
        "loop_ms_per_image": spread(1e3 * np.divide(loops, images)),
        "onnxruntime_ms_per_image": spread(1e3 * np.divide(alone, images)),
    }


def _ready(
    classifier: KeepingClassifier, frames: Sequence[xr.Dataset], rows: int, attack: Attack
) -> list[np.ndarray]:
    """Network inputs of an attack, in batches."""
    classifier.batches.clear()
    attack(_oracle(classifier, frames, rows))
    inputs = np.concatenate(classifier.batches)
    return np.split(inputs, range(BATCH, len(inputs), BATCH))


def beside_other_runtimes(
    classifier: KeepingClassifier, model: Path, ready: Sequence[np.ndarray], repeats: int
) -> list[dict[str, Any]]:
    """Images a second of each runtime, and how far its probabilities are from ONNX Runtime's.

    They take turns, after a first one that is not timed but compared.
    """
    absent = {name: why for name, peer in RUNTIMES.items() if (why := _absence(peer, model))}
    asked = classifier.found["output_name"], classifier.output_names
    images = sum(map(len, ready))
    with ExitStack() as processes:
        others = {
            name: processes.enter_context(OwnProcess(peer, model, *asked, ready))
            for name, peer in RUNTIMES.items()
            if name not in absent
        }
        ways = {ONNX_RUNTIME: lambda: timed(classifier.replay, ready)} | {
            name: partial(other.timed, "scores") for name, other in others.items()
        }
        first, *turns = ({name: way() for name, way in ways.items()} for _ in range(repeats + 1))
        precisions = {
            name: {"precision": other.timed("precision").value}
            for name, other in others.items()
            if RUNTIMES[name].packages == ("openvino",)
        }
    probabilities = {
        name: expit(classifier.output.answers(result.value.astype(float))[0])
        for name, result in first.items()
    }
    alone = [turn[ONNX_RUNTIME] for turn in turns]
    measured = []
    for name in ways:
        own = [turn[name] for turn in turns]
        difference = np.abs(probabilities[name] - probabilities[ONNX_RUNTIME])
        measured.append(
            {
                "runtime": name,
                "images": images,
                "images a second": spread([images / one.seconds for one in own]),
                "largest error": float(difference.max()),
            }
            | ratios(own, alone)
            | precisions.get(name, {})
        )
    return measured + [{"runtime": name} | why for name, why in absent.items()]


def _absence(peer: Peer, model: Path) -> dict[str, str] | None:
    """Why a runtime is not measured."""
    if text := not_installed(peer):
        return {"not installed": text}
    keras = model.with_suffix(".keras")
    if "tensorflow" in peer.packages and not keras.exists():
        return {"not measured": f"{keras.name} does not lie beside the network"}
    return None


def _oracle(classifier: OnnxClassifier, frames: Sequence[xr.Dataset], rows: int) -> Oracle:
    """A new oracle: what a reconstruction keeps of one attack serves no other."""
    return Oracle([Reconstruction(frame, rows) for frame in frames], classifier)


def inception(out: Path) -> Path:
    """InceptionResNetV2 for 299 x 299 pixels with random weights, `.keras` and ONNX, made once."""
    path = out / "inception_resnet_v2.onnx"
    if not (path.exists() and path.with_suffix(".keras").exists()):
        from reconattack.classifiers.backends.network_files import export_network, save_network
        from reconattack.classifiers.training.building import build_network

        path.parent.mkdir(parents=True, exist_ok=True)
        network = build_network("InceptionResNetV2", (299, 299), dropout=0.5)
        save_network(network, path.with_suffix(".keras"))
        export_network(network, path)
    return path


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the networks that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--results", type=Path, default=Path("results"), help="results of a finished run"
    )
    parser.add_argument(
        "--model", type=Path, action="append", help="an .onnx file; default: networks of the run"
    )
    parser.add_argument("--inception", action="store_true", help="also time InceptionResNetV2")
    parser.add_argument("--frames", type=int, default=4)
    parser.add_argument("--queries", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args(arguments)
    models = chosen.model or [chosen.results / "models/compact/seed-0/fold-0.onnx"]
    frames = readable_frames(chosen.results / "frames/simulated_rf/50x0000.nc", chosen.frames)
    rows = [row for m in models for row in measure(m, frames, chosen.queries, chosen.repeats)]
    if chosen.inception:  # a hundred times as slow: fewer images tell as much
        rows += measure(inception(chosen.out), frames[:1], 20, 3)
    show_and_keep("attack_loop", rows, chosen.out)


if __name__ == "__main__":
    main()
