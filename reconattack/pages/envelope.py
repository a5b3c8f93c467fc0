"""The envelope in sentences: within which settings few decisions change, ready for a label.

A sentence says the range, how many decisions changed in it, of how many patients, how this is
known, and the bound for further patients. It claims no more than its row of `envelope.csv`.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from reconattack.evidence.chosen_ranges import strongest_ranges
from reconattack.evidence.range_names import (
    ATTACKED,
    EXHAUSTIVE,
    PROVED,
    TOGETHER,
    rounded_inwards,
)
from reconattack.pages.wording import NO_TITLES, Titles, listed, plural
from reconattack.reconstruction.parameters import NEUTRAL, PARAMETERS

Ends = Mapping[str, tuple[float, float]]
MOST_NAMED = 4  # parameters whose ranges one sentence names


def sentences(
    envelope: pd.DataFrame,
    initial: Mapping[str, float],
    simulated: bool,
    titles: Titles = NO_TITLES,
) -> Iterator[str]:
    """A sentence for each parameter, and one for all together, of one model and seed.

    Parameters
    ----------
    envelope
        The rows of `envelope.csv` of one model and seed.
    initial
        The initial setting.
    simulated
        Whether the patients are simulated.
    titles
        Titles of the controls and attacks.
    """
    for _, row in strongest_ranges(envelope).iterrows():
        yield sentence(row, initial, simulated, titles)


def sentence(
    row: pd.Series, initial: Mapping[str, float], simulated: bool, titles: Titles = NO_TITLES
) -> str:
    """The sentence of one row of `envelope.csv`, in plain text."""
    knobs = Knobs.of(row, initial, titles)
    known = nothing_known(row, knobs) if row["range_share"] == 0 else range_known(row, knobs)
    return f"{known}; {bound_known(row, knobs, simulated)}."


@dataclass(frozen=True)
class Knobs:
    """The parameters that a row moves.

    Attributes
    ----------
    parameter
        The only parameter or control that moves, or `TOGETHER`.
    start
        Their initial values.
    box
        Their bounds.
    titles
        Titles of the controls and attacks.
    """

    parameter: str
    start: Mapping[str, float]
    box: Ends
    titles: Titles

    @classmethod
    def of(cls, row: pd.Series, initial: Mapping[str, float], titles: Titles) -> "Knobs":
        """The parameters of a row of `envelope.csv`."""
        known = NEUTRAL | dict(initial)
        start = {name: known[name] for name in str(row["moved"]).split(", ")}
        return cls(row["parameter"], start, ends_in(row, start, "box_"), titles)

    @property
    def alone(self) -> str:
        """What is said of a parameter or control that moves alone."""
        return "" if self.parameter == TOGETHER else " alone"

    def title(self, section: str, name: str) -> str:
        """Title of a control or an attack."""
        return title_of(self.titles, section, name)

    @property
    def are_many(self) -> bool:
        """Whether there are too many parameters for a sentence to name the range of each."""
        return len(self.start) > MOST_NAMED

    def named(self) -> str:
        """The parameters by their titles."""
        if self.alone:
            return f"{self.title('controls', self.parameter)}{self.alone}"
        if self.are_many:
            return f"all {len(self.start)} parameters together"
        return listed([self.title("controls", name) for name in self.start])

    def ranges(self, ends: Ends, share: float) -> str:
        """The range of each parameter with its unit, rounded towards the initial value.

        Many parameters have the share of their box instead.
        """
        if self.are_many:
            return f"{self.named()} within {math.floor(1000 * share + 1e-6) / 10:g} % of the box"
        texts = []
        for name, (low, high) in ends.items():
            start, (lowest, highest) = self.start[name], self.box[name]
            shown = rounded_inwards(low, high, highest - lowest)
            low, high = min(start, shown[0]), max(start, shown[1])
            title = f"{self.title('controls', name)}{self.alone}"
            texts.append(f"{title} from {low:g} to {high:g}{unit_of(name)}")
        return listed(texts)

    def at_share(self, share: float) -> Ends:
        """The ends of each parameter in a share of the box."""
        return {
            name: tuple(start + share * (bound - start) for bound in self.box[name])
            for name, start in self.start.items()
        }


def title_of(titles: Titles, section: str, name: str) -> str:
    """Title of a control or an attack; a parameter without one has its control's."""
    known = titles.get(section, {})
    if name in known or section != "controls" or name not in PARAMETERS:
        return known.get(name, name)
    control = PARAMETERS[name].control
    return known.get(control, control)


def ends_in(row: pd.Series, names: Iterable[str], prefix: str) -> Ends:
    """Lower and upper end of each parameter, from the columns with a prefix."""
    return {name: (row[f"{prefix}lower_{name}"], row[f"{prefix}upper_{name}"]) for name in names}


def unit_of(name: str) -> str:
    """The unit to write behind a parameter's value."""
    units = PARAMETERS[name].units
    return "" if units == "1" else f" {units}"


def range_known(row: pd.Series, knobs: Knobs) -> str:
    """The range, how many decisions change in it, and how this is known."""
    where = f"With {knobs.ranges(ends_in(row, knobs.start, ''), row['range_share'])}"
    changed = f"{row['n_changed']} of {decisions(row)} changed"
    if row["statement"] == PROVED:
        kept = f"{row['n'] - row['n_changed']} of {decisions(row)}"
        return f"{where}, {kept} are proved not to change at any setting"
    tried = plural(int(row["n_settings"]) - 1, "setting")
    if row["statement"] == EXHAUSTIVE:
        return (
            f"{where}, {changed} at the {tried} tried there, {steps(row, knobs)} apart; between "
            "these nothing is known"
        )
    if row["counted"] == ATTACKED:
        attack = knobs.title("attacks", row["source"])
        tried = f"about {tried} of each frame that were tried there ({attack})"
    else:
        tried = f"the {tried} drawn there ({row['source']} distribution)"
    return f"{where}, {changed} at {tried}; a change at another setting is not excluded"


def decisions(row: pd.Series) -> str:
    """The number of decisions that are counted, and which."""
    right = " right at the initial setting" if row["counted"] == ATTACKED else ""
    return f"{plural(row['n'], 'decision')}{right}"


def steps(row: pd.Series, knobs: Knobs) -> str:
    """The distance of neighbouring settings, with its unit."""
    if knobs.are_many:
        return "at the steps of tables/envelope.csv"
    return listed([f"{row[f'step_{name}']:g}{unit_of(name)}" for name in knobs.start])


def nothing_known(row: pd.Series, knobs: Knobs) -> str:
    """That there is no range around the initial setting, and what changed first."""
    start = listed([f"{value:g}{unit_of(name)}" for name, value in knobs.start.items()])
    start = "the initial setting" if knobs.are_many else start
    text = (
        f"For {knobs.named()}, no range around {start} is known in which at most "
        f"{percent_of(row['changed_limit'])} of the decisions change"
    )
    if row["statement"] == PROVED or pd.isna(row["beyond_share"]):
        return text
    changed = f"{int(row['n_changed_beyond'])} of {decisions(row)} changed"
    reached = knobs.ranges(knobs.at_share(row["beyond_share"]), row["beyond_share"])
    return f"{text}: at settings tried with {reached}, {changed}"


def bound_known(row: pd.Series, knobs: Knobs, simulated: bool) -> str:
    """What holds for further patients with the row's confidence, or why nothing does."""
    limit, sure = percent_of(row["changed_limit"]), percent_of(row["confidence"])
    kind = "simulated patient" if simulated else "patient"
    patients = plural(row["n_patients"], kind)
    if pd.isna(row["bound_share"]):
        are, suffice = ("is", "suffices") if row["n_patients"] == 1 else ("are", "suffice")
        return (
            f"{patients} {are} too few to bound the changes on further patients at {limit} with "
            f"{sure} confidence ({row['patients_needed']} are needed; {row['n_patients']} "
            f"{suffice} for {percent_of(row['carried_limit'])})"
        )
    if row["bound_share"] == 0:
        return (
            f"for further patients, no range is known with {sure} confidence to change at most "
            f"{limit} of the decisions ({patients})"
        )
    ends = knobs.ranges(ends_in(row, knobs.start, "bound_"), row["bound_share"])
    where = "" if row["statement"] == PROVED else " at settings of this kind"
    return (
        f"for further {kind}s, at most {limit} of such decisions change{where} with {ends}, with "
        f"{sure} confidence ({patients}, {row['method']})"
    )


def percent_of(share: float) -> str:
    """A fraction as a percentage, rounded up to a tenth of a percent: `5 %`, `8.7 %`."""
    return f"{math.ceil(1000 * share - 1e-6) / 10:g} %"
