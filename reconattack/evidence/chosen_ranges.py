"""Which rows of `envelope.csv` speak for a run, so that none claims what another one refutes."""

import pandas as pd

from reconattack.evidence.range_names import EXHAUSTIVE, PROVED, SAMPLED

STRENGTH = (PROVED, EXHAUSTIVE, SAMPLED)  # the strongest kind of statement first
KEYS = ["model", "seed", "parameter"]


def shown_ranges(envelope: pd.DataFrame) -> pd.DataFrame:
    """The row of each model, seed, parameter and kind of statement that speaks for its kind."""
    rows = [
        row_of_kind(own)
        for _, of_knob in envelope.groupby(KEYS, sort=False)
        for statement in STRENGTH
        for own in [of_knob[of_knob["statement"] == statement]]
        if len(own)
    ]
    return pd.DataFrame(rows, columns=envelope.columns).astype(envelope.dtypes)


def strongest_ranges(envelope: pd.DataFrame) -> pd.DataFrame:
    """The row of each model, seed and parameter that a sentence is made of.

    It is that of the strongest kind of statement. A proof of nothing gives way to the next kind,
    and so does a range in which some other source, of whichever kind, knows too many changes.
    Where every range is refuted so, that row is taken in which too many decisions are known to
    change nearest to the initial setting.
    """
    rows = [strongest(of_knob) for _, of_knob in envelope.groupby(KEYS, sort=False)]
    return pd.DataFrame(rows, columns=envelope.columns).astype(envelope.dtypes)


def strongest(rows: pd.DataFrame) -> pd.Series:
    """The row of one parameter that a sentence is made of."""
    proofs, tried = (rows[(rows["statement"] == PROVED) == is_proof] for is_proof in (True, False))
    if len(proofs) and (tried.empty or proofs["range_share"].max() > 0):
        return farthest(proofs)
    outer = outermost(tried)
    for statement in STRENGTH:
        own = unrefuted(outer[outer["statement"] == statement], outer)
        if len(own):
            return in_order(own).iloc[0]
    return in_order(outer).iloc[0]


def row_of_kind(rows: pd.DataFrame) -> pd.Series:
    """The row of one kind of statement about one parameter that speaks for it.

    Every proof holds, so it is the one that reaches farthest. Otherwise it is a row whose range no
    other one refutes, that in which too many decisions change nearest to the initial setting.
    """
    if (rows["statement"] == PROVED).all():
        return farthest(rows)
    outer = outermost(rows)
    own = unrefuted(outer, outer)
    return in_order(outer if own.empty else own).iloc[0]


def farthest(proofs: pd.DataFrame) -> pd.Series:
    """The proof with the widest range."""
    return proofs.loc[proofs["range_share"].idxmax()]


def unrefuted(rows: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """Rows that tried something and in whose range no row of `others` knows too many changes."""
    first = others["beyond_share"].min()
    tried = rows[rows["n_settings"] > 1]
    return tried if pd.isna(first) else tried[tried["range_share"] < first]


def in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows by the share at which too many decisions change; then those that tried most."""
    order = ["beyond_share", "n_settings"]
    return rows.sort_values(order, ascending=[True, False], kind="stable")


def outermost(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows without those whose box lies inside another row's, whose shares are of another size."""
    everyone = [row for _, row in rows.iterrows()]
    return rows[[not any(is_inside(row, other) for other in everyone) for row in everyone]]


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
