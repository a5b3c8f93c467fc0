"""A proof: no setting of the box flips the decision, or one that does and how near the nearest is.

Other methods try settings. This one bounds the margin on whole parts of the box, for every setting
in them, and for the 8-bit pictures and float32 logits as they are really computed
(`reconattack.attacks.proof`). The box is cut until every part is proved, or the nearest flip is
known to `tolerance`, or `max_cells` parts were bounded. The nearest parts come first, so that what
is proved grows around the initial setting: nothing nearer than `certified_margin` flips.

Faces and corners of the box are judged before, and the flips of the attacks that `start_from`
names. What flips is drawn nearer by bisection.
"""

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr

from reconattack.attacks.lattice import distances
from reconattack.attacks.path import Path, Target, judge_start
from reconattack.attacks.proof.branching import Proof, prove
from reconattack.attacks.proof.cell import KNOBS
from reconattack.attacks.proof.frame import decision_bound, provable_box, provable_network
from reconattack.attacks.proof.relu_network import ReluNetwork
from reconattack.attacks.proof.unit import unit_bound
from reconattack.attacks.record import POSITIONS
from reconattack.attacks.space import SearchSpace, faces_and_corners
from reconattack.attacks.units import UnitOracle
from reconattack.classifiers.decisions.binary import Binary
from reconattack.reconstruction.parameter import described

FINDS = "proof"
STARTS_FROM = True
SETTINGS = {
    "max_cells": {
        "description": (
            "Largest number of parts of the box that are bounded for a frame. What is then neither "
            "proved nor flipped is undecided. It is no number of seconds, so that results do not "
            "depend on the machine."
        ),
        "type": "integer",
        "minimum": 1,
    },
    "tolerance": {
        "description": (
            "Difference of the proved and the found margin, in half-widths of the box, at which a "
            "frame that flips is done."
        ),
        "type": "number",
        "exclusiveMinimum": 0,
    },
}


def attack(
    target: Target, space: SearchSpace, max_cells: int, tolerance: float
) -> list["CertifiedPath"]:
    """Prove the decision over the box of each frame, or unit of frames, or find what flips it.

    Parameters
    ----------
    target
        Frames, classifier and reference decisions. Its oracle has the reconstructions.
    space
        The box and the initial setting.
    max_cells, tolerance
        As `SETTINGS` describes them.

    Returns
    -------
    list of CertifiedPath
        One for each frame, in order. Steps are the initial setting and the flips found; the
        nearest is the best.

    Raises
    ------
    InputError
        If no bounds are known for the network or for a parameter of the box.
    """
    network = provable_network(target.judge)
    return [
        _prove_frame(target, space, network, frame, path, max_cells, tolerance)
        for frame, path in enumerate(judge_start(target, space))
    ]


class CertifiedPath(Path):
    """A path with the proof that was found beside it; None for a frame that was not attacked."""

    proof: Proof | None = None


def _prove_frame(
    target: Target,
    space: SearchSpace,
    network: ReluNetwork,
    frame: int,
    path: Path,
    max_cells: int,
    tolerance: float,
) -> CertifiedPath:
    found = CertifiedPath(**vars(path))
    reconstruction = target.oracle.reconstructions[frame]
    of_unit = isinstance(target.oracle, UnitOracle)
    box = provable_box(space, (reconstruction[0] if of_unit else reconstruction).setting)
    if found.stop_reason:
        return found
    flips = _Flips(target, space, frame, found, tolerance)
    (start,) = space.scaled(space.initial[np.newaxis])
    corners = space.points(faces_and_corners(start))
    flips.judge(np.concatenate([*target.starts[frame : frame + 1], corners]))
    is_binary = isinstance(target.decision, Binary)
    reference = found.reference if is_binary else target.oracle.reference(frame)
    judged, given = (reference, target.decision), (target.judge, network, reconstruction)
    if of_unit:
        bound = unit_bound(*given, target.oracle.rule, box, *judged)
    else:
        bound = decision_bound(*given, box, *judged)
    initial = np.array(box.lower)
    order = [KNOBS.index(name) for name in space.names if name in KNOBS]
    kept = [name in KNOBS for name in space.names]
    initial[order] = space.initial[kept]

    def nearest_flip(setting: np.ndarray | None) -> float:
        if setting is not None:
            point = space.initial.copy()
            point[kept] = setting[order]
            flips.judge(point[np.newaxis])
        return flips.distance

    found.proof = prove(box, initial, bound.picture, bound, nearest_flip, max_cells, tolerance)
    found.best = flips.best
    if math.isfinite(flips.distance):
        found.stop_reason = "flipped"
    else:
        found.stop_reason = "certified" if found.proof.is_whole else "undecided"
    return found


class _Flips:
    """The flips of one frame that were found, each drawn towards the initial setting.

    Attributes
    ----------
    distance
        Distance of the nearest, L-infinity in half-widths of the box; infinite without one.
    best
        Its step in the path; 0 without one.
    """

    def __init__(
        self, target: Target, space: SearchSpace, frame: int, path: Path, tolerance: float
    ) -> None:
        self._target = target
        self._space = space
        self._frame = frame
        self._path = path
        self._tolerance = tolerance
        self.distance = math.inf
        self.best = 0

    def judge(self, points: np.ndarray) -> None:
        """Judge settings (n, parameter) that are nearer than the nearest flip known."""
        away, _ = distances(points, self._space)
        for point in points[np.argsort(away, kind="stable")]:
            if self._distance(point) < self.distance and self._flips(point) is not None:
                self._draw_nearer(point)

    def _draw_nearer(self, point: np.ndarray) -> None:
        """Bisect from a flip to the initial setting, to the tolerance."""
        start, kept, flipped = self._space.initial, 0.0, 1.0
        whole = self._distance(point)
        while (flipped - kept) * whole > self._tolerance / 2:
            middle = (kept + flipped) / 2
            if self._flips(start + middle * (point - start)) is None:
                kept = middle
            else:
                flipped = middle
        nearest = start + flipped * (point - start)
        self._path.append(nearest, self._flips(nearest), self._target.decision)
        self.distance, self.best = self._distance(nearest), len(self._path.parameters) - 1

    def _flips(self, point: np.ndarray) -> float | None:
        """The score at a setting that flips the decision, None at another."""
        (score,) = self._target.oracle(np.array([self._frame]), point[np.newaxis])
        flips = self._target.decision.flips(score, self._path.reference)
        return float(score) if flips else None

    def _distance(self, point: np.ndarray) -> float:
        return float(distances(point[np.newaxis], self._space)[0][0])


def findings(
    paths: Sequence[CertifiedPath], target: Target, space: SearchSpace, **settings: object
) -> xr.Dataset:
    """Verdicts, margins and the proofs themselves.

    Returns
    -------
    xarray.Dataset
        By frame: `certified`, `certified_margin`, `margin_linf`, `margin_gap`, `undecided_share`
        and `cells`, NaN or 0 for a frame that was not attacked. By `proved_cell` and `knob`, for
        all frames one after the other: the ends of each proved part, its `proved_bound` and its
        frame's position `proved_frame`.
    """
    proofs = [getattr(path, "proof", None) for path in paths]
    flipped = [
        distances(np.array(path.parameters[path.best])[np.newaxis], space)[0][0]
        if path.stop_reason == "flipped"
        else np.nan
        for path in paths
    ]
    proved = [np.nan if proof is None else proof.certified_margin for proof in proofs]
    leaves = [
        (row, cell, bound)
        for row, proof in enumerate(proofs)
        if proof is not None
        for cell, bound in proof.proved
    ]
    by_frame = {
        "certified": (
            [path.stop_reason in ("certified", "immune") for path in paths],
            bool,
            "1",
            "whether no setting of the box flips the decision",
        ),
        "certified_margin": (
            proved,
            float,
            "half-width of the box",
            "no setting nearer to the initial one flips, L-infinity",
        ),
        "margin_linf": (flipped, float, "half-width of the box", "L-infinity margin found"),
        "margin_gap": (
            np.subtract(flipped, proved),
            float,
            "half-width of the box",
            "margin found less margin proved",
        ),
        "undecided_share": (
            [np.nan if proof is None else proof.open_share for proof in proofs],
            float,
            "1",
            "volume of what is not proved, as a share of the box",
        ),
        "cells": (
            [0 if proof is None else proof.cells for proof in proofs],
            int,
            "1",
            "parts of the box that were bounded",
        ),
    }
    cells = np.array([[cell.lower, cell.upper] for _, cell, _ in leaves]).reshape(-1, 2, len(KNOBS))
    near = described("as in the attack's box", "end of a proved part of the box")
    return xr.Dataset(
        {
            name: ("frame", np.array(values, dtype), described(units, long_name))
            for name, (values, dtype, units, long_name) in by_frame.items()
        }
        | {
            "proved_lower": (("proved_cell", "knob"), cells[:, 0], near),
            "proved_upper": (("proved_cell", "knob"), cells[:, 1], near),
            "proved_bound": (
                "proved_cell",
                np.array([bound for _, _, bound in leaves], float),
                described("1", "lower bound of the logit margin in the part"),
            ),
            "proved_frame": (
                "proved_cell",
                np.array([row for row, _, _ in leaves], int),
                described("1", "position of the frame in this record") | {POSITIONS: "frame"},
            ),
        },
        coords={"knob": np.array(KNOBS, object)},
    )
