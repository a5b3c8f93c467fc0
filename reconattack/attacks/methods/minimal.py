"""The margin of a frame: the smallest change of the setting that flips the decision.

Distances are from the initial setting in half-widths of the box: L-infinity is how far that knob
moves which moves farthest, L2 the length of the whole way. In this order a frame is

1. judged at both ends of every knob, the others at their initial value, and at the box's corners;
2. scanned along every knob alone, `SCAN` points on each side, and the first change of the decision
   is bisected; what flips between two points of the scan only is not seen;
3. searched until something flips, by Sobol points of the box and random points about the lowest
   margin in turn;
4. drawn nearer: along the diagonals, on which all knobs move equally far, then by random points
   that are nearer than the nearest flip, for both distances in turn until the budget is used.

What flips is bisected towards the initial setting, down to `TOLERANCE`. A margin found is an upper
bound of the true one; where nothing flipped, nothing is known but that.
"""

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import xarray as xr

from reconattack.attacks import search as searches
from reconattack.attacks.lattice import distances
from reconattack.attacks.path import Path, Target
from reconattack.attacks.search import Evaluate
from reconattack.attacks.space import DECIMALS, MOST_CORNERS, SearchSpace
from reconattack.attacks.stop_reasons import NOT_ATTACKED
from reconattack.classifiers.decisions.decision import Decision
from reconattack.reconstruction.parameter import described

SCAN = 8
TOLERANCE = 1e-3  # half-width
BATCH = 4  # a power of two, as Sobol points are drawn
INWARDS = 0.98  # distance of points that may be nearer, as a share of the nearest flip's
SPREADS = 0.5 * 0.7 ** np.arange(6)  # of random points, narrower while none is any better
SAME = 1.5 * 10.0**-DECIMALS  # of a value that was rounded

FINDS = "margins"

Norm = Callable[[np.ndarray], np.ndarray]
Line = Callable[[float], np.ndarray]


def attack(target: Target, space: SearchSpace, max_queries: int) -> list[Path]:
    """Search the nearest flip of each frame; `search.attack` describes the arguments.

    Returns
    -------
    list of Path
        One for each frame, in order; the best step is the flip of least L-infinity distance.
    """
    paths = searches.attack(target, space, search, max_queries, stop_at_flip=False)
    for path in paths:
        if path.stop_reason == "flipped":
            path.best = int(nearest_flips(path, space, target.decision)[0])
    return paths


def findings(
    paths: Sequence[Path], target: Target, space: SearchSpace, **settings: object
) -> xr.Dataset:
    """Margins, nearest flips and the safe interval of each knob alone.

    Returns
    -------
    xarray.Dataset
        Dimensions frame, parameter. All NaN for frames that were not attacked; margins and nearest
        flips where nothing flipped; the end of a safe interval where the budget ended before.
    """
    nearest = np.full((2, len(paths), len(space.names)), np.nan)
    safe = np.full((2, *nearest.shape[1:]), np.nan)
    is_bound = np.zeros(safe.shape, bool)
    for row, path in enumerate(paths):
        if path.stop_reason == "flipped":
            nearest[:, row] = np.array(path.parameters)[nearest_flips(path, space, target.decision)]
        if path.stop_reason == "immune":
            safe[:, row], is_bound[:, row] = (space.lower, space.upper), True
        elif path.stop_reason not in NOT_ATTACKED:
            safe[:, row], is_bound[:, row] = safe_intervals(path, space, target.decision)
    by_frame, by_parameter = "frame", ("frame", "parameter")
    far, near = "half-width of the box", "as in parameter_units"
    beyond = "so, as far as scanned, to the end of the box"
    variables = {
        "margin_linf": (by_frame, distances(nearest[0], space)[0], far, "L-infinity margin found"),
        "margin_l2": (by_frame, distances(nearest[1], space)[1], far, "L2 margin found"),
        "nearest_linf": (by_parameter, nearest[0], near, "flip of least L-infinity distance"),
        "nearest_l2": (by_parameter, nearest[1], near, "flip of least L2 distance"),
        "safe_lower": (by_parameter, safe[0], near, "lowest safe value of this knob alone"),
        "safe_upper": (by_parameter, safe[1], near, "highest safe value of this knob alone"),
        "safe_lower_is_bound": (by_parameter, is_bound[0], "1", f"whether it is {beyond}"),
        "safe_upper_is_bound": (by_parameter, is_bound[1], "1", f"whether it is {beyond}"),
    }
    return xr.Dataset(
        {
            name: (dimensions, values, described(units, long_name))
            for name, (dimensions, values, units, long_name) in variables.items()
        }
    )


def nearest_flips(path: Path, space: SearchSpace, decision: Decision) -> np.ndarray:
    """Steps of the flips of least L-infinity and of least L2 distance, (2,); path has a flip."""
    flips = np.flatnonzero(path.is_flip(decision))
    farthest, length = distances(np.array(path.parameters)[flips], space)
    by_distance = np.lexsort((length, farthest))[0], np.lexsort((farthest, length))[0]
    return flips[list(by_distance)]


def safe_intervals(
    path: Path, space: SearchSpace, decision: Decision
) -> tuple[np.ndarray, np.ndarray]:
    """Values up to which each knob alone keeps the decision at every point that was judged.

    Returns
    -------
    tuple of numpy.ndarray
        The lower and the upper end, and whether that is the end of the box, both (2, parameter).
        NaN where the budget ended during the scan.
    """
    points, flipped = np.array(path.parameters), path.is_flip(decision)
    moved = np.abs(points - space.initial) > SAME
    safe = np.full((2, len(space.names)), np.nan)
    is_bound = np.zeros(safe.shape, bool)
    for column in range(len(space.names)):
        alone = np.flatnonzero(~np.delete(moved, column, axis=1).any(axis=1))
        offsets = points[:, column] - space.initial[column]
        outwards = alone[np.argsort(np.abs(offsets[alone]), kind="stable")]
        for row, (side, bounds) in enumerate([(-1, space.lower), (1, space.upper)]):
            ahead = outwards[side * offsets[outwards] >= -SAME]
            safe[row, column], is_bound[row, column] = _safe_end(
                points[ahead, column], flipped[ahead], bounds[column]
            )
    return safe, is_bound


def _safe_end(values: np.ndarray, flipped: np.ndarray, bound: float) -> tuple[float, bool]:
    """How far a knob alone is safe on one side, and whether that is the bound.

    `values` and `flipped`, (n,), are of the points on this side outwards, the initial one first.
    """
    if len(values) <= SCAN and abs(values[0] - bound) > SAME:  # the scan was not finished
        return np.nan, False
    if flipped.any():
        return values[flipped.argmax() - 1], False
    return bound, True


def search(evaluate: Evaluate, space: SearchSpace, random: np.random.Generator) -> None:
    """Scan the knobs, find a flip and draw it nearer, for ever or until it is at hand."""
    box = _Box(evaluate, space)
    ends = np.concatenate([np.diag(box.lower), np.diag(box.upper)])
    diagonals = _diagonals(len(ends) // 2, random)
    box.judge(ends)
    corners = box.judge(diagonals * box.reach)
    for end in ends:
        _scan(box, end)
    _find_flip(box, random)
    for diagonal in diagonals[np.argsort(corners, kind="stable")]:
        _draw_in(box, lambda distance, way=diagonal: distance * way, box.nearest(l_infinity)[1])
    _approach(box, random)


def l_infinity(offsets: np.ndarray) -> np.ndarray:
    """Largest offset, (...,), of offsets (..., free)."""
    return np.abs(offsets).max(axis=-1)


def l_2(offsets: np.ndarray) -> np.ndarray:
    """Euclidean length, (...,), of offsets (..., free)."""
    return np.linalg.norm(offsets, axis=-1)


class _Box:
    """The box seen from the initial setting: offsets of the free parameters, in half-widths.

    Attributes
    ----------
    lower, upper
        The box, (free,).
    reach
        Distance of the farthest bound.
    """

    def __init__(self, evaluate: Evaluate, space: SearchSpace) -> None:
        self._evaluate = evaluate
        self._space = space
        self._half = (space.upper - space.lower)[space.free] / 2
        self.lower, self.upper = (
            (bound - space.initial)[space.free] / self._half for bound in (space.lower, space.upper)
        )
        self.reach = max(-self.lower.min(), self.upper.max())
        self._offsets = np.empty((0, len(self._half)))
        self._margins = np.empty(0)

    def judge(self, offsets: np.ndarray) -> np.ndarray:
        """Margins, (n,), at offsets, (n, free), clipped to the box; below zero where it flips."""
        offsets = np.clip(offsets, self.lower, self.upper)
        points = np.tile(self._space.initial, (len(offsets), 1))
        points[:, self._space.free] += offsets * self._half
        margins = self._evaluate(np.clip(points, self._space.lower, self._space.upper))
        self._offsets = np.concatenate([self._offsets, offsets])
        self._margins = np.concatenate([self._margins, margins])
        return margins

    def flips(self, offset: np.ndarray) -> bool:
        """Whether the decision flips at one offset, (free,)."""
        return bool(self.judge(offset[np.newaxis])[0] < 0)

    @property
    def flipped(self) -> bool:
        """Whether anything has flipped yet."""
        return bool((self._margins < 0).any())

    @property
    def lowest(self) -> np.ndarray:
        """Offset of the lowest margin, (free,)."""
        return self._offsets[self._margins.argmin()]

    def nearest(self, norm: Norm) -> tuple[np.ndarray, float]:
        """Offset, (free,), and distance of the nearest flip."""
        flips = self._offsets[self._margins < 0]
        distances_of_flips = norm(flips)
        first = distances_of_flips.argmin()
        return flips[first], float(distances_of_flips[first])


def _diagonals(dimensions: int, random: np.random.Generator) -> np.ndarray:
    """Ways from the initial setting to the box's corners, -1 or 1, (way, free).

    If there are more than `MOST_CORNERS`, so many are drawn.
    """
    if 2**dimensions > MOST_CORNERS:
        return random.choice([-1.0, 1.0], (MOST_CORNERS, dimensions))
    return np.array(list(product((-1.0, 1.0), repeat=dimensions)))


def _scan(box: _Box, end: np.ndarray) -> None:
    """Judge one knob alone on the way to one end and bisect the first change of the decision."""
    length = l_infinity(end)
    if length == 0:  # the initial value lies on the bound
        return
    steps = length * np.arange(1, SCAN + 1) / SCAN
    flips = box.judge(steps[:, np.newaxis] * end / length) < 0
    if flips.any():
        flip = steps[flips.argmax()]
        _bisect(box, lambda distance: distance * end / length, flip - length / SCAN, flip)


def _find_flip(box: _Box, random: np.random.Generator) -> None:
    """Go on until something flips; the budget may end it before."""
    if box.flipped:
        return
    from scipy.stats import qmc  # slow to import

    points = qmc.Sobol(len(box.lower), rng=random)
    turn = 0
    while not box.flipped:
        box.judge(box.lower + (box.upper - box.lower) * points.random(BATCH))
        if not box.flipped:
            spread = SPREADS[turn % len(SPREADS)]
            box.judge(box.lowest + spread * random.standard_normal((BATCH, len(box.lower))))
            turn += 1


def _draw_in(box: _Box, line: Line, distance: float) -> None:
    """Bisect along a line, from the initial setting on, if it flips nearer than `distance`."""
    nearer = distance - TOLERANCE
    if nearer > 0 and box.flips(line(nearer)):
        _bisect(box, line, 0, nearer)


def _bisect(box: _Box, line: Line, kept: float, flip: float) -> None:
    """Halve the way between a distance that keeps the decision and one that flips it."""
    while flip - kept > TOLERANCE:
        middle = (kept + flip) / 2
        if box.flips(line(middle)):
            flip = middle
        else:
            kept = middle


def _approach(box: _Box, random: np.random.Generator) -> None:
    """Judge random points about the nearest flip that are nearer, and bisect what flips."""
    failures = {l_infinity: 0, l_2: 0}
    while True:
        far = [norm for norm in failures if box.nearest(norm)[1] > 2 * TOLERANCE]
        if not far:
            return
        for norm in far:
            nearest, distance = box.nearest(norm)
            spread = distance * SPREADS[failures[norm] // 2 % len(SPREADS)]
            offsets = nearest + spread * random.standard_normal((BATCH, len(nearest)))
            offsets = np.clip(_within(offsets, INWARDS * distance, norm), box.lower, box.upper)
            margins = box.judge(offsets)
            failures[norm] += 1
            if margins.min() < 0:
                failures[norm] = 0
                best = offsets[margins.argmin()]
                reached = float(norm(best))
                _draw_in(box, lambda d, way=best / reached: d * way, reached)


def _within(offsets: np.ndarray, distance: float, norm: Norm) -> np.ndarray:
    """Offsets, (n, free), clipped to the cube of L-infinity or scaled to the sphere of L2."""
    if norm is l_infinity:
        return np.clip(offsets, -distance, distance)
    return offsets * (distance / l_2(offsets))[:, np.newaxis]
