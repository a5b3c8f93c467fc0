"""Settings without an adversary: what a reconstruction may meet by accident.

Those of `choose_settings` are the same for every frame and model. Each parameter of each
distribution has a random sequence of its own, so that a setting depends neither on how many are
drawn nor on which other parameters there are.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reconattack.attacks.distributions import INITIAL, SWEEP
from reconattack.attacks.space import SearchSpace, decimal, search_space
from reconattack.errors import InputError
from reconattack.seeds import seed_of


def setting_space(
    initial: Mapping[str, float], parameters: Mapping[str, Mapping[str, Any]]
) -> SearchSpace:
    """The box of the settings; raise InputError, its lines with their keys, if it cannot be one."""
    try:
        return search_space(initial, parameters, "accidental")
    except InputError as error:
        raise InputError(str(error).replace("attacks.accidental.", "accidental.")) from error


def choose_settings(
    space: SearchSpace, count: int, deviation: float, sweeps: Mapping[str, int]
) -> pd.DataFrame:
    """The initial setting, those drawn and those of the sweeps.

    Parameters
    ----------
    space
        Initial setting and box.
    count
        Settings of each of the distributions uniform and normal.
    deviation
        Standard deviation of the normal draws about the initial setting, in half-widths of the
        box, to which they are truncated.
    sweeps
        Number of points from the lower to the upper bound of each parameter, the others at their
        initial value; a parameter whose box is one point is not swept.

    Returns
    -------
    pandas.DataFrame
        A row per setting: `setting` (its name), `distribution` and the parameters.
    """
    points = {
        INITIAL: space.initial[np.newaxis],
        "uniform": uniform_settings(space, count),
        "normal": normal_settings(space, count, deviation),
        **{
            f"{SWEEP}{name}": sweep(space, name, sweeps[name])
            for name, free in zip(space.names, space.free, strict=True)
            if free
        },
    }
    return pd.concat(
        [
            pd.DataFrame(decimal(values), columns=list(space.names)).assign(
                setting=[f"{distribution}-{number}" for number in range(len(values))],
                distribution=distribution,
            )
            for distribution, values in points.items()
        ],
        ignore_index=True,
    )[["setting", "distribution", *space.names]]


def uniform_settings(space: SearchSpace, count: int, seed: int | str = "accidental") -> np.ndarray:
    """Settings drawn uniformly from the box, (count, parameter)."""
    shares = _random_shares(space, seed, "uniform", count)
    return space.lower + shares * (space.upper - space.lower)


def normal_settings(
    space: SearchSpace, count: int, deviation: float, seed: int | str = "accidental"
) -> np.ndarray:
    """Settings drawn about the initial one by truncated normal distributions, (count, parameter).

    `deviation` is in half-widths of the box.
    """
    from scipy.special import ndtr, ndtri  # slow to import, and a run is planned without it

    free = space.free
    start = space.initial[free]
    scale = deviation * (space.upper - space.lower)[free] / 2
    lowest = ndtr((space.lower[free] - start) / scale)
    highest = ndtr((space.upper[free] - start) / scale)
    shares = _random_shares(space, seed, "normal", count)[:, free]
    points = np.tile(space.initial, (count, 1))
    points[:, free] = start + scale * ndtri(lowest + shares * (highest - lowest))
    return points


def sweep(space: SearchSpace, name: str, count: int) -> np.ndarray:
    """Settings from a parameter's lower to its upper bound, (count, parameter)."""
    points = np.tile(space.initial, (count, 1))
    swept = space.names.index(name)
    points[:, swept] = np.linspace(space.lower[swept], space.upper[swept], count)
    return points


def _random_shares(
    space: SearchSpace, seed: int | str, distribution: str, count: int
) -> np.ndarray:
    """Uniform random numbers from 0 to 1, (count, parameter), each parameter's from its name."""
    seeds = [seed_of(seed, distribution, name) for name in space.names]
    return np.stack([np.random.default_rng(seed).random(count) for seed in seeds], axis=1)
