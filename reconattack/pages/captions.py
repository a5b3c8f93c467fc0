"""What this run adds to the captions of its report: the numbers of each figure and table."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from reconattack.attacks.distributions import DRAWN
from reconattack.evidence.answers import LoneKnob, lone_knobs
from reconattack.evidence.example import choose_attack
from reconattack.evidence.fold_names import HELD_OUT, IN_SAMPLE
from reconattack.evidence.labelled import attacked
from reconattack.pages.wording import (
    box_in_words,
    by_network,
    escaped,
    plural,
    share,
    with_interval,
)

LEVEL = 0.05


@dataclass(frozen=True)
class Run:
    """What the captions use of a run.

    Attributes
    ----------
    tables
        Its tables by name.
    attack
        `name` and `box` of the attack that stands for the run.
    initial
        The initial setting.
    classes
        Words for the labels 0 and 1, in reStructuredText.
    """

    tables: Mapping[str, pd.DataFrame]
    attack: Mapping[str, object]
    initial: Mapping[str, float]
    classes: Sequence[str]


CAPTIONS: dict[str, Callable[[Run], str]] = {}


def caption(function: Callable[[Run], str]) -> Callable[[Run], str]:
    """Register the caption of the figure or table that has the function's name."""
    CAPTIONS[function.__name__] = function
    return function


def caption_texts(
    names: Sequence[str],
    tables: Mapping[str, pd.DataFrame],
    attack: Mapping[str, object],
    initial: Mapping[str, float],
    classes: Sequence[str],
) -> list[str]:
    """What the captions of some figures and tables say of this run, as reStructuredText.

    Parameters
    ----------
    names
        The figures and tables: keys of `CAPTIONS`.
    tables
        The run's tables by name.
    attack
        `name` and `box` of the attack that stands for the run.
    initial
        The initial setting.
    classes
        Words for the labels 0 and 1.
    """
    run = Run(tables, attack, initial, [escaped(word) for word in classes])
    return [CAPTIONS[name](run) + "\n" for name in names]


@caption
def contact_sheet(run: Run) -> str:
    return bullets(
        f"{escaped(cohort)}: {frames_in_words(rows, run.classes)}"
        for cohort, rows in run.tables["frames"].groupby("cohort", sort=False)
    )


def frames_in_words(frames: pd.DataFrame, classes: Sequence[str]) -> str:
    """How many frames of how many patients and of which label, and what is wrong with them."""
    labels = frames["label"].value_counts()
    of_class = (f"{labels.get(label, 0)} {word}" for label, word in enumerate(classes))
    text = (
        f"{plural(len(frames), 'frame')} of {plural(frames['patient'].nunique(), 'patient')}, "
        f"{', '.join(of_class)}"
    )
    unlabelled = int(frames["label"].isna().sum())
    if unlabelled:
        text += f", {unlabelled} without a label"
    unread, warned = (int(frames[column].notna().sum()) for column in ("error", "warnings"))
    return f"{text}; could not be read: {unread}, read with a warning: {warned}"


@caption
def fig1_samples(run: Run) -> str:
    rows = run.tables["frames"].groupby(["cohort", "scanner"], sort=False)
    return bullets(
        f"{escaped(cohort)}, {escaped(scanner)}: {plural(len(frames), 'frame')}"
        for (cohort, scanner), frames in rows
    )


@caption
def fig2_pipeline(run: Run) -> str:
    box = run.attack["box"]
    start = ", ".join(f"{run.initial[name]:g}" for name in box if name in run.initial)
    return (
        f"In this run {escaped(run.attack['name'])} searches {escaped(box_in_words(box))}, "
        f"from {start}."
    )


@caption
def fig3_adversarial(run: Run) -> str:
    chosen = choose_attack(run.tables["attacks"])
    moves = ", ".join(
        f"{name} {run.initial[name]:g} to {chosen[name]:g}"
        for name in run.initial
        if pd.notna(chosen.get(name))
    )
    return (
        f"In this run: frame {escaped(chosen['frame'])}, {escaped(chosen['model'])}, "
        f"{escaped(chosen['attack'])}; {escaped(moves)}; P({run.classes[1]}) "
        f"{chosen['probability_initial']:.2f} to {chosen['probability_final']:.2f}, "
        f"{'flipped' if chosen['success'] else 'not flipped'}, queries {chosen['queries']}; grey "
        f"levels change by {chosen['mean_abs_diff']:.1f} in the mean of the sector."
    )


@caption
def roc(run: Run) -> str:
    return bullets(
        f"{name}: AUC {with_interval(first, 'auc')}, right on "
        f"{share(first['n_correct'], first['n_labelled'], 'frames')}"
        for name, first in first_rows(run.tables["summary"])
    )


@caption
def accidental_change(run: Run) -> str:
    return bullets(
        f"{name}, {row['n_settings']} settings, {row['distribution']}: share called "
        f"{run.classes[1]} {from_to(row, 'positive_rate')}, AUC {from_to(row, 'auc')}; the worst "
        f"changes {100 * row['worst_changed']:.0f} % of the decisions"
        for name, rows in by_network(run.tables["accidental_summary"])
        for _, row in rows[rows["distribution"].isin(DRAWN)].iterrows()
    )


def from_to(row: pd.Series, measure: str) -> str:
    """A measure at the initial setting and its range over settings that are drawn."""
    initial, low, high = (row[f"{measure}_{end}"] for end in ("initial", "p5", "p95"))
    return f"{initial:.2f} initially, {low:.2f} to {high:.2f} at nine in ten of them"


@caption
def attack_paths(run: Run) -> str:
    return of_attacks(run, lambda row: share(row["n_success"], row["n_attacked"]))


@caption
def dossier(run: Run) -> str:
    name, rows = next(by_network(attacked(run.tables["attacks"])), ("", None))
    if rows is None:
        return "In this run no frame was attacked."
    flipped = rows.groupby("frame")["success"].any()
    return (
        f"In this run {name}: some attack flips "
        f"{share(int(flipped.sum()), len(flipped), 'attacked frames')}."
    )


@caption
def success_against_budget(run: Run) -> str:
    return of_attacks(run, budget)


def budget(row: pd.Series) -> str:
    """What an attack flips and at what cost."""
    text = share(row["n_success"], row["n_attacked"])
    if row["n_success"] == 0:
        return text
    return f"{text}, queries in the median {row['median_queries']:g}"


@caption
def success_against_visibility(run: Run) -> str:
    return of_attacks(run, visible)


def visible(row: pd.Series) -> str:
    """How many flips stay within the declared limit."""
    if pd.isna(row["n_success_visible_limit"]):
        return f"{row['n_success']} flipped, of which the limit is not counted"
    return (
        f"{row['n_success']} flipped, within the declared limit "
        f"{share(int(row['n_success_visible_limit']), row['n_attacked'])}"
    )


@caption
def universal(run: Run) -> str:
    table = run.tables["universal"]
    of_all = table[
        (table["kind"] == "all") & table["fold"].isin([HELD_OUT, IN_SAMPLE]) & (table["n"] > 0)
    ]
    return bullets(
        f"{name}, {row['fold']}: one setting flips {share(row['n_flipped'], row['n'])}, one at "
        f"random {100 * row['random_mean']:.0f} %, some point of the lattice {row['n_vulnerable']}"
        for name, rows in by_network(of_all)
        for _, row in rows.iterrows()
    )


@caption
def robust_accuracy(run: Run) -> str:
    return of_grids(run, right_everywhere)


def right_everywhere(rows: pd.DataFrame) -> str:
    """Of how many labelled frames a network is right at the start, and at all points."""
    labelled = rows[rows["label"].notna() & (rows["stop_reason"] != "unreadable")]
    right = attacked(labelled)
    return (
        f"{len(right)} of {len(labelled)} frames are right at the initial setting, at all points "
        f"{share(int(right['grid_certified'].sum()), len(labelled))}"
    )


@caption
def decision_maps(run: Run) -> str:
    return of_grids(run, certified)


def certified(rows: pd.DataFrame) -> str:
    """How many attacked frames keep their decision at all points."""
    tried = attacked(rows)
    kept = share(int(tried["grid_certified"].sum()), len(tried), "attacked frames")
    return f"{kept} keep their decision at all points"


def of_grids(run: Run, outcome: Callable[[pd.DataFrame], str]) -> str:
    """What each grid shows of each model and seed."""
    return bullets(
        f"{name}, {escaped(grid)} of {rows['n_points'].iloc[0]:,} points: {outcome(rows)}"
        for name, of_network in by_network(run.tables["grid"])
        for grid, rows in of_network.groupby("attack", sort=False)
    )


@caption
def transfer(run: Run) -> str:
    table = run.tables["transfer"]
    flipped, tried = (int(table[column].sum()) for column in ("n_flipped", "n_tried"))
    return (
        "In this run, all pairs of models and all attacks together: "
        f"{share(flipped, tried, 'settings')} flip the other model too. Several of them belong to "
        "one frame, so the interval is too narrow."
    )


@caption
def knobs(run: Run) -> str:
    return bullets(
        f"{name}: {alone(lone_knobs(rows, None))}" for name, rows in by_network(run.tables["knobs"])
    )


@caption
def margins(run: Run) -> str:
    return bullets(
        f"{name}, {escaped(attack)}: a flip was found of "
        f"{share(int(of_attack['margin_linf'].notna().sum()), len(of_attack), 'frames')}"
        f"{nearest(of_attack)}; {alone(lone_knobs(None, of_attack))}"
        for name, rows in by_network(attacked(run.tables["margins"]))
        for attack, of_attack in rows.groupby("attack", sort=False)
    )


def nearest(margins: pd.DataFrame) -> str:
    """The smallest margin, as the figure's axis counts it."""
    least = margins["margin_linf"].min()
    return "" if pd.isna(least) else f", the nearest at {100 * least:.0f}"


def alone(knobs: Sequence[LoneKnob]) -> str:
    """What each control flips alone."""
    if not knobs:
        return "no knob was turned alone"
    flips = ", ".join(f"{escaped(knob.control)} {knob.n} of {knob.of}" for knob in knobs)
    return f"turned alone, {flips}"


@caption
def defences(run: Run) -> str:
    return bullets(
        f"{escaped(row['model'])}{' (the baseline)' if row['baseline'] else ''}: AUC "
        f"{with_interval(row, 'auc')}, right at every lattice point "
        f"{with_interval(row, 'grid_certified')}"
        for _, row in run.tables["defences"].iterrows()
    )


@caption
def comparisons(run: Run) -> str:
    """How many differences each family of comparisons shows."""
    return bullets(
        f"{escaped(family)}: {plural(len(rows), 'comparison')}, {(rows['p_holm'] < LEVEL).sum()} "
        f"with p_holm below {LEVEL:g}"
        for family, rows in run.tables["comparisons"].groupby("family", sort=False)
    )


@caption
def flags(run: Run) -> str:
    """Which flags are raised, and for how many frames."""
    raised = run.tables["flags"].query("n > 0")
    if raised.empty:
        return "In this run no flag is raised."
    return bullets(
        f"{row['flag'].replace('_', ' ')} ({row['level']}): {escaped(row['model'])}, "
        f"{escaped(row['attack'])}, {share(row['n'], row['n_checked'])}"
        for _, row in raised.iterrows()
    )


def of_attacks(run: Run, outcome: Callable[[pd.Series], str]) -> str:
    """What each attack does, a bullet for each model and seed."""
    return bullets(
        f"{name}: "
        + "; ".join(f"{escaped(row['attack'])} {outcome(row)}" for _, row in rows.iterrows())
        for name, rows in by_network(run.tables["summary"])
    )


def first_rows(table: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """Name and first row of each model and seed."""
    return ((name, rows.iloc[0]) for name, rows in by_network(table))


def bullets(lines: Iterable[str]) -> str:
    """A list under the words that begin it."""
    return "\n".join(["In this run:", "", *(f"- {line}." for line in lines)])
