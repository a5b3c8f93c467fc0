"""Projected sign ascent on the loss by the network's own slopes, a white-box attack, restarted.

The loss of the reference decision rises where its margin falls. From a starting point all
parameters move at once, by a share of their box against the sign of the margin's slope and no
further than the box (Madry et al. 2018, arXiv:1706.06083, in the L-infinity norm). A step that does
not lower the margin is taken back and tried again at half its length. The first run starts at the
initial setting, the others at uniform random points.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from reconattack.attacks import search as searches
from reconattack.attacks.path import Path, Target
from reconattack.attacks.search import Evaluate
from reconattack.attacks.space import SearchSpace
from reconattack.errors import needs_extra

WHITE_BOX = True
FORM = "straight-through rounding"  # of reconattack.attacks.white_box.differentiable
# In units of the box. The last step is 0.01 dB in the paper's box, below which a picture of 8 bits
# hardly changes.
FIRST_STEP = 0.25
LAST_STEP = 1e-3


def attack(target: Target, space: SearchSpace, max_queries: int) -> list[Path]:
    """Attack frame after frame: a slope takes a core of its own.

    Takes what `search.attack` takes, and gives the same. The slopes are those of the target's Keras
    file.
    """
    with needs_extra("train"):
        from reconattack.attacks.white_box.slopes import slopes_of  # it loads TensorFlow

    slopes = slopes_of(target, space.names)
    return searches.attack(target, space, search, max_queries, side_by_side=False, slopes=slopes)


def findings(
    paths: Sequence[Path], target: Target, space: SearchSpace, **settings: object
) -> xr.Dataset:
    """The form of the reconstruction whose slopes were followed, an attribute."""
    immune = any(path.stop_reason == "immune" for path in paths)
    return xr.Dataset(attrs={} if immune else {"gradient_form": FORM})


def search(
    evaluate: Evaluate, space: SearchSpace, random: np.random.Generator, slopes: Evaluate
) -> None:
    """Go down from one starting point after another, without end."""
    (point,) = space.scaled(space.initial[np.newaxis])
    while True:
        descend(evaluate, space, point, slopes)
        point = random.random(len(point))


def descend(evaluate: Evaluate, space: SearchSpace, point: np.ndarray, slopes: Evaluate) -> None:
    """Follow the slopes down from a point of the unit box, (free,), to where no step leads on."""
    (margin,) = evaluate(space.points(point[np.newaxis]))
    direction = downhill(slopes, space, point)
    step = FIRST_STEP
    while step >= LAST_STEP:
        moved = np.clip(point + step * direction, 0, 1)
        if (moved == point).all():
            return
        (lower,) = evaluate(space.points(moved[np.newaxis]))
        if lower < margin:
            point, margin, direction = moved, lower, downhill(slopes, space, moved)
        else:
            step /= 2


def downhill(slopes: Evaluate, space: SearchSpace, point: np.ndarray) -> np.ndarray:
    """Signs (-1, 0, 1) in which the margin falls at a point of the unit box, both (free,)."""
    (slope,) = slopes(space.points(point[np.newaxis]))
    return -np.sign(slope[space.free])
