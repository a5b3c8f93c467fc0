"""How many frames each attack has flipped within a number of queries."""

from collections.abc import Collection

import numpy as np
import pandas as pd

from reconattack.evidence.labelled import attacked
from reconattack.evidence.statistics import cumulative


def budget_curves(attacks: pd.DataFrame, grids: Collection[str]) -> pd.DataFrame:
    """Count the frames flipped within each number of queries.

    Parameters
    ----------
    attacks
        Table `attacks.csv`.
    grids
        Names of the attacks of method grid.

    Returns
    -------
    pandas.DataFrame
        A row per model, seed, attack and number of queries at which a further frame flips. The last
        row of an attack is the largest number of queries that it spent on a frame. It is the only
        row of a grid.
    """
    keys = ["model", "seed", "attack"]
    curves = []
    for (model, seed, attack), rows in attacks.groupby(keys, sort=False):
        searched = attacked(rows)
        needed = queries_to_success(searched)
        last = searched["queries"].max() if len(searched) else 1
        ends = [last] if attack in grids else np.unique([1, last, *needed[np.isfinite(needed)]])
        curve = cumulative(needed, np.array(ends, int)).rename(
            columns={
                "limit": "queries",
                "n": "n_attacked",
                "count": "n_success",
                "rate": "success_rate",
                "low": "success_low",
                "high": "success_high",
            }
        )
        curves.append(curve.assign(model=model, seed=seed, attack=attack))
    return pd.concat(curves)[[*keys, *curves[0].columns.drop(keys)]]


def queries_to_success(searched: pd.DataFrame) -> np.ndarray:
    """Queries until each frame flipped first, float (frame,); infinite where none flipped it."""
    return searched["queries_to_flip"].where(searched["success"], np.inf).to_numpy(float)
