"""The results of each model and seed, collected for the pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from reconattack.evidence.answers import (
    Kept,
    LoneKnob,
    Proved,
    kept,
    lone_knobs,
    of_network,
    proved,
)
from reconattack.pages.wording import Titles, by_network, titled


@dataclass(frozen=True)
class Network:
    """The results of one model and seed.

    Attributes
    ----------
    name
        Title of the model, and seed if the model has several, in reStructuredText.
    first
        Its first row of the summary.
    attacked
        Its row of the summary for the attack that stands for the run; None without this attack.
    searches
        Titles of the attacks on it in the same box, except grids.
    kept
        The frames that keep their diagnosis.
    proved
        The frames that are decided for every setting of the box; None without a proof.
    knobs
        The frames that each control flips alone, the strongest control first; the controls have
        their titles.
    """

    name: str
    first: pd.Series
    attacked: pd.Series | None
    searches: list[str]
    kept: Kept
    proved: Proved | None
    knobs: list[LoneKnob]


def networks_of(
    tables: Mapping[str, pd.DataFrame],
    attack: str,
    searches: Sequence[str],
    grid: str | None,
    titles: Titles,
) -> list[Network]:
    """Collect the results of each model and seed.

    Parameters
    ----------
    tables
        The run's tables by name.
    attack
        Name of the attack that stands for the run.
    searches
        The attacks in its box, except grids.
    grid
        The grid in its box; None without.
    titles
        Titles of models, attacks and controls.
    """
    return [
        network(name, rows, tables, attack, searches, grid, titles)
        for name, rows in by_network(tables["summary"], titles)
    ]


def network(
    name: str,
    summary: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    attack: str,
    searches: Sequence[str],
    grid: str | None,
    titles: Titles,
) -> Network:
    """Collect the results of one model and seed; `summary` holds its rows of that table."""
    first = summary.iloc[0]

    def own(table: str) -> pd.DataFrame | None:
        return of_network(tables.get(table), first["model"], first["seed"])

    judged = own("grid")
    if judged is not None:
        judged = judged[judged["attack"] == grid]
    knobs = lone_knobs(own("knobs"), own("margins"), tables.get("boxes"))
    return Network(
        name,
        first,
        next((row for _, row in summary.iterrows() if row["attack"] == attack), None),
        [titled(titles, "attacks", name) for name in summary["attack"] if name in searches],
        kept(own("attacks"), None if judged is None or judged.empty else judged, searches),
        proved(own("proofs_summary"), searches),
        [replace(knob, control=titled(titles, "controls", knob.control)) for knob in knobs],
    )


def short_names(networks: Sequence[Network]) -> list[str]:
    """The names of some networks; only the seeds if they are those of one model."""
    if len({network.first["model"] for network in networks}) > 1:
        return [network.name for network in networks]
    return [f"seed {network.first['seed']}" for network in networks]
