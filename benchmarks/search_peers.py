"""Compare this project's attacks with those of IBM's Adversarial Robustness Toolbox (ART).

    python -m benchmarks.search_peers

The frames of a finished run are attacked one at a time, by all methods in turn, in the same box of
the same three parameters. Each frame is classified by the network that was trained without its
patient. ART gets a setting as a vector of three numbers that are scaled to the box: from 0 to 1 for
HopSkipJump, and from -1 to 1 for ZOO, because ART keeps both the input and its change within those
bounds. ZOO is made for the pixels of an image; here its coordinates are the three parameters.

A query is an image that was classified. ART is stopped at a budget. A margin is the L-infinity
distance of the nearest flip that was seen, in half-widths of the box.
"""

import argparse
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xarray as xr

from benchmarks.measuring import OUT, configuration, show_and_keep, space_of, spread
from reconattack.attacks import search
from reconattack.attacks.art import black_box
from reconattack.attacks.lattice import distances
from reconattack.attacks.methods import corners, minimal, zoo
from reconattack.attacks.methods.hop_skip_jump import FIRST_PROBES, ITERATIONS
from reconattack.attacks.oracle import Oracle
from reconattack.attacks.path import Target
from reconattack.attacks.space import SearchSpace
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.decisions.binary import Binary, decide
from reconattack.classifiers.folds import fold_of_frame
from reconattack.errors import InputError
from reconattack.frames.chunks import readable_frames
from reconattack.reconstruction.reconstruction import Reconstruction

if TYPE_CHECKING:
    from art.estimators.classification import BlackBoxClassifier

SEED = 0
UNLIMITED = 10**6
FEW = {"init_eval": FIRST_PROBES, "max_iter": ITERATIONS}
# Probes and steps about those of the paper's attack, and a loss that is the decision's.
PAPER_LIKE = {"variable_h": 0.05, "learning_rate": 0.1, "initial_const": 1e3, "max_iter": 100}


class BudgetUsed(BaseException):
    """Ends an attack from inside the oracle; no Exception, so that nobody handles it."""


class Watched:
    """One frame's oracle, which keeps every query until a budget is used.

    Attributes
    ----------
    points, logits, seconds
        Parameter vector and logit of each query, and when it was answered.
    """

    def __init__(self, oracle: Oracle, budget: int) -> None:
        self._oracle = oracle
        self._budget = budget
        self._began = time.perf_counter()
        self.points: list[np.ndarray] = []
        self.logits: list[float] = []
        self.seconds: list[float] = []

    def __call__(self, frames: np.ndarray, parameters: np.ndarray) -> np.ndarray:
        left = self._budget - len(self.logits)
        logits = self._oracle(frames[:left], parameters[:left])
        self.points += list(parameters[:left])
        self.logits += logits.tolist()
        self.seconds += [time.perf_counter() - self._began] * len(logits)
        if len(logits) < len(frames):
            raise BudgetUsed
        return logits


class Victim(NamedTuple):
    """A frame under attack: what judges it, the decision to flip, the cut-off and the budget."""

    oracle: Watched
    label: int
    cutoff: float
    budget: int


Method = Callable[[Victim], int | None]  # queries until it has succeeded


def by_zoo(victim: Victim) -> int | None:
    """The paper's attack, with the default configuration's settings."""
    (path,) = zoo.attack(_target(victim), space_of("zoo"), **_settings("zoo"))
    return len(victim.oracle.logits) if path.stop_reason == "flipped" else None


def by_corners(victim: Victim) -> int | None:
    """The baseline search, with the default configuration's settings."""
    settings = _settings("corners") | {"search": corners.search}
    (path,) = search.attack(_target(victim), space_of("corners"), **settings)
    return path.queries_to_flip


def by_minimal(victim: Victim) -> int | None:
    """The search for the margin, with the budget that ART has."""
    (path,) = minimal.attack(_target(victim), space_of("minimal"), max_queries=victim.budget)
    return path.queries_to_flip


def _target(victim: Victim) -> Target:
    return Target(victim.oracle, np.array([victim.label]), Binary(victim.cutoff), [SEED])


def by_art_hop_skip_jump(victim: Victim, **settings: Any) -> int | None:
    """ART's HopSkipJump in the unit box, by L-infinity distance."""
    space = space_of("minimal")
    classifier = black_box(victim.oracle, 0, space, victim.cutoff)
    start = space.scaled(space.initial[np.newaxis]).astype(np.float32)
    _art().HopSkipJump(classifier, norm=np.inf, verbose=False, **settings).generate(start)
    return first_flip(victim, space)


def by_art_zoo(victim: Victim, **settings: Any) -> int | None:
    """ART's ZOO on settings, in the box from -1 to 1; all three coordinates at a time."""
    space = space_of("minimal")
    classifier = _centred(black_box(victim.oracle, 0, space, victim.cutoff))
    start = 2 * space.scaled(space.initial[np.newaxis]).astype(np.float32) - 1
    coordinates = int(space.free.sum())
    _art().ZooAttack(classifier, nb_parallel=coordinates, verbose=False, **settings).generate(start)
    return first_flip(victim, space)


METHODS: dict[str, Method] = {
    "zoo": by_zoo,
    "corners": by_corners,
    "minimal": by_minimal,
    "ART HopSkipJump": by_art_hop_skip_jump,
    "ART HopSkipJump, few probes": partial(by_art_hop_skip_jump, **FEW),
    "ART ZOO": by_art_zoo,
    "ART ZOO, steps like the paper's": partial(by_art_zoo, **PAPER_LIKE),
}
ENDING_AT_FLIP = ("zoo", "corners")  # with budgets of their own, and without a margin


def measure(
    frames: Sequence[tuple[xr.Dataset, OnnxClassifier]], budget: int
) -> list[dict[str, Any]]:
    """Queries and seconds of each method on frames, each with the network that judges it."""
    _art()  # its import is nobody's time
    config = configuration()
    cutoff, rows = config["run"]["cutoff"], config["reconstruction"]["rows"]
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in METHODS}
    for frame, classifier in frames:
        decision = initial_decision(frame, classifier, rows, cutoff)
        label = frame.attrs.get("label", decision)
        if label != decision:
            continue
        for name, method in METHODS.items():
            oracle = Oracle([Reconstruction(frame, rows)], classifier)
            allowed = UNLIMITED if name in ENDING_AT_FLIP else budget
            results[name].append(attacked(method, oracle, label, cutoff, allowed))
    right = len(results["minimal"])
    nearest = [result.get("margin") for result in results["minimal"]]
    return [
        {"frames": right, "decided wrongly at the start": len(frames) - right, "budget": budget},
        *({"method": name} | summary(name, results[name], nearest) for name in METHODS if right),
    ]


def initial_decision(
    frame: xr.Dataset, classifier: OnnxClassifier, rows: int, cutoff: float
) -> int:
    """What a network says of a frame at the initial setting."""
    oracle = Oracle([Reconstruction(frame, rows)], classifier)
    return int(decide(oracle(np.zeros(1, int), space_of("zoo").initial[np.newaxis]), cutoff)[0])


def attacked(
    method: Method, oracle: Oracle, label: int, cutoff: float, budget: int
) -> dict[str, Any]:
    """What an attack on one frame took; of a flip also when, and the margin."""
    space = space_of("minimal")
    watched = Watched(oracle, budget)
    victim = Victim(watched, label, cutoff, budget)
    began = time.perf_counter()
    try:
        queries = method(victim)
    except BudgetUsed:
        queries = first_flip(victim, space)
    taken = {"images": len(watched.logits), "seconds": time.perf_counter() - began}
    if queries is None:
        return taken
    margin = distances(np.array(watched.points)[_flips(victim, space)], space)[0].min()
    reached = {"queries to success": queries, "seconds to success": watched.seconds[queries - 1]}
    return taken | reached | {"margin": float(margin)}


def first_flip(victim: Victim, space: SearchSpace) -> int | None:
    """Queries up to the first point of the box that flips the decision."""
    flips = np.flatnonzero(_flips(victim, space))
    return int(flips[0]) + 1 if len(flips) else None


def summary(
    name: str, results: Sequence[Mapping[str, Any]], nearest: Sequence[float | None]
) -> dict[str, Any]:
    """Success share of a method, and the spread over frames of what it took."""
    flipped = [result for result in results if "margin" in result]
    row = {"success": len(flipped) / len(results)}
    for column in ("queries to success", "seconds to success"):
        if flipped:
            row[column] = spread([result[column] for result in flipped])
    for column in ("images", "seconds"):
        row[column] = spread([result[column] for result in results])
    if name in ENDING_AT_FLIP or not flipped:
        return row
    row["margin"] = spread([result["margin"] for result in flipped])
    both = [
        result["margin"] / least
        for result, least in zip(results, nearest, strict=True)
        if least and "margin" in result
    ]
    return row | ({"margin beside minimal's": spread(both)} if both else {})


def judged_frames(
    results: Path, model: Path | None, count: int
) -> Iterator[tuple[xr.Dataset, OnnxClassifier]]:
    """The first frames of a run, each with the network that judges it."""
    chunks = sorted((results / "frames/simulated_rf").glob("*.nc"))
    if not chunks:
        raise InputError(f"{results} holds no frames; expected those of a run: make reproduce")
    resize = configuration()["reconstruction"]["resize"]
    folds = {} if model else fold_of_frame([str(results / "folds.csv")])
    named = (named for chunk in chunks for named in readable_frames(chunk))
    for _, (name, frame) in zip(range(count), named, strict=False):
        path = model or results / f"models/compact/seed-0/fold-{folds[name]}.onnx"
        yield frame, OnnxClassifier(path, resize=resize, threads=1)


def _settings(attack: str) -> dict[str, Any]:
    """What the default configuration says of an attack, but its method and box."""
    named = configuration()["attacks"][attack]
    return {key: value for key, value in named.items() if key not in ("method", "parameters")}


def _flips(victim: Victim, space: SearchSpace) -> np.ndarray:
    """Which queries lie in the box and flip the decision, bool (query,)."""
    points = np.array(victim.oracle.points)
    inside = ((points >= space.lower) & (points <= space.upper)).all(axis=1)
    return inside & (decide(np.array(victim.oracle.logits), victim.cutoff) != victim.label)


def _centred(classifier: "BlackBoxClassifier") -> "BlackBoxClassifier":
    """A classifier of the unit box as one of the box from -1 to 1."""
    return type(classifier)(
        lambda centred: classifier.predict((centred + 1) / 2),
        input_shape=classifier.input_shape,
        nb_classes=2,
        clip_values=(-1.0, 1.0),
    )


def _art():
    """ART's attacks; the first import takes seconds."""
    np.random.seed(SEED)  # noqa: NPY002  ART draws from NumPy's global random numbers
    with warnings.catch_warnings():  # that PyTorch is not installed
        warnings.simplefilter("ignore")
        from art.attacks import evasion
    return evasion


def main(arguments: Sequence[str] | None = None) -> None:
    """Attack the frames that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--results", type=Path, default=Path("results"), help="results of a finished run"
    )
    parser.add_argument(
        "--model", type=Path, help="an .onnx file for all frames; default: network of each fold"
    )
    parser.add_argument("--frames", type=int, default=33)
    parser.add_argument("--queries", type=int, default=300, help="budget of minimal and of ART")
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args(arguments)
    frames = list(judged_frames(chosen.results, chosen.model, chosen.frames))
    show_and_keep("search_peers", measure(frames, chosen.queries), chosen.out)


if __name__ == "__main__":
    main()
