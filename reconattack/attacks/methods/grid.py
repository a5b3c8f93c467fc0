"""The exact worst case on a lattice: every decimal point of the box is judged, none is searched.

A lattice of the paper's update steps (17 x 21 x 21 = 7,497 points of its box) contains every
iterate of every attack that moves by these steps, so what it does not flip, none of them flips:
the frame is *grid-certified*, robust on the lattice and nowhere else. Points between those of the
lattice, the probes of finite differences among them, are not judged.

The levels of an image depend on the first parameter alone (`Reconstruction.levels`), so the
lattice is judged in slices, one for each value of it. Settings that give a network the same input
are judged once. The change of every image from the initial one is kept, so that flips can be
ordered by how visible they are. Results can be kept after every slice, for a job that may be
interrupted.
"""

import hashlib
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as File
from zipfile import BadZipFile

import numpy as np
import xarray as xr

from reconattack.attacks.lattice import distances, lattice_axes, lattice_points
from reconattack.attacks.oracle import BATCH, IMAGES, Oracle, digest_of, in_parts, joined
from reconattack.attacks.path import Path, Target
from reconattack.attacks.space import SearchSpace
from reconattack.classifiers.decisions.decision import Decision
from reconattack.reconstruction.parameter import described
from reconattack.reconstruction.parameters import PARAMETERS
from reconattack.reconstruction.picture_change import GREY_MEASURES, MEASURES
from reconattack.storage import replacing

log = logging.getLogger(__name__)

EXHAUSTIVE = True
MANY_QUERIES = True
FINDS = "lattice"
SETTINGS = {
    "lattice": {"$ref": "#/$defs/lattice"},
    "max_points": {
        "description": (
            "Largest number of lattice points; a larger lattice is refused before anything runs."
        ),
        "type": "integer",
        "minimum": 1,
    },
}
DIGEST_BYTES = hashlib.sha256().digest_size
KNOWN_VALUES = 1 + len(GREY_MEASURES)  # of an image: its score first


@dataclass
class GridPath(Path):
    """One frame's lattice; its steps are the initial setting and the one of lowest margin.

    Attributes
    ----------
    field
        Scores, float64, an axis for each parameter; empty if the frame was not attacked.
    flips
        Whether the decision is not the reference, bool, the same axes.
    changes
        The `GREY_MEASURES` against the initial setting, float64, the same axes and one for them.
    queries
        Images judged; the other points of the lattice are `repeats`, whose images another one had.
    n_flipping
        Lattice points at which the decision is not the reference.
    lowest_margin
        Lowest margin of the reference decision on the lattice.
    nearest_flip, nearest_distance
        The flipping point nearest to the initial setting, (parameter,), and its L-infinity distance
        in units of the box's half-width; NaN if there is none.
    """

    flips: np.ndarray = field(default_factory=lambda: np.empty(0, bool))
    changes: np.ndarray = field(default_factory=lambda: np.empty(0))
    field: np.ndarray = field(default_factory=lambda: np.empty(0))  # hides the function from here
    n_flipping: int = 0
    lowest_margin: float = np.nan
    nearest_flip: np.ndarray | float = np.nan
    nearest_distance: float = np.nan


def attack(
    target: Target, space: SearchSpace, lattice: Mapping[str, float], max_points: int
) -> list[GridPath]:
    """Judge the whole lattice of each frame, one frame after the other.

    Parameters
    ----------
    target
        Frames, classifier and reference decisions. Its `partial` files keep the slices judged so
        far, and an interrupted attack goes on from them; the caller removes them.
    space
        The box and the initial setting.
    lattice
        Step of each parameter, in its unit.
    max_points
        Largest lattice that is judged.

    Returns
    -------
    list of GridPath
        One for each frame, in order.

    Raises
    ------
    InputError
        If the steps do not fit the box or the lattice has too many points (`lattice_axes`).
    """
    axes = lattice_axes(space, lattice, max_points)
    files = target.partial or [None] * len(target.references)
    return [
        _attack_frame(
            FrameImages(target.oracle, frame, space),
            int(reference),
            space,
            axes,
            target.decision,
            file,
        )
        for frame, (reference, file) in enumerate(zip(target.references, files, strict=True))
    ]


def findings(
    paths: Sequence[GridPath],
    target: Target,
    space: SearchSpace,
    lattice: Mapping[str, float],
    max_points: int,
) -> xr.Dataset:
    """What a grid knows beyond its paths: the field of scores of each frame and its verdicts.

    Returns
    -------
    xarray.Dataset
        Dimensions frame, parameter and `grid_{parameter}` for each parameter. `grid_logit`, or
        `grid_margin` of a decision that is not binary, is float32 and NaN where a frame was not
        attacked, and so are the `GREY_MEASURES` under `grid_{measure}`; `grid_flips` and the other
        verdicts rest on the exact scores.
    """
    axes, decision = lattice_axes(space, lattice, max_points), target.decision
    shape = [len(axis) for axis in axes]
    names = [f"grid_{name}" for name in space.names]
    scores = np.full((len(paths), *shape), np.nan, np.float32)
    flips = np.zeros((len(paths), *shape), bool)
    changes = np.full((len(paths), *shape, len(GREY_MEASURES)), np.nan, np.float32)
    nearest = np.full((len(paths), len(names)), np.nan)
    for number, path in enumerate(paths):
        nearest[number] = path.nearest_flip
        if path.field.size:
            scores[number], flips[number], changes[number] = path.field, path.flips, path.changes
    by_frame = {
        "grid_certified": (
            [path.stop_reason == "exhausted" for path in paths],
            bool,
            "1",
            "whether no point of the lattice flips the decision",
        ),
        "n_flipping": (
            [path.n_flipping for path in paths],
            int,
            "1",
            "lattice points that flip the decision",
        ),
        "lowest_margin": (
            [path.lowest_margin for path in paths],
            float,
            "1",
            "lowest margin of the reference decision on the lattice",
        ),
        "nearest_distance": (
            [path.nearest_distance for path in paths],
            float,
            "half-width of the box",
            "L-infinity distance of the nearest flipping lattice point from the initial setting",
        ),
    }
    recorded = xr.Dataset(
        {
            f"grid_{decision.score}": (
                ("frame", *names),
                scores,
                described(decision.score_unit, f"{decision.score_means} on the lattice"),
            ),
            "grid_flips": (
                ("frame", *names),
                flips,
                described("1", "whether the decision is flipped there"),
            ),
            **{
                f"grid_{measure}": (("frame", *names), changes[..., number], MEASURES[measure])
                for number, measure in enumerate(GREY_MEASURES)
            },
            "nearest_flip": (
                ("frame", "parameter"),
                nearest,
                described("as in parameter_units", "flipping lattice point nearest to initial"),
            ),
            **{
                name: ("frame", np.array(values, dtype), described(units, long_name))
                for name, (values, dtype, units, long_name) in by_frame.items()
            },
        },
        coords={
            name: (name, axis, PARAMETERS[parameter].attributes)
            for name, axis, parameter in zip(names, axes, space.names, strict=True)
        },
    )
    for variable in recorded.data_vars.values():
        if set(names) <= set(variable.dims):
            variable.encoding = {"zlib": True, "complevel": 1}
    return recorded


class FrameImages:
    """One frame under an oracle: whatever of it looks different is judged once.

    Attributes
    ----------
    judged
        The scores so far, by the SHA-256 of what was judged: of models that do not see the picture
        the changes of the picture cannot be told by that.
    """

    def __init__(self, oracle: Oracle, frame: int, space: SearchSpace) -> None:
        self._oracle = oracle
        self._frame = frame
        (self._original,) = oracle.images(frame, space.initial[np.newaxis])
        self.judged: dict[bytes, float] = {}

    def __call__(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What is known of the images at points (n, parameter).

        Returns
        -------
        tuple of numpy.ndarray
            Score and `GREY_MEASURES`, float64 (n, 4), and digests, uint8 (n, 32).
        """
        known, digests = zip(*map(self._judge, in_parts(points, BATCH)), strict=True)
        digests = np.frombuffer(b"".join(map(b"".join, digests)), np.uint8)
        return np.concatenate(known), digests.reshape(-1, DIGEST_BYTES)

    def remember(self, judged: np.ndarray, digests: np.ndarray) -> None:
        """Take over what a former process judged, in the form of a call's result."""
        self.judged |= dict(zip(map(bytes, digests), judged[:, 0].tolist(), strict=True))

    def _judge(self, points: np.ndarray) -> tuple[np.ndarray, list[bytes]]:
        *inputs, changes = joined(len(points), map(self._look, in_parts(points, IMAGES)))
        digests = [digest_of(*looks) for looks in zip(*inputs, strict=True)]
        rows = {digest: row for row, digest in enumerate(digests) if digest not in self.judged}
        if rows:
            if len(rows) < len(points):
                chosen = list(rows.values())
                inputs = [array[chosen] for array in inputs]
            scores = self._oracle.scores(self._frame, tuple(inputs))
            self.judged |= dict(zip(rows, scores.tolist(), strict=True))
        return np.column_stack([[self.judged[digest] for digest in digests], changes]), digests

    def _look(self, points: np.ndarray) -> tuple[np.ndarray, ...]:
        """What reaches the model at points, and the `GREY_MEASURES` of their images, (n, 3)."""
        images = self._oracle.images(self._frame, points)
        inputs = self._oracle.inputs(self._frame, points, images)
        return *inputs, self._oracle.changes(self._frame, self._original, images)


def _attack_frame(
    frame_images: FrameImages,
    reference: int,
    space: SearchSpace,
    axes: Sequence[np.ndarray],
    decision: Decision,
    file: File | None,
) -> GridPath:
    """Judge the initial setting and, if the reference is right there, the lattice."""
    ((start, *_),), _ = frame_images(space.initial[np.newaxis])
    own = 0 if decision.flips(start) else 1
    path = GridPath(own if reference < 0 else reference)
    path.append(space.initial, float(start), decision)
    if own != path.reference:
        path.stop_reason = "wrong_at_start"
    elif np.isposinf(start):
        path.stop_reason = "not_grave"
    else:
        judged = _judge_lattice(frame_images, axes, file)
        path.field, path.changes = judged[..., 0], judged[..., 1:]
        path.repeats = path.field.size - len(frame_images.judged)
        _find_worst(path, space, axes, decision)
    path.queries = len(frame_images.judged)
    return path


def _judge_lattice(
    frame_images: FrameImages, axes: Sequence[np.ndarray], file: File | None
) -> np.ndarray:
    """Score and `GREY_MEASURES` on the whole lattice, an axis for each parameter and one more."""
    judged, digests = _kept_slices(file, math.prod(map(len, axes[1:])))
    frame_images.remember(
        np.reshape(judged, (-1, KNOWN_VALUES)), np.reshape(digests, (-1, DIGEST_BYTES))
    )
    for value in axes[0][len(judged) :]:
        of_slice = frame_images(lattice_points([np.array([value]), *axes[1:]]))
        judged, digests = [*judged, of_slice[0]], [*digests, of_slice[1]]
        if file is not None:
            with replacing(file) as temporary, open(temporary, "wb") as opened:
                np.savez(opened, judged=judged, digests=digests)
    return np.reshape(judged, [*map(len, axes), KNOWN_VALUES])


def _kept_slices(file: File | None, points: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """What an interrupted attack has judged, with its digests, an entry for each slice."""
    if file is None or not file.exists():
        return [], []
    try:
        with np.load(file) as kept:
            judged, digests = kept["judged"], kept["digests"]
    except (BadZipFile, EOFError, KeyError, OSError, ValueError) as error:
        log.warning("%s cannot be read (%s): its slices are judged again", file, error)
        return [], []
    slices = len(judged), points
    if judged.shape != (*slices, KNOWN_VALUES) or digests.shape != (*slices, DIGEST_BYTES):
        log.warning("%s is of another lattice: its slices are judged again", file)
        return [], []
    log.info("%s: %d slices had been judged before an interruption", file, len(judged))
    return list(judged), list(digests)


def _find_worst(
    path: GridPath, space: SearchSpace, axes: Sequence[np.ndarray], decision: Decision
) -> None:
    """Note the lowest margin and the nearest flip; of equals the one nearest to the start."""
    points, scores = lattice_points(axes), path.field.ravel()
    margins = decision.margins(scores, path.reference)
    farthest, length = distances(points, space)
    worst = np.lexsort((length, farthest, margins))[0]
    path.flips = decision.flips(path.field, path.reference)
    flips = np.flatnonzero(path.flips)
    path.n_flipping = len(flips)
    path.lowest_margin = float(margins[worst])
    path.stop_reason = "flipped" if len(flips) else "exhausted"
    if len(flips):
        nearest = flips[np.lexsort((length[flips], farthest[flips]))[0]]
        path.nearest_flip, path.nearest_distance = points[nearest], float(farthest[nearest])
    path.append(points[worst], float(scores[worst]), decision)
