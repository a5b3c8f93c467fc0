"""Work that a checkout is timed at, in a process of its own (`benchmarks.before`).

    PYTHONPATH=CHECKOUT python -P benchmarks/peers/work.py RESULTS

It reads the name of a piece of work from each line of its input, does it with the modules of
CHECKOUT, and prints how long that took on the processor's clock [s].
"""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks import attack_loop, bmode
from benchmarks.measuring import configuration, processor_seconds, readable_frames
from reconattack.attacks import search
from reconattack.attacks.judged_lattice import judge_even_lattice
from reconattack.attacks.judged_settings import judge_drawn_settings
from reconattack.attacks.methods import corners, grid, minimal, zoo
from reconattack.attacks.oracle import Oracle
from reconattack.attacks.path import Target
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.decisions.binary import Binary
from reconattack.reconstruction.reconstruction import Reconstruction

FRAMES = 4
LATTICE = {"beta": 0.2, "alpha_lower": 1.0, "alpha_upper": 1.0}
QUERIES = 60
IMAGES = 20

Work = Callable[[], object]


def of_an_image() -> dict[str, Callable[[], Work]]:
    """What is done with one frame of noise, 512 rows; each prepares what is not timed."""
    frame, betas = bmode.noise_frame(2048, 192), iter(np.linspace(0.5, 1.3, 10**6).tolist())
    picture = bmode.Ours(frame, 512)
    picture.from_rf(*bmode.INITIAL)

    def images() -> None:
        for _ in range(IMAGES):
            picture.another_setting(next(betas), *bmode.INITIAL[1:])

    return {
        "another setting": lambda: images,
        "from RF": lambda: lambda: picture.from_rf(*bmode.INITIAL),
    }


def of_a_run(results: Path) -> dict[str, Callable[[], Work]]:
    """What is done with the frames and a network of a finished run; each prepares its frames."""
    config = configuration()
    judging, rows = config["reconstruction"]["resize"], config["reconstruction"]["rows"]
    initial = config["reconstruction"]["initial"]
    frames = readable_frames(results / "frames/simulated_rf/50x0000.nc", FRAMES)
    network = results / "models/compact/seed-0/fold-0.onnx"
    classifier = OnnxClassifier(network, resize=judging, threads=1)
    space, cutoff = attack_loop.space_of("corners"), config["run"]["cutoff"]
    zoo_space, references = attack_loop.space_of("zoo"), np.full(FRAMES, -1)

    def oracle(count: int) -> Oracle:
        return Oracle([Reconstruction(frame, rows) for frame in frames[:count]], classifier)

    def whole_grid() -> Work:
        target = Target(oracle(1), np.array([-1]), Binary(cutoff))
        return lambda: grid.attack(target, space, LATTICE, 10**4)

    def by_zoo() -> Work:
        target = Target(oracle(FRAMES), references, Binary(cutoff))
        return lambda: zoo.attack(target, zoo_space, QUERIES // 7, stop_at_bounds="all")

    def by_corners() -> Work:
        target = Target(oracle(FRAMES), references, Binary(cutoff), range(FRAMES))
        return lambda: search.attack(target, space, corners.search, QUERIES)

    def by_minimal() -> Work:
        target = Target(oracle(FRAMES), references, Binary(cutoff), range(FRAMES))
        return lambda: search.attack(target, space, minimal.search, QUERIES)

    def drawn_settings() -> Work:
        named = {"frame": frames[0]}.items()
        return lambda: judge_drawn_settings(named, classifier, config["accidental"], initial, rows)

    def coarse_lattice() -> Work:
        named, box = {"frame": frames[0]}.items(), config["attacks"]["corners"]["parameters"]
        points = config["explorer"]["points"]
        return lambda: judge_even_lattice(named, classifier, points, box, initial, rows)

    return {
        "grid": whole_grid,
        "the paper's attack": by_zoo,
        "minimal": by_minimal,
        "accidental": drawn_settings,
        "lattice of the explorer": coarse_lattice,
        "corners": by_corners,
    }


def timed_works(works: dict[str, Callable[[], Work]], names: Iterator[str]) -> Iterator[float]:
    """Seconds of the processor for each named piece of work."""
    for name in names:
        yield processor_seconds(works[name]())


def main(results: str) -> None:
    """Do what the input asks for; what libraries print goes elsewhere."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "w") as told:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        works = of_an_image() | (of_a_run(Path(results)) if results else {})
        for seconds in timed_works(works, (line.strip() for line in sys.stdin)):
            print(seconds, file=told, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
