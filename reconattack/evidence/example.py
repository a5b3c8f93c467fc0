"""The attack that stands for all of them where one is shown, and the order of several."""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def from_the_median(values: Sequence[float]) -> list[int]:
    """Order values so that the first ones are typical.

    Parameters
    ----------
    values
        Shape (n,); nan where there is none.

    Returns
    -------
    list of int
        Positions in `values`: of the median (the smaller one of two), then of its neighbours in
        rank, the smaller one first, and so on. Those of nan come last. Equal values keep their
        order.
    """
    known = np.asarray(values, float)
    ranked = np.argsort(known, kind="stable").tolist()  # nan last
    n = int(np.isfinite(known).sum())
    middle = (n - 1) // 2
    ranks = sorted(range(n), key=lambda rank: (abs(rank - middle), rank))
    return [ranked[rank] for rank in ranks] + ranked[n:]


def choose_attack(attacks: pd.DataFrame) -> pd.Series:
    """Choose a row of `attacks.csv` of the first model, seed and attack.

    It is the success whose change of the image, `mean_abs_diff`, is the median one. Without a
    success it is the frame whose probability changed the most; where there are no probabilities,
    its margin.
    """
    keys = ["model", "seed", "attack"]
    attacks = attacks[(attacks[keys] == attacks[keys].iloc[0]).all(axis=1)]
    flipped = attacks[attacks["success"]].sort_values("frame", kind="stable")
    if len(flipped):
        return flipped.iloc[from_the_median(flipped["mean_abs_diff"])[0]]
    measure = "probability" if attacks["probability_final"].notna().any() else "margin"
    change = (attacks[f"{measure}_final"] - attacks[f"{measure}_initial"]).abs()
    return attacks.loc[change.idxmax()]
