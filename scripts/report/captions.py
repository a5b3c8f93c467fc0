"""What this run adds to the captions of its report: the numbers of each figure and table."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from reconattack.attacks.drawn_settings import DRAWN
from reconattack.evidence.answers import LoneKnob, attacked, lone_knobs, read_tables
from reconattack.evidence.example import choose_attack
from reconattack.evidence.universal import HELD_OUT, IN_SAMPLE
from reconattack.pages.wording import (
    box_in_words,
    by_network,
    escaped,
    plural,
    share,
    with_interval,
)
from reconattack.run.jobs import job
from reconattack.storage import replacing

LEVEL = 0.05


@dataclass(frozen=True)
class Run:
    """What captions are made of: tables by name, what the configuration says of the attack that
    stands for the run (`name`, `box`), the initial setting and the words for the labels.
    """

    tables: Mapping[str, pd.DataFrame]
    attack: Mapping[str, object]
    initial: Mapping[str, float]
    classes: Sequence[str]


def captions(
    tables: Sequence[str],
    attack: Mapping[str, object],
    initial: Mapping[str, float],
    classes: Sequence[str],
    outputs: Mapping[str, str],
) -> None:
    """Write for each figure or table of `outputs` what its caption says of this run, as
    reStructuredText.

    `tables` are the run's, `attack` holds `name` and `box` of the attack that stands for it,
    `initial` is the initial setting, `classes` are the words for the labels 0 and 1.
    """
    run = Run(read_tables(tables), attack, initial, [escaped(word) for word in classes])
    for name, output in outputs.items():
        with replacing(output) as temporary:
            temporary.write_text(CAPTIONS[name](run) + "\n", encoding="utf-8")


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


def fig1_samples(run: Run) -> str:
    rows = run.tables["frames"].groupby(["cohort", "scanner"], sort=False)
    return bullets(
        f"{escaped(cohort)}, {escaped(scanner)}: {plural(len(frames), 'frame')}"
        for (cohort, scanner), frames in rows
    )


def fig2_pipeline(run: Run) -> str:
    box = run.attack["box"]
    start = ", ".join(f"{run.initial[name]:g}" for name in box if name in run.initial)
    return (
        f"In this run {escaped(run.attack['name'])} searches {escaped(box_in_words(box))}, "
        f"from {start}."
    )


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


def roc(run: Run) -> str:
    return bullets(
        f"{name}: AUC {with_interval(first, 'auc')}, right on "
        f"{share(first['n_correct'], first['n_labelled'], 'frames')}"
        for name, first in first_rows(run.tables["summary"])
    )


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


def attack_paths(run: Run) -> str:
    return of_attacks(run, lambda row: share(row["n_success"], row["n_attacked"]))


def dossier(run: Run) -> str:
    name, rows = next(by_network(attacked(run.tables["attacks"])), ("", None))
    if rows is None:
        return "In this run no frame was attacked."
    flipped = rows.groupby("frame")["success"].any()
    return (
        f"In this run {name}: some attack flips "
        f"{share(int(flipped.sum()), len(flipped), 'attacked frames')}."
    )


def success_against_budget(run: Run) -> str:
    return of_attacks(run, budget)


def budget(row: pd.Series) -> str:
    """What an attack flips and at what cost."""
    text = share(row["n_success"], row["n_attacked"])
    if row["n_success"] == 0:
        return text
    return f"{text}, queries in the median {row['median_queries']:g}"


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


def transfer(run: Run) -> str:
    table = run.tables["transfer"]
    flipped, tried = (int(table[column].sum()) for column in ("n_flipped", "n_tried"))
    return (
        "In this run, all pairs of models and all attacks together: "
        f"{share(flipped, tried, 'settings')} flip the other model too. Several of them belong to "
        "one frame, so the interval is too narrow."
    )


def knobs(run: Run) -> str:
    return bullets(
        f"{name}: {alone(lone_knobs(rows, None))}" for name, rows in by_network(run.tables["knobs"])
    )


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


def defences(run: Run) -> str:
    return bullets(
        f"{escaped(row['model'])}{' (the baseline)' if row['baseline'] else ''}: AUC "
        f"{with_interval(row, 'auc')}, right at every lattice point "
        f"{with_interval(row, 'grid_certified')}"
        for _, row in run.tables["defences"].iterrows()
    )


def comparisons(run: Run) -> str:
    """How many differences each family of comparisons shows."""
    return bullets(
        f"{escaped(family)}: {plural(len(rows), 'comparison')}, {(rows['p_holm'] < LEVEL).sum()} "
        f"with p_holm below {LEVEL:g}"
        for family, rows in run.tables["comparisons"].groupby("family", sort=False)
    )


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


CAPTIONS: dict[str, Callable[[Run], str]] = {
    caption.__name__: caption
    for caption in (
        *(contact_sheet, fig1_samples, fig2_pipeline, fig3_adversarial, roc, accidental_change),
        *(attack_paths, dossier, success_against_budget, success_against_visibility),
        *(universal, robust_accuracy, decision_maps, transfer, knobs, margins, defences),
        *(comparisons, flags),
    )
}


if __name__ == "__main__":
    with job(snakemake.log[0]):
        captions(
            tables=snakemake.input.tables,
            attack=snakemake.params.attack,
            initial=snakemake.params.initial,
            classes=snakemake.params.classes,
            outputs=dict(zip(snakemake.params.names, snakemake.output, strict=True)),
        )
