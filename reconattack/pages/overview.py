"""The overview: the answer of a run, on the first screen of its report."""

import base64
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from reconattack.pages.decision_words import (
    NO_DECLARATIONS,
    Declarations,
    flip_rules,
    kind_of,
    words_of,
)
from reconattack.pages.halves import ADVERSARIAL, ERRORS, FOLLOWS, MODEL
from reconattack.pages.networks import Network
from reconattack.pages.one_model import (
    MOST_NAMED,
    boxes_in_decibels,
    how_good,
    in_sentences,
    named,
    what_flips_it_alone,
    what_fools_it,
    what_is_proved,
)
from reconattack.pages.several_models import compared, in_all, of_several
from reconattack.pages.summary_page.envelope_tables import (
    IN_BRIEF,
    brief_rows,
    chosen_ranges,
    in_this_run,
)
from reconattack.pages.wording import (
    Titles,
    box_in_words,
    escaped,
    listed,
    plain,
    plural,
    titled,
)

NO_DOCUMENTS: Mapping[str, str] = {}
LINE = 9_000  # characters, of 10,000 that docutils allows
PROTOCOLS = {
    "patient_folds": "Each frame is classified by a network that was trained without its patient.",
    "held_out": "The test patients were not used for training.",
    "brought": "It is not known whether a brought model was trained on these patients.",
    "resubstitution": (
        "The test frames were also used for training, so these rates flatter the model."
    ),
}
KNOWN = (
    "A range is *proved* if no setting in it changes the other decisions. A range by *steps* holds "
    "at each step of a sweep or lattice, and nothing is known between them. A *sampled* range "
    "holds at settings that were drawn or searched, and others may change more."
)
BY_PATIENTS = ("auc_patient_low", "accuracy_patient_low", "success_patient_low")


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
        *alike(networks),
        *answer(networks, tables, attack, initial, titles, cutoff, classes),
        *([embedded(picture)] if picture else []),
        FOLLOWS,
        *([KNOWN] if "envelope" in tables and len(tables["envelope"]) else []),
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
    tables: Mapping[str, pd.DataFrame],
    attack: Mapping[str, object],
    initial: Mapping[str, float],
    titles: Titles,
    cutoff: float,
    classes: Sequence[str],
) -> Iterator[str]:
    """The answer itself, under a heading for each half: bullets of one network, tables of several.

    It begins with the settings within which few decisions change.
    """
    found = results(networks, attack, cutoff, classes)
    found[ERRORS] = [*envelope_in_brief(networks, tables, initial, titles), *found[ERRORS]]
    for half in (ERRORS, ADVERSARIAL, MODEL):
        if found[half]:
            yield f".. rubric:: {half}"
            yield from found[half]


def results(
    networks: Sequence[Network],
    attack: Mapping[str, object],
    cutoff: float,
    classes: Sequence[str],
) -> dict[str, list[str]]:
    """The paragraphs of each half."""
    if len(networks) == 1:
        of_one = in_sentences(networks[0], attack, cutoff, classes)
        return {half: bulleted(sentences) for half, sentences in of_one.items()}
    names = [network.name for network in networks]
    return {
        half: [side_by_side({"Model": names} | cells)] if cells else []
        for half, cells in compared(networks, attack, cutoff).items()
    }


def bulleted(sentences: Sequence[str]) -> list[str]:
    """Sentences as one paragraph with a bullet for each; no paragraph without sentences."""
    return ["\n".join(f"- {sentence}" for sentence in sentences)] if sentences else []


def envelope_in_brief(
    networks: Sequence[Network],
    tables: Mapping[str, pd.DataFrame],
    initial: Mapping[str, float],
    titles: Titles,
) -> Iterator[str]:
    """The ranges of the first networks in which few decisions change; nothing without any."""
    names = {(one.first["model"], one.first["seed"]): one.name for one in networks[:IN_BRIEF]}
    for ranges in chosen_ranges(tables, list(names)):
        yield escaped(in_this_run(ranges))
        rows = brief_rows(ranges, initial, titles)
        cells = {"Control": [escaped(control) for control in rows]}
        for key, name in names.items():
            head = name if len(networks) > 1 else "Settings, and decisions that changed within"
            cells[head] = [escaped(row.get(key, "-")) for row in rows.values()]
        yield side_by_side(cells)


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


def side_by_side(columns: Mapping[str, Sequence[str]]) -> str:
    """A table in reStructuredText: a heading and the cells of each column."""
    rows = [list(columns), *zip(*columns.values(), strict=True)]
    lines = io.StringIO()
    csv.writer(lines, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
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


def defences(findings: str) -> str:
    """The findings of the comparison of defences, under a title."""
    paragraphs = "\n\n".join(map(escaped, findings.strip().split("\n\n")))
    return f".. rubric:: The comparison of the defences\n\n{paragraphs}"
