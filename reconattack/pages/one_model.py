"""The results of one model and seed in sentences, with counts and intervals."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from reconattack.evidence.answers import LoneKnob
from reconattack.evidence.boxes import DecibelRange
from reconattack.evidence.statistics import wilson_interval
from reconattack.pages.decision_words import amount, between, kind_of, words_of
from reconattack.pages.halves import ADVERSARIAL, ERRORS, MODEL
from reconattack.pages.networks import Network
from reconattack.pages.wording import escaped, listed, percent, plural, rate, with_interval

MOST_NAMED = 4  # knobs, or parameters of a box
BOXES_DIFFER = "The boxes of the controls differ, so this compares boxes as much as controls."


def in_sentences(
    network: Network, attack: Mapping[str, object], cutoff: float, classes: Sequence[str]
) -> dict[str, list[str]]:
    """The results of a single network in sentences, by the heading of their half."""
    proof = what_is_proved(network)
    searched = [
        " ".join(what_fools_it(network, attack)),
        "" if proof and network.kept.points is None else what_it_keeps(network),
        proof,
    ]
    return {
        ADVERSARIAL: [sentence for sentence in searched if sentence],
        ERRORS: what_flips_it_alone(network.knobs),
        MODEL: [" ".join(how_good(network, classes, cutoff))],
    }


def how_good(network: Network, classes: Sequence[str], cutoff: float | None = None) -> list[str]:
    """How many frames a network classifies correctly, and how many a constant answer would."""
    first = network.first
    if kind_of(first) != "binary":
        return how_well_it_decides(network)
    correct = counts(first, "correct", "labelled")
    if not correct[1]:
        return ["**No frame has a label**, so nobody knows how often it is correct."]
    at = "" if cutoff is None else f" at the cut-off {cutoff:g}"
    always = escaped(classes[int(first["constant_label"])])
    sentences = [
        f"**Without an attack, {network.name} is correct on {rate(*correct, 'frames')}**{at}; the "
        f"answer *{always}* to every frame is correct on {constant_answer(first)}."
    ]
    if wilson_interval(*correct)[0] <= first["constant_accuracy"]:
        sentences.append("It is not shown to be better than that answer.")
    return [" ".join([*sentences, f"Its AUC is {with_interval(first, 'auc')}."])]


def how_well_it_decides(network: Network) -> list[str]:
    """How well a network judges whose decision is not between two classes."""
    first, kind = network.first, kind_of(network.first)
    if kind == "mask" and not first["n_labelled"]:
        return ["**No true mask is known of any frame**, so nobody knows how good the masks are."]
    if kind == "mask":
        return [
            f"**Without an attack, the masks of {network.name} have a mean Dice of "
            f"{with_interval(first, 'clean_dice')} with the given ones**, the lowest "
            f"{first['lowest_clean_dice']:.2f}, in {plural(int(first['n_labelled']), 'frame')}."
        ]
    if not first["n_labelled"]:
        return ["**Nothing is known to be true of any frame**, so nobody knows how good it is."]
    if kind == "classes":
        right = rate(*counts(first, "correct", "labelled"), "frames")
        return [
            f"**Without an attack, {network.name} finds the class of {right}**; the most frequent "
            f"class for every frame is correct on {constant_answer(first)}. The mean AUC of one "
            f"class against the others is {with_interval(first, 'macro_auc')}."
        ]
    return [
        f"**Without an attack, the numbers of {network.name} differ from the true ones by "
        f"{agreement(first, 'bias')}, in {plural(int(first['n_labelled']), 'frame')}."
    ]


def agreement(row: pd.Series, name: str) -> str:
    """A mean difference in bold, its interval and its limits of agreement, with their unit."""
    unit = escaped(row["unit"])
    ends = row[f"{name}_low"], row[f"{name}_high"]
    interval = "no interval" if pd.isna(ends[0]) else f"{between(*ends, unit)}"
    limits = row[f"{name}_lower_limit"], row[f"{name}_upper_limit"]
    known = f", 95 % limits of agreement {between(*limits, unit)}" if pd.notna(limits[0]) else ""
    return f"{amount(row[name], unit, '+')} in the mean** ({interval}){known}"


def constant_answer(row: pd.Series) -> str:
    """The frames on which the more frequent label is correct, of a row of the summary."""
    of = int(row["n_labelled"])
    share = row["constant_accuracy"]
    return f"{round(share * of)} of {of} ({percent(share)})"


def what_it_keeps(network: Network) -> str:
    """How many frames keep their decision, and what that proves."""
    found = network.kept
    kept_word = words_of(network.first).kept
    if found.of == 0:
        return (
            f"**No frame was attacked**: {network.name} is wrong on every frame at the initial "
            "setting."
        )
    if found.points is None:
        kept = rate(found.n, found.of, "attacked frames")
        text = f"**In the searches, {network.name} keeps its {kept_word} on {kept}**: "
        if found.n == 0:
            return f"{text}for each frame a setting was found that flips it."
        searches = listed(network.searches)
        return (
            f"{text}no setting that flips these frames was found by {searches}. There may still be "
            "one."
        )
    kept = rate(found.n, found.of, "frames")
    text = (
        f"**{network.name} keeps its {kept_word} on {kept} at every setting** of a lattice of "
        f"{found.points:,} points in the box. Nothing is proved between the points"
    )
    if found.between:
        return f"{text}: searches flip {found.between} of these {plural(found.n, 'frame')} there."
    return f"{text}."


def what_is_proved(network: Network) -> str:
    """How many frames are decided for every setting of the box; empty without a proof."""
    found = network.proved
    if found is None or not found.of:
        return ""
    kept = rate(found.robust, found.of, "attacked frames")
    return (
        f"**Proved: {network.name} keeps its {words_of(network.first).kept} on {kept} at every "
        "setting of the box**. "
        f"With a known flip: {found.vulnerable}; undecided: {found.undecided}."
    )


def what_fools_it(network: Network, attack: Mapping[str, object]) -> list[str]:
    """How many frames the attack flips, how many of them by a small change, and of which kind."""
    row = network.attacked
    if row is None:
        return []
    n, of = counts(row, "success", "attacked")
    flips = f"**{called(attack)} flips {rate(n, of, 'attacked frames')}.**"
    if n == 0:
        return [flips]
    kinds = ", ".join(by_direction(row, n))
    return [
        flips,
        *small_changes(row),
        *sure_flips(row),
        *what_it_changes(row),
        f"Its flips take a median of {row['median_queries']:g} queries{kinds and ': '}{kinds}.",
    ]


def what_it_changes(row: pd.Series) -> list[str]:
    """What an attack makes of numbers and masks; nothing of classes."""
    kind = kind_of(row)
    if kind == "number":
        return [f"**It changes the number by {agreement(row, 'shift')}."]
    if kind == "mask":
        before = row.get("median_dice_initial")
        start = "" if pd.isna(before) else f"; without the attack it is {before:.2f}"
        return [
            f"**The lowest Dice is {row['lowest_dice']:.2f}**, the median over the attacked frames "
            f"{row['median_dice']:.2f}{start}."
        ]
    return []


def small_changes(row: pd.Series) -> list[str]:
    """How many flips of a row change the image little; nothing where this is not counted."""
    if pd.isna(row["n_success_visible_limit"]):
        return []
    n, of = int(row["n_success_visible_limit"]), int(row["n_attacked"])
    others = int(row["n_success"]) - n
    rest = {0: "", 1: "; the other flip changes it more"}.get(
        others, f"; the other {others} flips change it more"
    )
    return [f"**A small change of the image flips {rate(n, of)}**{rest}."]


def sure_flips(row: pd.Series) -> list[str]:
    """How many flips of pictures do not depend on what the pictures leave open; nothing of RF."""
    if not is_of_pictures(row):
        return []
    n, of = int(row["n_sure_success"]), int(row["n_success"])
    verb = "is" if n == 1 else "are"
    return [f"**{n} of its {of} flips {verb} sure**, whatever the pictures leave open."]


def by_direction(row: pd.Series, n: int) -> Iterator[str]:
    """What the `n` flips of a row are; those of frames without a label are no mistakes."""
    if kind_of(row) != "binary":
        return
    mistakes = int(row["n_missed_disease"]), int(row["n_false_alarm"])
    own = n - sum(mistakes)
    if any(mistakes):
        yield f"missed disease {mistakes[0]}, false alarm {mistakes[1]}"
    if own:
        yield f"change of own decision {own}, of frames without a label"


def called(attack: Mapping[str, object]) -> str:
    """The attack by its title, or by its name if it has none."""
    title = escaped(attack["title"])
    return f"The attack {title}" if attack["title"] == attack["name"] else f"The {title}"


def what_flips_it_alone(knobs: Sequence[LoneKnob]) -> list[str]:
    """The control that flips the most frames alone, and the next ones; empty if none was tried."""
    if not knobs:
        return []
    best = strongest(knobs)
    if not best:
        return [f"**No control turned alone was found to flip any of {knobs[0].of} frames.**"]
    flips = "flip the most frames, each" if len(best) > 1 else "flips the most frames:"
    rest = [knob for knob in knobs if 0 < knob.n < best[0].n][:MOST_NAMED]
    return [
        f"**Turned alone, {named(best)} {flips} {rate(best[0].n, best[0].of, 'frames')}**"
        + "".join(f"; {knob.control} {knob.n}" for knob in rest)
        + f". {boxes_in_decibels(knobs, best)}"
    ]


def boxes_in_decibels(
    knobs: Sequence[LoneKnob], best: Sequence[LoneKnob], whose: str = "Its box"
) -> str:
    """The boxes of the controls side by side, and whether the strongest one has the widest.

    Parameters
    ----------
    knobs
        The controls of a network, the strongest first.
    best
        The strongest ones; empty if the networks differ.
    whose
        The first words, if it has.
    """
    known = [knob for knob in knobs if knob.decibel_range]
    if len(known) < 2 or any(knob.decibel_range is None for knob in best):
        return BOXES_DIFFER
    (first, *others), shown = known, known[:MOST_NAMED]
    width = max(knob.decibel_range.width for knob in others)
    if len(best) == 1 and first.decibel_range.width > width:
        box = in_decibels(first.decibel_range)
        return f"{whose} is the widest in dB: {box}; {by_range(shown[1:])}."
    return f"The boxes differ, in dB: {by_range(shown)}."


def by_range(knobs: Sequence[LoneKnob]) -> str:
    """Boxes in decibels, each after the controls that have it."""
    alike: dict[str, list[LoneKnob]] = {}
    for knob in knobs:
        alike.setdefault(in_decibels(knob.decibel_range), []).append(knob)
    return "; ".join(f"{named(one)} {words}" for words, one in alike.items())


def in_decibels(box: DecibelRange) -> str:
    """A box in decibels, such as `±30 at 15 cm depth`."""
    at = "" if box.depth is None else f" at {box.depth} cm depth"
    if box.lower == -box.upper:
        return f"±{box.upper:g}{at}"
    bounds = f"{box.lower:+g} to {box.upper:+g}".replace("-", "\N{MINUS SIGN}")
    return f"{bounds}{at}"


def strongest(knobs: Sequence[LoneKnob]) -> list[LoneKnob]:
    """The control that flips the most frames, or all that do; none if no control flips any."""
    return [knob for knob in knobs if knob.n == knobs[0].n > 0]


def named(knobs: Sequence[LoneKnob]) -> str:
    """The names of some controls."""
    return listed([knob.control for knob in knobs])


def counts(row: pd.Series, hits: str, total: str) -> tuple[int, int]:
    """The counts `n_{hits}` and `n_{total}` of a row of the summary."""
    return int(row[f"n_{hits}"]), int(row[f"n_{total}"])


def is_of_pictures(row: pd.Series | None) -> bool:
    """Whether a row of the summary counts sure flips."""
    return row is not None and pd.notna(row.get("n_sure_success"))
