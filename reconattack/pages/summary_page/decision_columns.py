"""The columns of the summary page's tables that depend on the kind of the decisions."""

from collections.abc import Callable, Sequence

import pandas as pd

from reconattack.pages.decision_words import amount
from reconattack.pages.one_model import constant_answer
from reconattack.pages.summary_page.tables import Row, Shown, counted, measured, number

SPACE = "\N{NO-BREAK SPACE}"


def changes(kind: str, classes: Sequence[str]) -> list[Shown]:
    """What an attack makes of the decisions, as columns of the table of attacks.

    `classes` are the words for the labels 0 and 1 of a binary decision.
    """
    if kind == "binary":
        missed = f"{classes[1].capitalize()} missed"
        return [
            Shown(missed, ["n_missed_disease"], number("n_missed_disease")),
            Shown("False alarm", ["n_false_alarm"], number("n_false_alarm")),
        ]
    if kind == "number":
        return [
            Shown("Mean shift", ["shift"], quantity("shift")),
            limits_of("shift"),
        ]
    if kind == "mask":
        return [
            Shown("Lowest Dice", ["lowest_dice"], number("lowest_dice")),
            Shown("Median Dice", ["median_dice"], number("median_dice")),
        ]
    return [Shown("Median margin", ["median_margin_final"], plain_quantity("median_margin_final"))]


def quantity(name: str) -> Callable[[Row], str]:
    """A cell with a signed number, its unit and its interval."""

    def cell(row: Row) -> str:
        if pd.isna(row[name]):
            return "-"
        ends = row[f"{name}_low"], row[f"{name}_high"]
        interval = "" if pd.isna(ends[0]) else f" ({ends[0]:+.3g} to {ends[1]:+.3g})"
        return f"{amount(row[name], row['unit'], '+')}{interval}"

    return cell


def limits_of(name: str) -> Shown:
    """The column of the 95 % limits of agreement around a mean difference."""

    def cell(row: Row) -> str:
        ends = row[f"{name}_lower_limit"], row[f"{name}_upper_limit"]
        if pd.isna(ends[0]):
            return "-"
        return f"{ends[0]:+.3g} to {amount(ends[1], row['unit'], '+')}".replace(" ", SPACE)

    says = "95 % limits of agreement, between which the differences of about 95 % of the frames lie"
    return Shown("Limits of agreement", [], cell, says=says)


def merits_of(kind: str) -> list[Shown]:
    """How well a network judges, as columns of the table of networks."""
    right = Shown("Correct", ["n_correct", "n_labelled"], counted("n_correct", "n_labelled"))
    constant = Shown(
        "Constant answer",
        ["constant_accuracy"],
        lambda row: constant_answer(row) if row["n_labelled"] else "no labels",
    )
    return {
        "binary": [right, constant, Shown("AUC", ["auc"], measured("auc"))],
        "classes": [right, constant, Shown("Mean AUC", ["macro_auc"], measured("macro_auc"))],
        "number": [
            Shown("Frames", ["n_labelled"], number("n_labelled")),
            Shown("Bias", ["bias"], quantity("bias")),
            limits_of("bias"),
            Shown(
                "Mean absolute difference",
                ["mean_abs_difference"],
                plain_quantity("mean_abs_difference"),
            ),
        ],
        "mask": [
            Shown("Given masks", ["n_labelled"], number("n_labelled")),
            Shown("Mean Dice", ["clean_dice"], measured("clean_dice")),
            Shown("Lowest Dice", ["lowest_clean_dice"], number("lowest_clean_dice")),
        ],
    }[kind]


def plain_quantity(name: str) -> Callable[[Row], str]:
    """A cell with a number and its unit; a dash where it is not known."""
    return lambda row: "-" if pd.isna(row[name]) else amount(row[name], row["unit"])
