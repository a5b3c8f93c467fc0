"""The framework of searches: attacks that propose points of the box and are told margins.

A search is a function of one frame in a module of its own,

    search(evaluate, space, random, **settings) -> None

where `evaluate(points)` takes points of the box, float64 (n, parameter), and returns their margins,
float64 (n,): how far, in the decision's unit, the classifier is from leaving the reference. It ends
the search itself, by an exception, once the decision has flipped (for most searches) or the budget
is used. A search that returns has nothing more to try. Its random numbers come from `random` alone.

A white-box search takes `slopes` besides: `slopes(points)` gives the slopes of the margin at points
that it has had judged, float64 (n, parameter), in units of the parameters.

Searches minimize the margin and not the probability, which saturates. Margins are rounded to the
decision's `resolution`, so that what is less than 1e-6 of a probability at any logit is no signal
to anyone; whether a decision has flipped is told from the unrounded score: of flips, and of nothing
else, the margin is below zero.
"""

from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from threading import Thread

import numpy as np

from reconattack.attacks.path import Path, Scores, Target, judge_start, rounded_margins
from reconattack.attacks.space import DECIMALS, SearchSpace, decimal
from reconattack.classifiers.decisions.decision import Decision

Evaluate = Callable[[np.ndarray], np.ndarray]
Slopes = Callable[[int, np.ndarray], np.ndarray]
Search = Callable[..., None]

TOLERANCE = 10.0**-DECIMALS
PATIENCE = 1000  # repeats in a row after which a search has nothing more to try
SETTINGS = {
    "max_queries": {
        "description": (
            "Largest number of queries per frame. Each image that the model classifies is a query, "
            "including the initial one; each gradient is another."
        ),
        "type": "integer",
        "minimum": 2,
    },
}


class SearchEnded(BaseException):
    """Ends a search from inside `evaluate`; no Exception, so that no optimizer handles it."""


def attack(
    target: Target,
    space: SearchSpace,
    search: Search,
    max_queries: int,
    side_by_side: bool = True,
    slopes: Slopes | None = None,
    stop_at_flip: bool = True,
    **settings: object,
) -> list[Path]:
    """Attack many frames by one search, each frame in a thread and their queries batched.

    Query 1 of a frame is its initial setting. A point is rounded to `DECIMALS` decimals. One that
    the frame has tried before is answered from memory: a repeat, which is free. The first flip in
    the order of the points proposed ends the frame's search; what was judged in the same batch
    after it is neither counted nor kept. A slope is the way back through the network from a point
    that was judged, and costs a second query.

    Parameters
    ----------
    target
        Frames, classifier, reference decisions and the seeds of each frame's random numbers.
    space
        Box of the parameters; those whose box is one point stay as they are.
    search
        The method, as the module describes it.
    max_queries
        Queries of a frame at most, the initial setting's among them.
    side_by_side
        False runs the frames one after another, with the same paths: for methods that cannot run
        twice at a time.
    slopes
        (frame, parameter vectors) -> slopes of the score, for white-box searches.
    stop_at_flip
        False lets a search go on after its first flip, to its own end or the budget's. Which step
        is best is then for the method to tell; here it is the lowest margin.
    settings
        What else the method takes.

    Returns
    -------
    list of Path
        One for each frame, in order; every image judged is a step of it.
    """
    paths = judge_start(target, space)
    for path in paths:
        if path.stop_reason is None and not space.free.any():
            path.stop_reason = "exhausted"
    searches = {
        frame: _FrameSearch(
            path,
            space,
            target.decision,
            max_queries,
            stop_at_flip,
            partial(search, space=space, random=np.random.default_rng(seed), **settings),
            partial(slopes, frame) if slopes else None,
        )
        for frame, (path, seed) in enumerate(zip(paths, target.seeds, strict=True))
        if path.stop_reason is None
    }
    groups = [searches] if side_by_side else [{frame: one} for frame, one in searches.items()]
    for group in groups:
        _run(target.oracle, group)
    for path in paths:
        path.queries = len(path.scores) + path.slopes
        flipped = path.stop_reason == "flipped"
        kept = path.margins(target.decision)
        path.best = len(kept) - 1 if flipped else int(kept.argmin())
        if path.queries_to_flip is not None:
            path.stop_reason = "flipped"
    return paths


def _run(oracle: Scores, searches: dict[int, "_FrameSearch"]) -> None:
    """Run searches to their end, all waiting for their answers before the oracle is asked."""
    running: dict[int, _FrameSearch] = {}
    try:
        for frame, search in searches.items():
            search.start()
            running[frame] = search
        while running:
            requests = {frame: search.requests.get() for frame, search in running.items()}
            for frame in [frame for frame, points in requests.items() if points is None]:
                search = running.pop(frame)
                del requests[frame]
                search.join()
                if search.error is not None:
                    raise search.error
            _answer(oracle, running, requests)
    finally:  # after an error the other threads still wait, or will
        for search in running.values():
            search.answers.put(None)
        for search in running.values():
            search.join()


def _answer(
    oracle: Scores, running: dict[int, "_FrameSearch"], requests: dict[int, np.ndarray]
) -> None:
    """Put the requests of many frames to the oracle in one call."""
    if not requests:
        return
    counts = [len(points) for points in requests.values()]
    scores = oracle(np.repeat(list(requests), counts), np.concatenate(list(requests.values())))
    for frame, answer in zip(requests, np.split(scores, np.cumsum(counts)[:-1]), strict=True):
        running[frame].answers.put(answer)


class _FrameSearch(Thread):
    """One frame's search: it puts points into `requests`, None at its end, and takes scores from
    `answers`, where None tells it to end.
    """

    def __init__(
        self,
        path: Path,
        space: SearchSpace,
        decision: Decision,
        max_queries: int,
        stop_at_flip: bool,
        search: Callable[..., None],
        slopes: Callable[[np.ndarray], np.ndarray] | None,
    ) -> None:
        super().__init__(daemon=True)
        self.requests: SimpleQueue = SimpleQueue()
        self.answers: SimpleQueue = SimpleQueue()
        self.error: BaseException | None = None
        self._path = path
        self._space = space
        self._decision = decision
        self._max_queries = max_queries
        self._stop_at_flip = stop_at_flip
        self._search = partial(search, slopes=self._evaluate_slopes) if slopes else search
        self._slopes = slopes
        start = path.margins(decision)
        self._margins = dict(zip(map(tuple, np.array(path.parameters)), start, strict=True))
        self._known_slopes: dict[tuple[float, ...], np.ndarray] = {}
        self._repeats_in_a_row = 0

    def run(self) -> None:
        try:
            self._search(self._evaluate)
            self._path.stop_reason = self._path.stop_reason or "exhausted"
        except SearchEnded:
            pass
        except BaseException as error:
            self.error = error
        finally:
            self.requests.put(None)

    def _evaluate(self, points: np.ndarray) -> np.ndarray:
        """Margins of points of the box, (n,); ends the search without budget, or at a flip."""
        if self._path.stop_reason is not None:
            raise SearchEnded
        points = _inside(self._space, points)
        proposed = [tuple(point) for point in points]
        judged = self._judge([point for point in dict.fromkeys(proposed) if self._is_new(point)])
        for point in proposed:
            if not self._is_new(point):
                self._repeat()
            elif point in judged:
                self._keep(point, judged[point])
            else:
                self._end("budget")
        return np.array([self._margins[point] for point in proposed])

    def _evaluate_slopes(self, points: np.ndarray) -> np.ndarray:
        """Slopes of the margin at points judged before, (n, parameter)."""
        if self._path.stop_reason is not None:
            raise SearchEnded
        for point in (proposed := [tuple(point) for point in _inside(self._space, points)]):
            if point in self._known_slopes:
                self._repeat()
            elif self._queries_left():
                self._known_slopes[point] = self._slope(point)
            else:
                self._end("budget")
        return np.array([self._known_slopes[point] for point in proposed])

    def _slope(self, point: tuple[float, ...]) -> np.ndarray:
        """Slope of the margin at one point; that of the loss is kept.

        What changes the margin by less than its resolution all over the box is no slope.
        """
        if self._is_new(point):
            raise RuntimeError(f"a search asked for the slope of {point}, which was not judged")
        path, step = self._path, list(self._margins).index(point)
        (slope,) = self._slopes(np.array([point]))
        width = self._space.upper - self._space.lower
        slope[np.abs(slope) * width < self._decision.resolution] = 0
        path.slopes += 1
        path.gradients += [np.full(len(point), np.nan)] * (step + 1 - len(path.gradients))
        loss_per_score = self._decision.loss_per_score(path.scores[step], path.reference)
        path.gradients[step] = loss_per_score * slope
        self._repeats_in_a_row = 0
        return slope if path.reference == 1 else -slope

    def _queries_left(self) -> int:
        return self._max_queries - len(self._path.scores) - self._path.slopes

    def _is_new(self, point: tuple[float, ...]) -> bool:
        return point not in self._margins

    def _judge(self, points: list[tuple[float, ...]]) -> dict[tuple[float, ...], float]:
        """Scores of as many points as the budget allows, asked in one request."""
        points = points[: self._queries_left()]
        if not points:
            return {}
        self.requests.put(np.array(points))
        scores = self.answers.get()
        if scores is None:
            raise SearchEnded
        return dict(zip(points, scores, strict=True))

    def _keep(self, point: tuple[float, ...], judged: float) -> None:
        path = self._path
        self._repeats_in_a_row = 0
        decision = self._decision
        path.append(np.array(point), judged, decision)
        margin = rounded_margins(decision, judged, path.reference)
        if decision.flips(judged, path.reference):
            margin = min(margin, -decision.resolution)
            path.queries_to_flip = path.queries_to_flip or len(path.scores) + path.slopes
            if self._stop_at_flip:
                self._end("flipped")
        self._margins[point] = margin

    def _repeat(self) -> None:
        self._path.repeats += 1
        self._repeats_in_a_row += 1
        if self._repeats_in_a_row == PATIENCE:
            self._end("exhausted")

    def _end(self, reason: str) -> None:
        self._path.stop_reason = reason
        raise SearchEnded


def _inside(space: SearchSpace, points: np.ndarray) -> np.ndarray:
    """Points rounded to `DECIMALS` decimals; one outside the box is an error of the method."""
    points = np.asarray(points, float)
    if points.ndim != 2 or points.shape[1] != len(space.names):
        raise RuntimeError(f"a search proposed points of shape {points.shape}")
    inside = (points >= space.lower - TOLERANCE) & (points <= space.upper + TOLERANCE)
    if not inside.all():
        raise RuntimeError(f"a search left the box: {points[~inside.all(axis=1)][0]}")
    return np.clip(decimal(points), space.lower, space.upper)
