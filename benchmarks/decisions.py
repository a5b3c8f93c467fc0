"""Time what units of frames, and masks, add to the images that they cost.

    python -m benchmarks.decisions

A query of a unit of eight frames is compared with a query of each of them, and a query of a network
that outlines in 256 x 256 pixels with the network alone. Both take turns in one run, by the
processor's clock. The networks have random weights, which does not change what they cost.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from benchmarks.bmode import noise_frame
from benchmarks.check import compact_network
from benchmarks.measuring import (
    OUT,
    configuration,
    processor_seconds,
    show_and_keep,
    space_of,
    spread,
)
from reconattack.attacks.oracle import Oracle
from reconattack.attacks.units import UnitOracle
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.reconstruction.reconstruction import Reconstruction

SAMPLES, LINES, ROWS = 2592, 192, 400  # of the default run
FRAMES = 8
SETTINGS = 32
SIDE = 256
CHANNELS = (8, 16)  # of a small network that outlines


def of_units(model: Path, repeats: int) -> dict[str, Any]:
    """A query of a unit beside queries of its frames."""
    config, space = configuration(), space_of("corners")
    initial, resize = config["reconstruction"]["initial"], config["reconstruction"]["resize"]
    judge = OnnxClassifier(model, resize=resize, threads=1)
    frame = noise_frame(SAMPLES, LINES)
    points = np.random.default_rng(0).uniform(space.lower, space.upper, (SETTINGS, 3))
    frames = [Reconstruction(frame, ROWS, space.names, initial) for _ in range(FRAMES)]
    single, unit = Oracle(frames, judge), UnitOracle([frames], judge, "mean")
    alone = np.repeat(np.arange(FRAMES), SETTINGS), np.tile(points, (FRAMES, 1))
    together = np.zeros(SETTINGS, int), points
    times: dict[str, list[float]] = {"alone": [], "together": []}
    for _ in range(repeats + 1):  # the first to warm up
        times["alone"].append(processor_seconds(lambda: single(*alone)))
        times["together"].append(processor_seconds(lambda: unit(*together)))
    alone, together = (np.array(times[way][1:]) for way in ("alone", "together"))
    return {
        "work": f"a query of a unit of {FRAMES} frames",
        "ms": spread(together / SETTINGS * 1e3),
        "ratio to a query of each frame": spread(together / alone),
    }


def of_masks(folder: Path, repeats: int) -> dict[str, Any]:
    """A query of a network that outlines, beside the network alone."""
    config, space = configuration(), space_of("corners")
    initial = config["reconstruction"]["initial"]
    decision = {"kind": "mask", "structures": ["liver"], "dice": 0.9}
    resize = {"library": "pillow", "kernel": "bilinear"}
    judge = OnnxClassifier(
        outlining_network(folder / "outlining.onnx"),
        resize=resize,
        threads=1,
        scaling={"divide": 255},
        decision=decision,
    )
    frame = Reconstruction(noise_frame(SAMPLES, LINES), ROWS, space.names, initial)
    oracle = Oracle([frame], judge, judge.decision)
    points = np.random.default_rng(0).uniform(space.lower, space.upper, (SETTINGS, 3))
    oracle(np.zeros(1, int), space.initial[np.newaxis])
    inputs = oracle.inputs(0, points)
    whole, network = [], []
    for _ in range(repeats + 1):
        whole.append(processor_seconds(lambda: oracle(np.zeros(SETTINGS, int), points)))
        network.append(processor_seconds(lambda: judge.scores(*inputs)))
    whole, network = np.array(whole[1:]), np.array(network[1:])
    return {
        "work": f"a query of a mask of {SIDE} x {SIDE} pixels",
        "ms": spread(whole / SETTINGS * 1e3),
        "ratio to the network alone": spread(whole / network),
    }


def outlining_network(path: Path) -> Path:
    """Two convolutions down and up again, as ONNX: a U-Net's work in little."""
    random = np.random.default_rng(0)
    constants, nodes = {}, []

    def convolution(given: str, out: str, channels: tuple[int, int], relu: bool = True) -> None:
        kernel = random.standard_normal((channels[1], channels[0], 3, 3)) / (3 * channels[0] ** 0.5)
        constants[f"{out}_kernel"] = kernel.astype(np.float32)
        name = f"{out}_before" if relu else out
        nodes.append(helper.make_node("Conv", [given, f"{out}_kernel"], [name], pads=[1, 1, 1, 1]))
        if relu:
            nodes.append(helper.make_node("Relu", [name], [out]))

    convolution("x", "first", (1, CHANNELS[0]))
    nodes.append(
        helper.make_node("MaxPool", ["first"], ["half"], kernel_shape=[2, 2], strides=[2, 2])
    )
    convolution("half", "deep", CHANNELS)
    constants["scales"] = np.array([1, 1, 2, 2], np.float32)
    nodes.append(helper.make_node("Resize", ["deep", "", "scales"], ["up"], mode="nearest"))
    nodes.append(helper.make_node("Concat", ["first", "up"], ["both"], axis=1))
    convolution("both", "joined", (sum(CHANNELS), CHANNELS[0]))
    convolution("joined", "logit", (CHANNELS[0], 1), relu=False)
    nodes.append(helper.make_node("Sigmoid", ["logit"], ["mask"]))
    shape = ["n", 1, SIDE, SIDE]
    graph = helper.make_graph(
        nodes,
        "outlining",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("mask", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.save(model, path)
    return path


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure as often as the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        model = compact_network(Path(folder))
        rows = [of_units(model, chosen.repeats), of_masks(Path(folder), chosen.repeats)]
    show_and_keep("decisions", rows, chosen.out)


if __name__ == "__main__":
    main()
