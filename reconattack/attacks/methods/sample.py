"""A statistical certificate for any model: how large a share of drawn settings can flip a frame.

Settings are drawn independently from a declared distribution over the box, and all are judged. From
the number that flips follows an upper bound of the share of that distribution that flips: the
one-sided Clopper-Pearson bound (Biometrika 1934;26:404), which is too low with a probability of at
most 1 - `confidence`, whatever the model. If none of n flips, it is 1 - (1 - confidence)^(1/n),
about 3/n at 95 %.

It is a statement about settings that chance draws from this distribution. It proves nothing about a
setting that somebody chooses. Each frame's bound has the confidence by itself; it is not one for
all frames at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.special import betaincinv

from reconattack.attacks.drawn_settings import normal_settings, uniform_settings
from reconattack.attacks.lattice import distances
from reconattack.attacks.path import Path, Target, judge_start, rounded_margins
from reconattack.attacks.space import SearchSpace, decimal
from reconattack.classifiers.decisions.decision import Decision
from reconattack.reconstruction.parameter import described

MANY_QUERIES = True
FINDS = "share"
SETTINGS = {
    "draws": {
        "description": "Number of settings that are drawn for each frame; all are judged.",
        "type": "integer",
        "minimum": 1,
    },
    "distribution": {
        "description": (
            "What the settings are drawn from. uniform: the whole box. {normal: 0.5}: about the "
            "initial setting, each parameter by itself, with this standard deviation in "
            "half-widths of the box, and truncated to the box."
        ),
        "oneOf": [
            {"const": "uniform"},
            {
                "type": "object",
                "additionalProperties": False,
                "required": ["normal"],
                "properties": {"normal": {"type": "number", "exclusiveMinimum": 0}},
            },
        ],
    },
    "confidence": {
        "description": (
            "Probability with which the bound of a frame's flipping share holds, such as 0.95."
        ),
        "type": "number",
        "exclusiveMinimum": 0,
        "exclusiveMaximum": 1,
    },
}

Distribution = str | Mapping[str, float]


@dataclass
class SampledPath(Path):
    """One frame's sample; its steps are the initial setting and the worst of those drawn.

    Attributes
    ----------
    n_drawn, n_flipping
        Settings drawn, and those that flip the decision; 0 for a frame that was not attacked.
    """

    n_drawn: int = 0
    n_flipping: int = 0


def attack(
    target: Target, space: SearchSpace, draws: int, distribution: Distribution, confidence: float
) -> list[SampledPath]:
    """Judge drawn settings of each frame.

    Parameters
    ----------
    target
        Frames, classifier, reference decisions and the seeds of each frame's random numbers.
    space
        The box and the initial setting.
    draws, distribution, confidence
        As `SETTINGS` describes them.

    Returns
    -------
    list of SampledPath
        One for each frame, in order. Its result is the flip nearest to the initial setting, without
        any the setting of lowest margin.
    """
    paths = [SampledPath(**vars(path)) for path in judge_start(target, space)]
    for frame, path in enumerate(paths):
        path.queries = 1
        if path.stop_reason is None:
            points = draw_settings(space, draws, distribution, target.seeds[frame])
            scores = target.oracle(np.full(draws, frame), points)
            _note(path, space, points, scores, target.decision)
    return paths


def draw_settings(
    space: SearchSpace, draws: int, distribution: Distribution, seed: int
) -> np.ndarray:
    """Settings drawn independently from a distribution, in nine decimals, (draws, parameter)."""
    if distribution == "uniform":
        points = uniform_settings(space, draws, seed)
    else:
        points = normal_settings(space, draws, distribution["normal"], seed)
    return np.clip(decimal(points), space.lower, space.upper)


def share_bound(n_flipping: int, n_drawn: int, confidence: float) -> float:
    """Upper bound of the share that flips, one-sided Clopper-Pearson; NaN for a sample of none."""
    if n_drawn == 0:
        return np.nan
    if n_flipping == n_drawn:
        return 1.0
    return float(betaincinv(n_flipping + 1, n_drawn - n_flipping, confidence))


def findings(
    paths: Sequence[Path],
    target: Target,
    space: SearchSpace,
    draws: int,
    distribution: Distribution,
    confidence: float,
) -> xr.Dataset:
    """The sample's counts, its share that flips, and the bound of the distribution's.

    Returns
    -------
    xarray.Dataset
        By frame `n_drawn`, `n_flipping`, `flip_share`, `flip_share_upper` and `confidence`; 0 and
        NaN for a frame of which nothing was drawn. The attribute `drawn_from` is the distribution
        in words.
    """
    drawn = np.array([getattr(path, "n_drawn", 0) for path in paths], int)
    flipping = np.array([getattr(path, "n_flipping", 0) for path in paths], int)
    counts = list(zip(flipping.tolist(), drawn.tolist(), strict=True))
    bounds = [share_bound(*of_frame, confidence) for of_frame in counts]
    shares = [flips / of if of else np.nan for flips, of in counts]
    known = np.where(drawn > 0, confidence, np.nan)
    by_frame = {
        "n_drawn": (drawn, "settings drawn from the distribution"),
        "n_flipping": (flipping, "settings drawn that flip the decision"),
        "flip_share": (np.array(shares, float), "share of the settings drawn that flips"),
        "flip_share_upper": (
            np.array(bounds, float),
            "upper bound of the share of the distribution that flips, of this confidence",
        ),
        "confidence": (known, "probability with which the upper bound holds"),
    }
    return xr.Dataset(
        {
            name: ("frame", values, described("1", long_name))
            for name, (values, long_name) in by_frame.items()
        },
        attrs={"drawn_from": in_words(distribution)},
    )


def in_words(distribution: Distribution) -> str:
    """A distribution as a reader of the record is told it."""
    if distribution == "uniform":
        return "uniform over the box"
    return (
        "normal about the initial setting, standard deviation "
        f"{distribution['normal']:g} half-widths, truncated to the box"
    )


def _note(
    path: SampledPath,
    space: SearchSpace,
    points: np.ndarray,
    scores: np.ndarray,
    decision: Decision,
) -> None:
    """Count the flips, and keep the nearest of them or the setting of lowest margin."""
    flips = np.flatnonzero(decision.flips(scores, path.reference))
    path.n_drawn, path.n_flipping = len(points), len(flips)
    path.queries += len(points)
    path.stop_reason = "flipped" if len(flips) else "sampled"
    if len(flips):
        farthest, length = distances(points[flips], space)
        result = flips[np.lexsort((length, farthest))[0]]
        path.queries_to_flip = int(flips[0]) + 2
    else:
        result = rounded_margins(decision, scores, path.reference).argmin()
    path.append(points[result], float(scores[result]), decision)
    if not len(flips):
        path.best = int(path.margins(decision).argmin())
