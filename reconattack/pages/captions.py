"""The numbers of a run for the captions of its report.

The caption of a figure or table is `report/NAME.rst`. It ends with the text that the function NAME
of this module makes from the run's tables.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from reconattack.attacks.distributions import DRAWN
from reconattack.evidence.answers import LoneKnob, lone_knobs
from reconattack.evidence.decision_words import in_words
from reconattack.evidence.example import choose_attack
from reconattack.evidence.fold_names import HELD_OUT, IN_SAMPLE
from reconattack.evidence.labelled import attacked
from reconattack.evidence.proofs import PROVED
from reconattack.pages.decision_words import (
    NO_DECLARATIONS,
    Declarations,
    amount,
    between,
)
from reconattack.pages.envelope import sentences
from reconattack.pages.wording import (
    NO_TITLES,
    Titles,
    box_in_words,
    by_network,
    escaped,
    percent,
    plain,
    plural,
    rate,
    titled,
    with_interval,
)
from reconattack.reconstruction.picture_change import is_within

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
    visible_limit
        Limits of a small change of the image.
    titles
        Titles of cohorts, scanners, models, attacks and controls.
    declarations
        The declared decision of each model that is not binary.
    simulated
        Whether the frames that are judged are simulated.
    """

    tables: Mapping[str, pd.DataFrame]
    attack: Mapping[str, object]
    initial: Mapping[str, float]
    classes: Sequence[str]
    visible_limit: Mapping[str, float]
    titles: Titles
    declarations: Declarations = field(default_factory=dict)
    simulated: bool = False

    def by_network(self, table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
        """Title and rows of each model and seed."""
        return by_network(table, self.titles)

    def titled(self, section: str, name: str) -> str:
        """Title of a cohort, scanner, model, attack or control, or its name."""
        return titled(self.titles, section, name)


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
    visible_limit: Mapping[str, float],
    titles: Titles = NO_TITLES,
    declarations: Declarations = NO_DECLARATIONS,
    simulated: bool = False,
) -> list[str]:
    """What the captions of some figures and tables say of this run, as reStructuredText.

    Parameters
    ----------
    names
        The figures and tables. The text of one that is no key of `CAPTIONS` is empty.
    tables
        The run's tables by name.
    attack
        `name` and `box` of the attack that stands for the run.
    initial
        The initial setting.
    classes
        Words for the labels 0 and 1.
    visible_limit
        Limits of a small change of the image.
    titles
        Titles of cohorts, scanners, models, attacks and controls.
    declarations
        The declared decision of each model that is not binary.
    simulated
        Whether the frames that are judged are simulated.
    """
    words = [escaped(word) for word in classes]
    run = Run(tables, attack, initial, words, visible_limit, titles, declarations, simulated)
    return [CAPTIONS[name](run) + "\n" if name in CAPTIONS else "" for name in names]


@caption
def contact_sheet(run: Run) -> str:
    return bullets(
        f"{run.titled('cohorts', cohort)}: {frames_in_words(rows, run.classes)}"
        for cohort, rows in run.tables["frames"].groupby("cohort", sort=False)
    )


def frames_in_words(frames: pd.DataFrame, classes: Sequence[str]) -> str:
    """Number of frames and patients, of each label, and of frames with an error or a warning."""
    labels = frames["label"].value_counts()
    named = (word.replace("label ", "with label ", 1) for word in classes)
    counts = (f"{labels.get(label, 0)} {word}" for label, word in enumerate(named))
    text = (
        f"{plural(len(frames), 'frame')} of {plural(frames['patient'].nunique(), 'patient')}, "
        f"{', '.join(counts)}"
    )
    unlabelled = int(frames["label"].isna().sum())
    if unlabelled:
        text += f", {unlabelled} without a label"
    unread, warned = (int(frames[column].notna().sum()) for column in ("error", "warnings"))
    return f"{text}; {unread} could not be used, {warned} with a warning"


@caption
def fig1_samples(run: Run) -> str:
    rows = run.tables["frames"].groupby(["cohort", "scanner"], sort=False)
    return bullets(
        f"{run.titled('cohorts', cohort)}, {run.titled('scanners', scanner)}: "
        f"{plural(len(frames), 'frame')}"
        for (cohort, scanner), frames in rows
    )


@caption
def fig2_pipeline(run: Run) -> str:
    box = run.attack["box"]
    start = ", ".join(f"{run.initial[name]:g}" for name in box if name in run.initial)
    return (
        f"In this run the {run.titled('attacks', run.attack['name'])} searches "
        f"{escaped(box_in_words(box, run.titles))}. It starts from {start}."
    )


@caption
def fig3_adversarial(run: Run) -> str:
    chosen = choose_attack(run.tables["attacks"])
    moves = ", ".join(
        f"{plain(run.titled('controls', name))} {run.initial[name]:g} to {chosen[name]:g}"
        for name in run.initial
        if pd.notna(chosen.get(name))
    )
    known = chosen[list(run.visible_limit)].notna().all()  # a grid measures less
    small = is_within(chosen, run.visible_limit)
    size = f" The change is {'small' if small else 'visible'} by the run's limits." if known else ""
    return (
        f"In this run: frame {escaped(chosen['frame'])}, {run.titled('models', chosen['model'])}, "
        f"{run.titled('attacks', chosen['attack'])}; {escaped(moves)}; {decided(run, chosen)}, "
        f"{'flipped' if chosen['success'] else 'not flipped'}, {chosen['queries']} queries. The "
        f"mean change in the sector is {chosen['mean_abs_diff']:.1f} grey levels.{size}"
    )


def decided(run: Run, row: pd.Series) -> str:
    """What is decided at the initial and at the final setting of a row of `attacks.csv`."""
    decision = run.declarations.get(row["model"], {})
    if not decision:
        ends = f"{row['probability_initial']:.2f} to {row['probability_final']:.2f}"
        return f"P({run.classes[1]}) {ends}"
    before, after = map(escaped, in_words(decision, row, run.classes))
    return f"{before} to {after}"


@caption
def confusion(run: Run) -> str:
    """How many attacked frames leave their class, and the most frequent change of each attack."""
    return bullets(
        f"{name}, {run.titled('attacks', attack)}: "
        f"{changed_classes(rows, run.declarations[model]['classes'])}"
        for name, of_network in run.by_network(attacked(run.tables["attacks"]))
        for (model, attack), rows in of_network.groupby(["model", "attack"], sort=False)
    )


def changed_classes(rows: pd.DataFrame, classes: Sequence[str]) -> str:
    """How many frames have another class after an attack, and the most frequent change."""
    pairs = rows[["decision_initial", "decision_final"]].astype(int)
    changes = pairs[pairs["decision_initial"] != pairs["decision_final"]].value_counts()
    text = f"{rate(int(changes.sum()), len(rows), 'attacked frames')} get another class"
    if changes.empty:
        return text
    start, end = (escaped(classes[number]) for number in changes.index[0])
    return f"{text}, most often {start} to {end} ({changes.iloc[0]})"


@caption
def bland_altman(run: Run) -> str:
    """Bias and limits of agreement with the true number, and with the initial one."""
    return bullets(
        line
        for name, rows in run.by_network(run.tables["summary"])
        for line in agreement_lines(run, name, rows)
    )


def agreement_lines(run: Run, name: str, rows: pd.DataFrame) -> Iterator[str]:
    """A line for the initial setting, if the truth is known, and one for each attack."""
    if rows["n_labelled"].iloc[0]:
        yield f"{name}, initial setting: {agreement(rows.iloc[0], 'bias')} from the true number"
    for _, row in rows.iterrows():
        shift = f"{agreement(row, 'shift')} from the initial number"
        yield f"{name}, {run.titled('attacks', row['attack'])}: {shift}"


def agreement(row: pd.Series, name: str) -> str:
    """A mean difference and its limits of agreement, with their unit."""
    unit = escaped(row["unit"])
    limits = row[f"{name}_lower_limit"], row[f"{name}_upper_limit"]
    if pd.isna(limits[0]):
        return f"{amount(row[name], unit, '+')} in the mean"
    return f"{amount(row[name], unit, '+')} in the mean ({between(*limits, unit)})"


@caption
def outlines(run: Run) -> str:
    """The lowest and the median Dice of each attack."""
    return attack_bullets(
        run,
        lambda row: (
            f"leaves a median Dice of {row['median_dice']:.2f}, the lowest is "
            f"{row['lowest_dice']:.2f}"
        ),
    )


@caption
def roc(run: Run) -> str:
    return bullets(
        f"{name}: AUC {with_interval(first, 'auc')}, correct on "
        f"{rate(first['n_correct'], first['n_labelled'], 'frames')}"
        for name, first in first_rows(run, run.tables["summary"])
    )


@caption
def accidental_change(run: Run) -> str:
    return bullets(
        f"{name}, {row['n_settings']} settings, {row['distribution']}: fraction called "
        f"{run.classes[1]} {from_to(row, 'positive_rate')}; AUC {from_to(row, 'auc')}; the worst "
        f"setting changes {percent(row['worst_changed'])} of the decisions"
        for name, rows in run.by_network(run.tables["accidental_summary"])
        for _, row in rows[rows["distribution"].isin(DRAWN)].iterrows()
    )


def from_to(row: pd.Series, measure: str) -> str:
    """A measure at the initial setting, and its 5th to 95th percentile over drawn settings."""
    initial, low, high = (row[f"{measure}_{end}"] for end in ("initial", "p5", "p95"))
    return f"{initial:.2f} at the initial setting, {low:.2f} to {high:.2f} at 90 % of the settings"


@caption
def attack_paths(run: Run) -> str:
    return attack_bullets(run, flips)


def flips(row: pd.Series) -> str:
    """How many frames an attack flips."""
    return f"flips {rate(row['n_success'], row['n_attacked'])}"


@caption
def dossier(run: Run) -> str:
    name, rows = next(run.by_network(attacked(run.tables["attacks"])), ("", None))
    if rows is None:
        return "In this run no frame was attacked."
    flipped = rows.groupby("frame")["success"].any()
    return (
        f"In this run at least one attack flips "
        f"{rate(int(flipped.sum()), len(flipped), 'attacked frames')} of {name}."
    )


@caption
def success_against_budget(run: Run) -> str:
    return attack_bullets(run, budget)


def budget(row: pd.Series) -> str:
    """How many frames an attack flips, and its median number of queries."""
    if row["n_success"] == 0:
        return flips(row)
    return f"{flips(row)}, median {row['median_queries']:g} queries"


@caption
def success_against_visibility(run: Run) -> str:
    return attack_bullets(run, visible)


def visible(row: pd.Series) -> str:
    """How many frames an attack flips in total, and how many within the declared limit."""
    flipped = f"flips {row['n_success']} in total"
    if pd.isna(row["n_success_visible_limit"]):
        return f"{flipped}; flips within the limit are not counted"
    within = rate(int(row["n_success_visible_limit"]), row["n_attacked"])
    return f"{flipped}, within the declared limit {within}"


@caption
def universal(run: Run) -> str:
    table = run.tables["universal"]
    together = table[
        (table["kind"] == "all") & table["fold"].isin([HELD_OUT, IN_SAMPLE]) & (table["n"] > 0)
    ]
    return bullets(
        f"{name}, {row['fold']}: one setting flips {rate(row['n_flipped'], row['n'])}, a random "
        f"setting {percent(row['random_mean'])}, at least one point of the lattice "
        f"{row['n_vulnerable']}"
        for name, rows in run.by_network(together)
        for _, row in rows.iterrows()
    )


@caption
def robust_accuracy(run: Run) -> str:
    return bullets([*proof_lines(run), *grid_lines(run, correct_everywhere)])


def proof_lines(run: Run) -> Iterator[str]:
    """How many labelled frames each proof keeps correct, a line for each model and seed."""
    if "proofs_summary" not in run.tables:
        return
    table = run.tables["proofs_summary"]
    for name, rows in run.by_network(table[table["statement"] == PROVED]):
        for _, row in rows.iterrows():
            n_certified = round(row["certified_accuracy"] * row["n_labelled"])
            yield (
                f"{name}, {run.titled('attacks', row['attack'])}: "
                f"{rate(n_certified, row['n_labelled'], 'frames')} are proved to stay correct at "
                f"every setting of the box. Frames that are correct at the initial setting: "
                f"{row['n_attacked']}; proved: {row['n_robust']}; with a known flip: "
                f"{row['n_vulnerable']}; undecided: {row['n_undecided']}"
            )


def correct_everywhere(rows: pd.DataFrame) -> str:
    """How many labelled frames are correct at the initial setting, and at all points."""
    labelled = rows[rows["label"].notna() & (rows["stop_reason"] != "unreadable")]
    correct = attacked(labelled)
    return (
        f"{len(correct)} of {len(labelled)} frames are correct at the initial setting, "
        f"{rate(int(correct['grid_certified'].sum()), len(labelled))} at all points"
    )


@caption
def decision_maps(run: Run) -> str:
    return bullets(grid_lines(run, certified))


def certified(rows: pd.DataFrame) -> str:
    """How many attacked frames keep their decision at all points."""
    tried = attacked(rows)
    kept = rate(int(tried["grid_certified"].sum()), len(tried), "attacked frames")
    return f"{kept} keep their decision at all points"


def grid_lines(run: Run, outcome: Callable[[pd.DataFrame], str]) -> Iterator[str]:
    """The result of each grid, a line for each model and seed; nothing without a grid."""
    if "grid" not in run.tables:
        return
    for name, network in run.by_network(run.tables["grid"]):
        for grid, rows in network.groupby("attack", sort=False):
            title = run.titled("attacks", grid)
            points = f"{rows['n_points'].iloc[0]:,} points"
            yield f"{name}, {title} of {points}: {outcome(rows)}"


@caption
def transfer(run: Run) -> str:
    table = run.tables["transfer"]
    flipped, tried = (int(table[column].sum()) for column in ("n_flipped", "n_tried"))
    return (
        f"In this run {rate(flipped, tried, 'settings')} flip the other model too, all pairs of "
        "models and all attacks together. Several settings belong to one frame, so the interval is "
        "too narrow."
    )


@caption
def envelope(run: Run) -> str:
    """The sentence of each parameter that a label may bear."""
    return bullets(
        f"{name}: {escaped(said).removesuffix('.')}"
        for name, rows in run.by_network(run.tables["envelope"])
        for said in sentences(rows, run.initial, run.simulated, run.titles)
    )


@caption
def knobs(run: Run) -> str:
    return bullets(
        f"{name}: {alone(run, lone_knobs(rows, None))}"
        for name, rows in run.by_network(run.tables["knobs"])
    )


@caption
def margins(run: Run) -> str:
    return bullets(
        f"{name}, {run.titled('attacks', attack)}: a flip was found for "
        f"{rate(int(found['margin_linf'].notna().sum()), len(found), 'frames')}"
        f"{nearest(found)}; {alone(run, lone_knobs(None, found))}"
        for name, rows in run.by_network(attacked(run.tables["margins"]))
        for attack, found in rows.groupby("attack", sort=False)
    )


def nearest(margins: pd.DataFrame) -> str:
    """The smallest margin in percent of the half-width, as on the figure's axis."""
    least = margins["margin_linf"].min()
    return "" if pd.isna(least) else f", the nearest at {percent(least)}"


def alone(run: Run, knobs: Sequence[LoneKnob]) -> str:
    """How many frames each control flips alone."""
    if not knobs:
        return "no control was turned alone"
    counts = ", ".join(
        f"{run.titled('controls', knob.control)} flips {knob.n} of {knob.of}" for knob in knobs
    )
    return f"turned alone, {counts}"


@caption
def defences(run: Run) -> str:
    return bullets(
        f"{run.titled('models', row['model'])}{' (the baseline)' if row['baseline'] else ''}: AUC "
        f"{with_interval(row, 'auc')}, correct at every lattice point "
        f"{with_interval(row, 'grid_certified')}"
        for _, row in run.tables["defences"].iterrows()
    )


@caption
def comparisons(run: Run) -> str:
    """How many comparisons of each family show a difference."""
    return bullets(
        f"{escaped(family)}: {plural(len(rows), 'comparison')}, {(rows['p_holm'] < LEVEL).sum()} "
        f"with p_holm below {LEVEL:g}"
        for family, rows in run.tables["comparisons"].groupby("family", sort=False)
    )


@caption
def flags(run: Run) -> str:
    """The flags that are raised, and for how many frames."""
    raised = run.tables["flags"].query("n > 0")
    if raised.empty:
        return "In this run no flag is raised."
    return bullets(
        f"{row['flag'].replace('_', ' ')} ({row['level']}): {run.titled('models', row['model'])}, "
        f"{run.titled('attacks', row['attack'])}, {rate(row['n'], row['n_checked'])}"
        for _, row in raised.iterrows()
    )


def attack_bullets(run: Run, outcome: Callable[[pd.Series], str]) -> str:
    """The outcome of each attack, a bullet for each model and seed."""
    return bullets(
        f"{name}: "
        + "; ".join(
            f"{run.titled('attacks', row['attack'])} {outcome(row)}" for _, row in rows.iterrows()
        )
        for name, rows in run.by_network(run.tables["summary"])
    )


def first_rows(run: Run, table: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """Name and first row of each model and seed."""
    return ((name, rows.iloc[0]) for name, rows in run.by_network(table))


def bullets(lines: Iterable[str]) -> str:
    """A list of some lines under the words `In this run`."""
    return "\n".join(["In this run:", "", *(f"- {line}." for line in lines)])
