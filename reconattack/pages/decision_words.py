"""Words for what the models of a run decide, by the kind of their decisions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reconattack.pages.wording import Titles, escaped, listed, titled

Declarations = Mapping[str, Mapping[str, Any]]  # the block `decision` of each model
NO_DECLARATIONS: Declarations = {}
GIVEN_MASKS = "given masks"  # words of masks that are compared with given ones


@dataclass(frozen=True)
class Words:
    """What a page calls things in a run of one kind of decision.

    Attributes
    ----------
    title
        The question that the run answers.
    kept
        What a frame keeps if nothing flips it.
    attacked
        Which frames are attacked.
    unlabelled
        What is attacked where the truth is not known.
    intervals
        How the intervals are made.
    judged
        What models did to the frames.
    judges, query
        What a model makes of an image, and what a query is.
    not_attacked
        What a rate of flips does not count.
    """

    title: str
    kept: str
    attacked: str
    unlabelled: str
    intervals: str
    judged: str
    judges: str
    query: str
    not_attacked: str


OF_KIND = {
    "binary": Words(
        title="Can the scanner's settings flip the diagnosis?",
        kept="diagnosis",
        attacked=(
            "A model is attacked on the frames that it classifies correctly at the initial setting."
        ),
        unlabelled=(
            "A frame without a label is attacked against the model's own decision there; a flip of "
            "it is neither a missed disease nor a false alarm."
        ),
        intervals="Wilson's, and DeLong's for the AUC",
        judged="Classified",
        judges=(
            "A classifier gives each image a probability of the label {positive}; from {cutoff:g} "
            "the decision is {positive}."
        ),
        query="A query is one image that the classifier classifies.",
        not_attacked=(
            "Frames that the network classifies incorrectly at the initial setting are not "
            "attacked, so a rate of flips counts only the others."
        ),
    ),
    "classes": Words(
        title="Can the scanner's settings flip the decision?",
        kept="decision",
        attacked=("A model is attacked on the frames whose class it finds at the initial setting."),
        unlabelled=(
            "A frame whose true class is unknown is attacked against the model's own class there."
        ),
        intervals="Wilson's, and a bootstrap's of patients for the AUC",
        judged="Classified",
        judges=(
            "A classifier gives each image a probability of each class; the decision is the most "
            "likely class."
        ),
        query="A query is one image that the classifier classifies.",
        not_attacked=(
            "Frames whose class the network does not find at the initial setting are not attacked, "
            "so a rate of flips counts only the others."
        ),
    ),
    "number": Words(
        title="Can the scanner's settings flip the decision?",
        kept="decision",
        attacked=(
            "A model is attacked on every frame, except those whose true number is known and on "
            "the other side of a threshold than the model's at the initial setting."
        ),
        unlabelled="A frame whose true number is unknown is attacked against the model's own.",
        intervals="Wilson's for counts, and a bootstrap's of patients",
        judged="Measured",
        judges="A model measures a number in each image.",
        query="A query is one image in which the model measures.",
        not_attacked=(
            "Frames that the model puts on the wrong side of a threshold at the initial setting "
            "are not attacked, so a rate of flips counts only the others."
        ),
    ),
    "mask": Words(
        title="Can the scanner's settings flip the decision?",
        kept="decision",
        attacked=(
            "A model is attacked on every frame, against its own mask at the initial setting."
        ),
        unlabelled="",
        intervals="Wilson's",
        judged="Outlined",
        judges="A model outlines structures in each image.",
        query="A query is one image that the model outlines.",
        not_attacked=(
            "A flip tells that an outline changed, not which of the two outlines is right."
        ),
    ),
    GIVEN_MASKS: Words(
        title="Can the scanner's settings flip the decision?",
        kept="decision",
        attacked=(
            "A model is attacked on the frames whose mask at the initial setting reaches the Dice "
            "with the given mask."
        ),
        unlabelled="A frame without a given mask is attacked against the model's own mask there.",
        intervals="Wilson's for counts, and a bootstrap's of patients",
        judged="Outlined",
        judges="A model outlines structures in each image.",
        query="A query is one image that the model outlines.",
        not_attacked=(
            "Frames whose mask at the initial setting misses the Dice with the given mask are not "
            "attacked, so a rate of flips counts only the others."
        ),
    ),
}


def kind_of(summary: pd.DataFrame | pd.Series) -> str:
    """Kind of the decisions of a run, from its table `summary` or a row of it."""
    if isinstance(summary, pd.DataFrame):
        return kind_of(summary.iloc[0]) if len(summary) else "binary"
    return summary.get("decision", "binary")


def words_of(summary: pd.DataFrame | pd.Series) -> Words:
    """What pages of such a run call things."""
    return OF_KIND[GIVEN_MASKS if has_given_masks(summary) else kind_of(summary)]


def has_given_masks(summary: pd.DataFrame | pd.Series) -> bool:
    """Whether masks are compared with given ones, from `summary` or a row of it."""
    return kind_of(summary) == "mask" and bool(np.any(summary["n_labelled"] > 0))


def amount(value: float, unit: str, sign: str = "") -> str:
    """A number with its unit; `1` is none.

    Parameters
    ----------
    value, unit
        The number and its unit.
    sign
        `+` writes the sign of positive numbers too, as for a difference.
    """
    return f"{value:{sign}.3g} {unit}".removesuffix(" 1")


def between(low: float, high: float, unit: str) -> str:
    """Two numbers with their unit, such as `-1.2 to 3 mm`."""
    return f"{low:.3g} to {high:.3g} {unit}".removesuffix(" 1")


def what_flips(decision: Mapping[str, Any]) -> str:
    """When a decision counts as flipped, as a sentence; empty for a binary one."""
    kind = decision.get("kind", "binary")
    if kind == "classes" and decision.get("grave"):
        pairs = [f"{escaped(start)} to {escaped(end)}" for start, end in decision["grave"]]
        return f"A flip is a grave change of the class: {listed(pairs)}."
    if kind == "classes":
        return "A flip is another most likely class."
    if kind == "number" and decision.get("tolerance") is not None:
        limit = escaped(amount(decision["tolerance"], decision["unit"]))
        return f"A flip is a number that differs by more than {limit} from the initial one."
    if kind == "number":
        limit = escaped(amount(decision["threshold"], decision["unit"]))
        return f"A flip is a number on the other side of the threshold {limit}."
    if kind == "mask":
        structures = escaped(listed(decision["structures"]))
        several = " of any structure" if len(decision["structures"]) > 1 else ""
        reference = (
            "the given mask"
            if decision.get("truth")
            else "the model's own mask at the initial setting"
        )
        return (
            f"A flip is a Dice below {decision['dice']:g}{several} with {reference} ({structures})."
        )
    return ""


def flip_rules(declarations: Declarations, titles: Titles) -> list[str]:
    """When a decision counts as flipped: a sentence, or one for each model if they differ."""
    said = {name: what_flips(decision) for name, decision in declarations.items()}
    told = {name: sentence for name, sentence in said.items() if sentence}
    if len(set(told.values())) < 2:
        return list(dict.fromkeys(told.values()))
    return [f"{titled(titles, 'models', name)}: {sentence}" for name, sentence in told.items()]
