"""The tables of the summary page about the envelope: each range, and what happens at its edge."""

from collections.abc import Collection, Iterator, Mapping

import pandas as pd

from reconattack.evidence.chosen_ranges import strongest_ranges
from reconattack.evidence.range_names import EXHAUSTIVE, PROVED, SAMPLED, TOGETHER
from reconattack.frames.written_numbers import percentage
from reconattack.pages.envelope import Knobs, ends_in, percent_of, title_of
from reconattack.pages.summary_page.tables import Row, Shown, measured, table, words
from reconattack.pages.wording import Titles, plural
from reconattack.reconstruction.parameters import PARAMETERS

KNOWN = {PROVED: "proved", EXHAUSTIVE: "steps", SAMPLED: "sampled"}
SAYS = (
    "the widest such range and the decisions that change in it; proved: for every setting; steps: "
    "at each step of a sweep or lattice, nothing is known between; sampled: at settings drawn or "
    "searched, others may change more. Attacks and proofs count the decisions that are right at "
    "the initial setting. Percentages are shares of the box"
)
EDGES = {"lower": "lower end", "upper": "upper end", "joint": "outermost setting inside"}
INITIAL = "initial setting"
MEASURES = ("sensitivity", "specificity", "auc")
Network = tuple[str, int]  # model and seed
IN_BRIEF = 2  # networks whose ranges stand on the first screen


def chosen_ranges(
    tables: Mapping[str, pd.DataFrame], networks: Collection[Network]
) -> Iterator[pd.DataFrame]:
    """The row of each parameter that speaks for some networks; nothing without any."""
    stored = tables.get("envelope")
    if stored is None or stored.empty:
        return
    shown = strongest_ranges(stored)
    own = [key in networks for key in zip(shown["model"], shown["seed"], strict=True)]
    if any(own):
        yield shown[own]


def brief_table(
    ranges: pd.DataFrame,
    names: Mapping[Network, str],
    initial: Mapping[str, float],
    titles: Titles,
) -> str:
    """The ranges of some networks in HTML: a row for each control, a column for each network.

    Parameters
    ----------
    ranges
        A row for each network and control, of `envelope.csv`.
    names
        A short name of each network.
    initial
        The initial setting.
    titles
        Titles of the controls and attacks.
    """
    rows = [
        {"control": control} | cells
        for control, cells in brief_rows(ranges, initial, titles).items()
    ]
    limit = percent_of(ranges["changed_limit"].iloc[0])
    columns = [Shown("Control", [], words("control"), False, "what moves; all else stands still")]
    columns += [
        Shown(
            name if len(names) > 1 else f"At most {limit} change",
            [],
            lambda row, key=key: row.get(key, "-"),
            False,
            SAYS if number == 0 else "the same",
        )
        for number, (key, name) in enumerate(names.items())
    ]
    return table("envelope", rows, columns, "tables/envelope.csv")


def brief_rows(
    ranges: pd.DataFrame, initial: Mapping[str, float], titles: Titles
) -> dict[str, dict[Network, str]]:
    """The range of each network in words, by the control that moves."""
    rows: dict[str, dict[Network, str]] = {}
    for _, row in ranges.iterrows():
        cells = rows.setdefault(control_of(row, titles), {})
        cells[row["model"], row["seed"]] = range_in_brief(row, initial, titles)
    return rows


def range_in_brief(row: pd.Series, initial: Mapping[str, float], titles: Titles) -> str:
    """A range, the decisions that change in it, and how this is known."""
    ends = ends_in_words(row, initial, titles, "")
    text = f"{ends}; {changed_of(row)} ({KNOWN[row['statement']]})"
    if pd.isna(row["bound_share"]):
        return text
    return f"{text}; further patients: {ends_in_words(row, initial, titles, 'bound_')}"


def in_this_run(ranges: pd.DataFrame) -> str:
    """What the ranges are, and whether they hold for further patients."""
    limit = percent_of(ranges["changed_limit"].iloc[0])
    return (
        f"Within these settings at most {limit} of the decisions changed in this run. "
        f"{further_patients(ranges)}"
    )


def further_patients(ranges: pd.DataFrame) -> str:
    """Whether the patients of a run are enough to say something about further patients."""
    limit, sure = (percent_of(ranges[name].iloc[0]) for name in ("changed_limit", "confidence"))
    needed, most = ranges["patients_needed"].iloc[0], ranges["n_patients"].max()
    if ranges["bound_share"].notna().any():
        return (
            f"Behind further patients stands the range in which at most {limit} of their decisions "
            f"change, with {sure} confidence."
        )
    return (
        f"{plural(int(most), 'patient')} are too few to say the same of further patients with "
        f"{sure} confidence: {needed} are needed."
    )


def control_of(row: pd.Series, titles: Titles) -> str:
    """The control that moves alone, or that all move together."""
    if row["parameter"] == TOGETHER:
        return "all together"
    return title_of(titles, "controls", row["parameter"])


def ends_in_words(row: pd.Series, initial: Mapping[str, float], titles: Titles, of: str) -> str:
    """A range or (`bound_`) its bound: values of one parameter, the share of the box of several."""
    share = row[f"{of or 'range_'}share"]
    knobs = Knobs.of(row, initial, titles)
    if share == 0:
        return "none"
    if len(knobs.start) > 1:
        return f"{percentage(share)} of the box"
    return knobs.ranges(ends_in(row, knobs.start, of), share).partition(" from ")[2]


def changed_of(row: pd.Series) -> str:
    """How many decisions change in a range; without one, how many change first, and where."""
    if row["statement"] == PROVED:
        return f"{row['n'] - row['n_changed']} of {row['n']} cannot change"
    if row["range_share"] > 0 or pd.isna(row["beyond_share"]):
        return f"{row['n_changed']} of {row['n']} changed"
    beyond = percentage(row["beyond_share"])
    return f"{int(row['n_changed_beyond'])} of {row['n']} changed at {beyond}"


def edge_rows(ranges: pd.DataFrame, titles: Titles) -> Iterator[Row]:
    """Each stored edge of each range: `control`, `edge` and the measures with their intervals."""
    for _, row in ranges.iterrows():
        for edge, said in EDGES.items():
            if pd.notna(row.get(f"{edge}_edge")) and (edge != "upper" or row["range_share"] > 0):
                measures = {
                    f"{name}{end}": row[f"{edge}_edge_{name}{end}"]
                    for name in MEASURES
                    for end in ("", "_low", "_high")
                }
                where = f"{said}{at_edge(row, edge)}" if row["range_share"] > 0 else INITIAL
                names = {"control": control_of(row, titles), "edge": where}
                yield {key: row[key] for key in ("model", "seed")} | names | measures


def at_edge(row: pd.Series, edge: str) -> str:
    """The value of the only parameter that moves at an edge; nothing for several."""
    names = str(row["moved"]).split(", ")
    if len(names) > 1:
        return ""
    (name,) = names
    units = "" if PARAMETERS[name].units == "1" else f" {PARAMETERS[name].units}"
    return f", {row[f'{edge}_edge_value']:g}{units}"


EDGE_COLUMNS = (
    Shown("Control", [], words("control"), False, "what moves, everything else stands still"),
    Shown("Edge", [], words("edge"), False, "stored setting nearest to the range's edge, inside"),
    Shown("Sensitivity", [], measured("sensitivity"), says="of all labelled frames there"),
    Shown("Specificity", [], measured("specificity"), says="of all labelled frames there"),
    Shown("AUC", [], measured("auc"), says="of all labelled frames there"),
)
