"""Audits of pictures beside those of the RF frames behind them: the table and its summary."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from reconattack.evidence.bootstrap import share_interval
from reconattack.seeds import seed_of
from reconattack.storage import read_table

KEYS = ("model", "seed", "fold")
SHARES = {  # what is counted, and of what it is a share
    "agree": ("decisions_agree", "points"),
    "sure_flips_confirmed": ("sure_flips_confirmed", "sure_flips"),
    "true_flips_sure": ("sure_flips_confirmed", "true_flips"),
    "sure_holds_confirmed": ("sure_holds_confirmed", "sure_holds"),
}
ENDS = ("low", "high")


def agreement_table(files: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    """The rows of all networks: the `KEYS`, then the columns of their tables.

    Parameters
    ----------
    files
        The `KEYS` and the `path` of the table of a network's chunk.
    """
    tables = [
        read_table(file["path"], dtype={"frame": str, "patient": str}).assign(
            **{key: file[key] for key in KEYS}
        )
        for file in files
    ]
    whole = pd.concat(tables, ignore_index=True)
    return whole[[*KEYS, *whole.columns.drop(list(KEYS))]]


def agreement_summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Sum the table up by model, seed and kind of picture.

    Parameters
    ----------
    rows
        The table of `agreement_table`.

    Returns
    -------
    pandas.DataFrame
        `frames` and `points`; each of `SHARES` with the ends of its interval by a bootstrap of
        patients; `agree_worst` of a frame; the largest `grey_error_p95` and `worst_grey_error` and
        the mean `censored_share` of the frames.
    """
    grouped = rows.groupby(["model", "seed", "kind"], sort=False)
    return pd.DataFrame(
        [dict(zip(grouped.keys, names, strict=True)) | _summary(names, of) for names, of in grouped]
    )


def _summary(names: Sequence[str], rows: pd.DataFrame) -> dict[str, float]:
    row = {"frames": len(rows), "points": int(rows["points"].sum())}
    for share, (part, whole) in SHARES.items():
        counted, of = rows[part].to_numpy(float), rows[whole].to_numpy(float)
        generator = np.random.default_rng(seed_of("agreement", *names, share))
        row[share] = counted.sum() / of.sum() if of.sum() else np.nan
        ends = share_interval(counted, of, rows["patient"].to_numpy(), generator)
        row |= dict(zip((f"{share}_{end}" for end in ENDS), ends, strict=True))
    return row | {
        "agree_worst": float((rows["decisions_agree"] / rows["points"]).min()),
        "grey_error_p95": int(rows["grey_error_p95"].max()),
        "worst_grey_error": int(rows["worst_grey_error"].max()),
        "censored_share": float(rows["censored_share"].mean()),
    }
