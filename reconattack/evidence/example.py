"""The attack that stands for all of them where one is shown."""

import pandas as pd


def choose_attack(attacks: pd.DataFrame) -> pd.Series:
    """Choose a row of `attacks.csv` of the first model, seed and attack.

    It is the success with the median number of queries. Without a success it is the frame whose
    probability changed the most.
    """
    keys = ["model", "seed", "attack"]
    attacks = attacks[(attacks[keys] == attacks[keys].iloc[0]).all(axis=1)]
    flipped = attacks[attacks["success"]].sort_values(["queries", "frame"], kind="stable")
    if len(flipped):
        return flipped.iloc[(len(flipped) - 1) // 2]
    change = (attacks["probability_final"] - attacks["probability_initial"]).abs()
    return attacks.loc[change.idxmax()]
