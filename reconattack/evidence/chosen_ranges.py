"""Which rows of `envelope.csv` speak for a run: one for each parameter and kind of statement."""

from collections.abc import Iterator

import pandas as pd

from reconattack.evidence.range_names import EXHAUSTIVE, PROVED, SAMPLED

STRENGTH = (PROVED, EXHAUSTIVE, SAMPLED)  # the strongest kind of statement first
KEYS = ["model", "seed", "parameter"]


def shown_ranges(envelope: pd.DataFrame) -> pd.DataFrame:
    """The row of each model, seed, parameter and kind of statement that speaks for its kind."""
    rows = [
        row_of_kind(own, statement)
        for _, of_knob in envelope.groupby(KEYS, sort=False)
        for statement in STRENGTH
        for own in [of_knob[of_knob["statement"] == statement]]
        if len(own)
    ]
    return pd.DataFrame(rows, columns=envelope.columns).astype(envelope.dtypes)


def row_of_kind(rows: pd.DataFrame, statement: str) -> pd.Series:
    """The row of one kind of statement about one parameter that the run stands by.

    Every proof holds, so it is the one that reaches farthest. Otherwise it is the row in which too
    many decisions are known to change nearest to the initial setting; if several are alike, the one
    that tried most. Ranges that hold no setting but the initial one give way, and so do those of a
    box inside another source's box.
    """
    if statement == PROVED:
        return rows.loc[rows["range_share"].idxmax()]
    telling = rows[rows["n_settings"] > 1]
    rows = rows if telling.empty else telling
    everyone = [row for _, row in rows.iterrows()]
    outer = [not any(is_inside(row, other) for other in everyone) for row in everyone]
    order = ["beyond_share", "n_settings"]
    return rows[outer].sort_values(order, ascending=[True, False], kind="stable").iloc[0]


def is_inside(row: pd.Series, other: pd.Series) -> bool:
    """Whether the box of a row lies inside that of another and is not the same."""
    ends = [name for name in row.index if name.startswith("box_") and pd.notna(row[name])]
    if any(pd.isna(other[name]) for name in ends):
        return False
    wider = [
        other[name] <= row[name] if name.startswith("box_lower") else other[name] >= row[name]
        for name in ends
    ]
    return all(wider) and any(other[name] != row[name] for name in ends)


def strongest(shown: pd.DataFrame) -> Iterator[pd.Series]:
    """The row of each model, seed and parameter that a sentence is made of.

    Parameters
    ----------
    shown
        The result of `shown_ranges`.

    Yields
    ------
    pandas.Series
        That of the strongest kind of statement. A proof of nothing gives way to the next kind; a
        lattice or sweep never does, because what it changed is a fact.
    """
    for _, rows in shown.groupby(KEYS, sort=False):
        kept = rows[(rows["statement"] != PROVED) | (rows["range_share"] > 0)]
        yield (rows if kept.empty else kept).iloc[0]
