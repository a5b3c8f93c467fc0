"""The overview: the answer of a run, on the first screen of its report."""

import base64
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from reconattack.evidence.answers import Kept, LoneKnob, Proved
from reconattack.evidence.boxes import DecibelRange
from reconattack.evidence.statistics import wilson_interval
from reconattack.pages.decision_words import (
    NO_DECLARATIONS,
    Declarations,
    amount,
    between,
    flip_rules,
    kind_of,
    words_of,
)
from reconattack.pages.networks import Network, short_names
from reconattack.pages.wording import (
    Titles,
    box_in_words,
    escaped,
    listed,
    percent,
    plain,
    plural,
    rate,
    titled,
    with_interval,
)

NO_DOCUMENTS: Mapping[str, str] = {}
LINE = 9_000  # characters, of 10,000 that docutils allows
MOST_NAMED = 4  # knobs, or parameters of a box
PROTOCOLS = {
    "patient_folds": "Each frame is classified by a network that was trained without its patient.",
    "held_out": "The test patients were not used for training.",
    "brought": "It is not known whether a brought model was trained on these patients.",
    "resubstitution": (
        "The test frames were also used for training, so these rates flatter the model."
    ),
}
BY_PATIENTS = ("auc_patient_low", "accuracy_patient_low", "success_patient_low")
PROVED = "Proved to keep its {} at every setting of the box"
SURE = "Flips that are sure, whatever the pictures leave open"
ALONE = "Control that alone flips the most"
BOXES_DIFFER = "The boxes of the controls differ, so this compares boxes as much as controls."


def overview_text(
    networks: Sequence[Network],
    tables: Mapping[str, pd.DataFrame],
    findings: str | None,
    attack: Mapping[str, object],
    initial: Mapping[str, float],
    titles: Titles,
    cutoff: float,
    classes: Sequence[str],
    simulated: bool,
    explorer: str | None,
    picture: Path | str | None = None,
    declarations: Declarations = NO_DECLARATIONS,
    documents: Mapping[str, str] = NO_DOCUMENTS,
) -> str:
    """The overview as reStructuredText.

    Parameters
    ----------
    networks
        The results of each model and seed.
    tables
        The run's tables by name.
    findings
        The text of `findings.txt`; None without a comparison of defences.
    attack
        `name`, `title` and `box` of the attack that stands for the run.
    initial
        The initial setting.
    titles
        Titles of models, attacks and controls.
    cutoff
        The probability from which a frame has label 1.
    classes
        Words for the labels 0 and 1.
    simulated
        Whether the test frames are simulated.
    explorer
        The explorer's page beside the report; None without.
    picture
        The PNG of the key picture, which becomes part of the text; None without.
    declarations
        The declared decision of each model that is not binary.
    documents
        The title of the model card and of each checklist, by its path beside the report.
    """
    title = words_of(tables["summary"]).title
    parts = [
        f"{title}\n{'=' * len(title)}",
        mark(simulated),
        answer(networks, attack, cutoff, classes),
        *([embedded(picture)] if picture else []),
        conditions(networks, tables["summary"], attack, initial, titles, declarations),
        *warnings(tables["flags"], titles),
    ]
    if explorer:
        parts.append(f"`Turn the knobs yourself <{explorer}>`__ in {explorer}, next to this file.")
    if documents:
        links = listed([f"`{title} <{path}>`__" for path, title in documents.items()])
        parts.append(f"For a submission, next to this file: {links}.")
    if findings:
        parts.append(defences(findings))
    return "\n\n".join(parts) + "\n"


def embedded(picture: Path | str) -> str:
    """A picture as part of a text, in lines that docutils reads."""
    data = base64.b64encode(Path(picture).read_bytes()).decode()
    lines = [data[place : place + LINE] for place in range(0, len(data), LINE)]
    return (
        ".. image:: data:image/png;base64,\n   "
        + "\n   ".join(lines)
        + "\n   :alt: An original image, the adversarial image, and their difference"
    )


def answer(
    networks: Sequence[Network],
    attack: Mapping[str, object],
    cutoff: float,
    classes: Sequence[str],
) -> str:
    """The answer itself: a bullet for each result of one network, a table of several networks."""
    results = (
        in_sentences(networks[0], attack, cutoff, classes)
        if len(networks) == 1
        else side_by_side(networks, attack, cutoff)
    )
    return "\n\n".join([*alike(networks), results])


def answer_lines(
    networks: Sequence[Network],
    attack: Mapping[str, object],
    cutoff: float,
    classes: Sequence[str],
    simulated: bool,
) -> list[str]:
    """The answer in a few lines of plain text, for a terminal; the parameters are as above."""
    title = words_of(networks[0].first).title
    if len(networks) == 1:
        (network,) = networks
        fooled = what_fools_it(network, attack)
        lines = [
            *(fooled[:-1] if len(fooled) > 1 else fooled),  # the last one tells of the queries
            *filter(None, [what_is_proved(network)]),
            *how_good(network, classes),
            *what_flips_it_alone(network.knobs),
        ]
    else:
        lines = of_several(networks, attack, cutoff)
    return [plain(line) for line in (f"{title} {mark(simulated)}", *lines)]


def of_several(
    networks: Sequence[Network], attack: Mapping[str, object], cutoff: float
) -> list[str]:
    """What is compared of several networks, a sentence each: flips, small changes, sure flips of
    pictures, proofs, the network itself and the strongest control.

    Only the first networks are named.
    """
    found = compared(networks, attack, cutoff)
    proved = PROVED.format(words_of(networks[0].first).kept)
    proof, sure = ([head] if head in found else [] for head in (proved, SURE))
    _, flipped, small, *_ = found
    judged = list(how_good_in_cells(networks[0], cutoff))
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


def mark(simulated: bool) -> str:
    """The warning before any number."""
    return f"**{'Simulated data. ' if simulated else ''}Research software: not for diagnosis.**"


SAME = {  # what all frames get alike -> what to do
    "probability": (
        "Its rates say nothing about the scanner's settings. Does it get its images as in its "
        "training (``scaling``, ``input_size``, ``output``)?"
    ),
    "decision": (
        "Does the cut-off fit it, and does it get its images as in its training (``scaling``, "
        "``input_size``, ``output``)?"
    ),
}


def alike(networks: Sequence[Network]) -> list[str]:
    """The networks that give one answer to every frame, a paragraph each."""
    answers = [(network, network.first.get("same_for_all")) for network in networks]
    return [
        f"**{network.name} gives every frame the same {answer} at the initial setting.** "
        f"{SAME[answer]}"
        for network, answer in answers
        if answer in SAME
    ]


def in_sentences(
    network: Network, attack: Mapping[str, object], cutoff: float, classes: Sequence[str]
) -> str:
    """The results of a single network, a bullet each."""
    proof = what_is_proved(network)
    found = [
        " ".join(what_fools_it(network, attack)),
        "" if proof and network.kept.points is None else what_it_keeps(network),
        proof,
        " ".join(what_flips_it_alone(network.knobs)),
        " ".join(how_good(network, classes, cutoff)),
    ]
    return "\n".join(f"- {sentence}" for sentence in found if sentence)


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


def side_by_side(networks: Sequence[Network], attack: Mapping[str, object], cutoff: float) -> str:
    """A row for each model and seed."""
    found = compared(networks, attack, cutoff)
    return csv_table(list(found), list(zip(*found.values(), strict=True)))


def compared(
    networks: Sequence[Network], attack: Mapping[str, object], cutoff: float
) -> dict[str, list[str]]:
    """The results of several networks: a heading for each result, and a cell for each network."""
    on_lattice = any(network.kept.points for network in networks)
    word = words_of(networks[0].first).kept
    keeps = f"Keeps its {word} at every lattice setting" if on_lattice else "No flip found"
    proofs = any(network.proved for network in networks)
    pictures = any(is_of_pictures(network.attacked) for network in networks)
    rows = [
        {
            "Model": network.name,
            f"Flipped by {called(attack)[0].lower()}{called(attack)[1:]}": "not attacked by it"
            if network.attacked is None
            else rate(*counts(network.attacked, "success", "attacked")),
            "Flipped by it with a small change of the image": cell_small(network.attacked),
            **({SURE: cell_sure(network.attacked)} if pictures else {}),
            keeps: cell_kept(network.kept, on_lattice),
            **({PROVED.format(word): cell_proved(network.proved)} if proofs else {}),
            ALONE: cell_alone(network.knobs),
            **how_good_in_cells(network, cutoff),
        }
        for network in networks
    ]
    return {head: [row[head] for row in rows] for head in rows[0]}


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


def is_of_pictures(row: pd.Series | None) -> bool:
    """Whether a row of the summary counts sure flips."""
    return row is not None and pd.notna(row.get("n_sure_success"))


def cell_alone(knobs: Sequence[LoneKnob]) -> str:
    """The controls that flip the most frames alone."""
    if not knobs:
        return "not tried"
    best = strongest(knobs)
    return f"{named(best)}: {rate(best[0].n, best[0].of)}" if best else "none"


def csv_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in reStructuredText."""
    lines = io.StringIO()
    csv.writer(lines, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([header, *rows])
    indented = "\n".join(f"   {line}" for line in lines.getvalue().splitlines())
    return f".. csv-table::\n   :header-rows: 1\n\n{indented}"


def conditions(
    networks: Sequence[Network],
    summary: pd.DataFrame,
    attack: Mapping[str, object],
    initial: Mapping[str, float],
    titles: Titles,
    declarations: Declarations = NO_DECLARATIONS,
) -> str:
    """How to read the numbers: box, flips, attacked frames, protocol, intervals."""
    sentences = [
        where(attack["box"], initial, titles),
        *flip_rules(declarations, titles),
        how_to_read(networks, summary),
    ]
    knobs = networks[0].knobs
    if len(networks) > 1 and knobs:
        best = in_all(networks)
        whose = f"The box of {named(best)}" if best else ""
        sentences.insert(1, boxes_in_decibels(knobs, best, whose))
    return " ".join(sentences)


def how_to_read(networks: Sequence[Network], summary: pd.DataFrame) -> str:
    """Which frames are attacked by which networks, and what the intervals cover."""
    words = words_of(summary)
    sentences = [
        words.attacked,
        *unlabelled(summary),
        *(PROTOCOLS[name] for name in summary["protocol"].unique() if name in PROTOCOLS),
        f"Parentheses contain 95 % intervals: {words.intervals}. They cover variation between "
        "patients, not between trainings.",
    ]
    if any(column in summary and summary[column].notna().any() for column in BY_PATIENTS):
        sentences.append(
            "Patients have several frames, so these intervals are too narrow; the table summary "
            "has intervals by patients."
        )
    if any(network.kept.points for network in networks) and len(networks) > 1:
        sentences.append("Nothing is proved between the points of the lattice.")
    elif len(networks) > 1 and not all(network.proved for network in networks):
        sentences.append("If no flip was found, there may still be one.")
    return " ".join(sentences)


def unlabelled(summary: pd.DataFrame) -> Iterator[str]:
    """What is attacked at frames without a known truth, if there are any.

    More frames are attacked than are correct only if some have none.
    """
    kind = kind_of(summary)
    known = "n_labelled" if kind in ("number", "mask") else "n_correct"
    words = words_of(summary).unlabelled
    if words and (summary["n_attacked"] > summary[known]).any():
        yield words


def where(box: Mapping[str, Sequence[float]], initial: Mapping[str, float], titles: Titles) -> str:
    """The attacked parameters with their bounds, and the initial setting."""
    if len(box) > MOST_NAMED:
        return f"The box: {len(box)} parameters, with the bounds in the configuration."
    start = ", ".join(f"{initial[name]:g}" for name in box if name in initial)
    return f"The box: {escaped(box_in_words(box, titles))}, around the initial setting {start}."


def checks(flags: pd.DataFrame) -> str:
    """How many of the checks of the attacks warn."""
    raised = flags[flags["n"] > 0].drop_duplicates("flag")
    of = flags["flag"].nunique()
    if raised.empty:
        return f"None of {of} checks of the attacks warns."
    errors = raised["level"].eq("error").sum()
    worst = f", {plural(int(errors), 'contradiction')} among them" if errors else ""
    warn = "warns" if len(raised) == 1 else "warn"
    return f"{len(raised)} of {of} checks of the attacks {warn}{worst}."


def warnings(flags: pd.DataFrame, titles: Titles) -> Iterator[str]:
    """The paragraphs on the checks: what each that warns has found, and where the table is."""
    yield checks(flags)
    raised = flags[flags["n"] > 0]
    if raised.empty:
        return
    lines = []
    for meaning, rows in raised.groupby("meaning", sort=False):
        names = [titled(titles, "attacks", name) for name in rows["attack"].unique()]
        further = len(names) - MOST_NAMED
        rest = [f"{further} further attacks"] if further > 1 else names[MOST_NAMED:]
        found = escaped(f"{meaning[:1].upper()}{meaning[1:]}")
        lines.append(f"- {found}: {', '.join([*names[:MOST_NAMED], *rest])}.")
    yield "\n".join(lines)
    yield (
        "`These warnings with frames and advice <summary.html#attacks>`__ are in summary.html, "
        "next to this file."
    )


def counts(row: pd.Series, hits: str, total: str) -> tuple[int, int]:
    """The counts `n_{hits}` and `n_{total}` of a row of the summary."""
    return int(row[f"n_{hits}"]), int(row[f"n_{total}"])


def defences(findings: str) -> str:
    """The findings of the comparison of defences, under a title."""
    paragraphs = "\n\n".join(map(escaped, findings.strip().split("\n\n")))
    return f".. rubric:: The comparison of the defences\n\n{paragraphs}"
