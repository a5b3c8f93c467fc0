"""Time a training step of the paper's network with AVX2 alone, with all instructions, in bfloat16.

    python -m benchmarks.large_network

Each way trains on random images in processes of its own, which take turns. A step is timed by the
processor's clock; the first, which also traces the network, is not counted. A ratio is relative to
AVX2 in the same turn. `repeats` says whether all turns of a way end in the same weights, bit for
bit.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measuring import OUT, ROOT, processor_seconds, show_and_keep, spread
from reconattack.classifiers.training.instructions import LIMIT, multiplies_bfloat16

LIMITED = "AVX2, float32"
WAYS = {  # precision, and what oneDNN may use
    LIMITED: ("float32", {LIMIT: "AVX2"}),
    "all instructions, float32": ("float32", {}),
    "all instructions, bfloat16": ("bfloat16", {}),
}
SEED = 0
BATCH = 8  # as in config/paper.yaml


def measure(network: str, size: int, steps: int, repeats: int) -> list[dict[str, Any]]:
    """A row for each way that this processor can go."""
    ways = [way for way, (precision, _) in WAYS.items() if precision == "float32" or _has()]
    turns = [{way: _in_process(way, network, size, steps) for way in ways} for _ in range(repeats)]
    return [
        {
            "training": way,
            "s a step": spread([turn[way]["s"] for turn in turns]),
            "ratio": spread([turn[LIMITED]["s"] / turn[way]["s"] for turn in turns]),
            "repeats": len({turn[way]["weights"] for turn in turns}) == 1,
        }
        for way in ways
    ]


def _has() -> bool:
    os.environ.pop(LIMIT, None)
    return multiplies_bfloat16()


def _in_process(way: str, network: str, size: int, steps: int) -> dict[str, Any]:
    precision, limit = WAYS[way]
    environment = {name: value for name, value in os.environ.items() if name != LIMIT} | limit
    environment |= {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "1"}
    command = [sys.executable, "-m", "benchmarks.large_network", "--precision", precision]
    command += ["--network", network, "--size", str(size), "--steps", str(steps)]
    # No shell reads it, and its arguments are those of whoever starts the benchmark.
    told = subprocess.check_output(command, cwd=ROOT, text=True, env=environment)  # noqa: S603
    return json.loads(told.splitlines()[-1])


def train_steps(network: str, size: int, steps: int, precision: str) -> dict[str, Any]:
    """Median seconds of a step, and the digest of the weights after all steps."""
    import keras

    from reconattack.classifiers.backends.determinism import make_deterministic
    from reconattack.classifiers.training.building import build_network
    from reconattack.classifiers.training.precision import calculating_in

    make_deterministic(SEED, threads=1)
    random = np.random.default_rng(SEED)
    with calculating_in(precision):
        whole = build_network(network, (size, size), dropout=0.5)
        model = keras.Model(whole.input, whole.output["logit"])
        model.compile(
            keras.optimizers.SGD(0.001, 0.9), keras.losses.BinaryCrossentropy(from_logits=True)
        )
        model.optimizer.build(model.trainable_variables)
        took = []
        for _ in range(steps + 1):
            images = random.uniform(0, 255, (BATCH, size, size, 1)).astype(np.float32)
            labels = random.integers(0, 2, BATCH).astype(np.float32)
            took.append(processor_seconds(lambda: model.train_on_batch(images, labels)))  # noqa: B023
    digest = hashlib.sha256(b"".join(weights.tobytes() for weights in model.get_weights()))
    return {"s": float(np.median(took[1:])), "weights": digest.hexdigest()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure all ways, or one of them in this process."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", default="InceptionResNetV2")
    parser.add_argument("--size", type=int, default=299, help="height and width of an image")
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--precision", help="only this one, in this process")
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args(arguments)
    if chosen.precision:
        print(json.dumps(train_steps(chosen.network, chosen.size, chosen.steps, chosen.precision)))
        return
    rows = measure(chosen.network, chosen.size, chosen.steps, chosen.repeats)
    show_and_keep("large_network", rows, chosen.out)


if __name__ == "__main__":
    main()
