"""The results of several models and seeds side by side."""

from collections.abc import Mapping, Sequence

import pandas as pd

from reconattack.evidence.answers import Kept, LoneKnob, Proved
from reconattack.pages.decision_words import kind_of, words_of
from reconattack.pages.halves import ADVERSARIAL, ERRORS, MODEL
from reconattack.pages.networks import Network, short_names
from reconattack.pages.one_model import (
    MOST_NAMED,
    agreement,
    boxes_in_decibels,
    called,
    constant_answer,
    counts,
    is_of_pictures,
    named,
    strongest,
)
from reconattack.pages.wording import plain, plural, rate, with_interval

PROVED = "Proved to keep its {} at every setting of the box"
SURE = "Flips that are sure, whatever the pictures leave open"
ALONE = "Control that alone flips the most"


def of_several(
    networks: Sequence[Network], attack: Mapping[str, object], cutoff: float
) -> list[str]:
    """What is compared of several networks, a sentence each: flips, small changes, sure flips of
    pictures, proofs, the network itself and the strongest control.

    Only the first networks are named.
    """
    halves = compared(networks, attack, cutoff)
    found = {head: cells for half in halves.values() for head, cells in half.items()}
    proved = PROVED.format(words_of(networks[0].first).kept)
    proof, sure = ([head] if head in found else [] for head in (proved, SURE))
    flipped, small, *_ = halves[ADVERSARIAL]
    judged = list(halves.get(MODEL, {}))
    answers = ""
    if kind_of(networks[0].first) == "binary":
        correct, constant, _ = judged
        same = set(found[constant])
        judged = [correct] if len(same) == 1 else [correct, constant]
        answers = f"; {constant.lower()}: {same.pop()}" if len(same) == 1 else ""
    heads = [flipped, small, *sure, *proof, *judged, ALONE]
    names = short_names(networks)[:MOST_NAMED]
    rest = f"; {len(networks) - MOST_NAMED} further models" if len(networks) > MOST_NAMED else ""
    best = in_all(networks)
    if best:
        found[ALONE] = [rate(one.knobs[0].n, one.knobs[0].of) for one in networks]
    return [
        f"**{head}{f', {named(best)}' if head == ALONE and best else ''}:** "
        + "; ".join(f"{name}: {cell}" for name, cell in zip(names, found[head], strict=False))
        + f"{rest}{answers if [head] == judged[:1] else ''}."
        + (f" {boxes_in_decibels(networks[0].knobs, best)}" if head == ALONE else "")
        for head in heads
    ]


def in_all(networks: Sequence[Network]) -> list[LoneKnob]:
    """The strongest controls of the first network, if those of the others are the same."""
    first = strongest(networks[0].knobs)
    controls = [[knob.control for knob in strongest(network.knobs)] for network in networks]
    return first if all(names == controls[0] for names in controls) else []


def compared(
    networks: Sequence[Network], attack: Mapping[str, object], cutoff: float
) -> dict[str, dict[str, list[str]]]:
    """The results of several networks, by the heading of their half.

    A half has a heading for each result, with a cell for each network.
    """
    on_lattice = any(network.kept.points for network in networks)
    word = words_of(networks[0].first).kept
    keeps = f"Keeps its {word} at every lattice setting" if on_lattice else "No flip found"
    proofs = any(network.proved for network in networks)
    pictures = any(is_of_pictures(network.attacked) for network in networks)
    searched = [
        {
            f"Flipped by {called(attack)[0].lower()}{called(attack)[1:]}": "not attacked by it"
            if network.attacked is None
            else rate(*counts(network.attacked, "success", "attacked")),
            "Flipped by it with a small change of the image": cell_small(network.attacked),
            **({SURE: cell_sure(network.attacked)} if pictures else {}),
            keeps: cell_kept(network.kept, on_lattice),
            **({PROVED.format(word): cell_proved(network.proved)} if proofs else {}),
        }
        for network in networks
    ]
    halves = {
        ADVERSARIAL: searched,
        ERRORS: [{ALONE: cell_alone(network.knobs)} for network in networks],
        MODEL: [how_good_in_cells(network, cutoff) for network in networks],
    }
    return {
        half: {head: [row[head] for row in rows] for head in rows[0]}
        for half, rows in halves.items()
    }


def how_good_in_cells(network: Network, cutoff: float) -> dict[str, str]:
    """How well a network judges at the initial setting: a heading for each cell."""
    first, kind = network.first, kind_of(network.first)
    known = bool(first["n_labelled"])
    if kind == "binary":
        return {
            f"Correct without an attack, cut-off {cutoff:g}": rate(
                *counts(first, "correct", "labelled")
            )
            if known
            else "no labels",
            "Correct with the same answer for every frame": constant_answer(first)
            if known
            else "no labels",
            "AUC": with_interval(first, "auc"),
        }
    if kind == "classes":
        right = rate(*counts(first, "correct", "labelled")) if known else "nothing known"
        return {
            "Correct class without an attack": right,
            "Mean AUC of one class against the others": with_interval(first, "macro_auc"),
        }
    if kind == "number":
        bias = plain(agreement(first, "bias")) if known else "nothing known"
        return {"Difference from the true number without an attack": bias}
    if known:
        return {
            "Mean Dice with the given masks without an attack": with_interval(first, "clean_dice")
        }
    return {}


def cell_kept(found: Kept, on_lattice: bool) -> str:
    """The frames that keep their decision; `on_lattice` if some network was attacked by a grid."""
    if on_lattice and found.points is None:
        return "no grid"
    between = f"; {found.between} flipped between points" if found.between else ""
    return rate(found.n, found.of) + between


def cell_proved(found: Proved | None) -> str:
    """The frames that are proved to keep their decision, and how many are undecided."""
    if found is None:
        return "no proof"
    return f"{rate(found.robust, found.of)}; {found.undecided} undecided"


def cell_small(row: pd.Series | None) -> str:
    """The frames that a small change flips."""
    if row is None or pd.isna(row["n_success_visible_limit"]):
        return "not counted"
    return rate(*counts(row, "success_visible_limit", "attacked"))


def cell_sure(row: pd.Series | None) -> str:
    """The flips of pictures that do not depend on what the pictures leave open."""
    if not is_of_pictures(row):
        return "not counted"
    return f"{int(row['n_sure_success'])} of {plural(int(row['n_success']), 'flip')}"


def cell_alone(knobs: Sequence[LoneKnob]) -> str:
    """The controls that flip the most frames alone."""
    if not knobs:
        return "not tried"
    best = strongest(knobs)
    return f"{named(best)}: {rate(best[0].n, best[0].of)}" if best else "none"
