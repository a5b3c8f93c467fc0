"""The numbers of a run of config/guard.yaml as text: what guards catch, and what gets past them."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from reconattack.pages.wording import listed
from tools.filled_text import bullets, markdown, paragraph


def results(summary: pd.DataFrame, flips: pd.DataFrame, known: Mapping[str, Any]) -> str:
    """What was run, a row for each attack, and what follows for each model.

    Parameters
    ----------
    summary
        `guard_summary.csv`, of one seed.
    flips
        The rows of `guard.csv` at which an attack flips the decision.
    known
        The configuration.
    """
    return "\n\n".join(
        [what_was_run(known), attack_table(summary, known), bullets(found(summary, flips, known))]
    )


def in_short(summary: pd.DataFrame, flips: pd.DataFrame, known: Mapping[str, Any]) -> str:
    """What the guard of the first model catches and what gets past it, as an item of a list."""
    model = summary["model"].iloc[0]
    own = summary[summary["model"] == model]
    open_ = own[~own["guarded"]]
    best = open_.loc[(open_["n_caught"] / open_["n_flipped"]).idxmax()]
    passed, allowed = passing(flips[flips["model"] == model])
    return bullets(
        [
            "A guard that alarms at pictures which look like no allowed one catches "
            f"{best['n_caught']} of {best['n_flipped']} flips of `{best['attack']}` on the "
            f"{title_of(model, known)}. Past it, attacks still flip {len(passed)} of "
            f"{best['n_attacked']} frames, {len(allowed)} of them at an allowed setting "
            f"([guard.md](guard.md), {best['n_patients']} test patients)."
        ]
    )


def what_was_run(known: Mapping[str, Any]) -> str:
    """The patients, the guards' shares of them, and the budget of the attacks."""
    patients = {name: cohort["patients"] for name, cohort in known["cohorts"].items()}
    training = sum(patients[name] for name in known["run"]["training_cohorts"])
    (queries,) = {
        attack["max_queries"] for attack in known["attacks"].values() if "max_queries" in attack
    }
    return paragraph(
        f"Simulated data: `config/guard.yaml`, one seed, {training} training patients with RF "
        f"frames, {patients['simulated_rf']} test patients. The attacks move in the paper's box; "
        "the envelope is a quarter of it to each side. Each guard is fitted to one half of the "
        f"training patients and calibrated by the other. A guarded attack had at most {queries} "
        "queries for each frame."
    )


def attack_table(summary: pd.DataFrame, known: Mapping[str, Any]) -> str:
    """A row for each attack: its flips of each model, those in the envelope, those caught."""
    header = ["attack"]
    rows: dict[str, list[str]] = {}
    for model, own in summary.groupby("model", sort=False):
        (n,) = set(own["n_attacked"])
        header += [f"{title_of(model, known)}: flips of {n} frames", "in the envelope", "caught"]
        for row in own.itertuples():
            cells = rows.setdefault(row.attack, [])
            cells += [str(row.n_flipped), str(row.n_flipped_allowed), caught(row)]
    return markdown(header, [[f"`{attack}`", *cells] for attack, cells in rows.items()])


def caught(row: Any) -> str:
    """The flips that a guard catches, with their interval; a dash if the attack knows it."""
    if row.guarded:
        return "-"
    return f"{row.n_caught}/{row.n_flipped} ({row.caught_low:.2f} to {row.caught_high:.2f})"


def found(summary: pd.DataFrame, flips: pd.DataFrame, known: Mapping[str, Any]) -> Iterator[str]:
    """What the guards catch, what remains of each model, and their false alarms."""
    models = list(summary.groupby("model", sort=False))
    first, own = models[0]
    open_ = own[~own["guarded"]]
    yield (
        f"**What it catches depends on who attacks.** On the {title_of(first, known)} it catches "
        + listed(
            [
                f"{row.n_caught} of {row.n_flipped} flips of `{row.attack}`"
                for row in open_.itertuples()
            ]
        )
        + ". `minimal` finds the nearest flips, and corners look like no allowed picture."
    )
    for model, rows in models:
        yield what_remains(rows, flips[flips["model"] == model], title_of(model, known))
    yield false_alarms([rows.iloc[0] for _, rows in models], known)
    of_model = flips.groupby("model", sort=False)["guard_threshold"].first()
    thresholds = [f"{of_model[model]:.1f}" for model, _ in models]
    yield (
        "The two guards differ only in which patients calibrate them. Their thresholds are "
        f"{listed(thresholds)}: a threshold is a matter of few of these patients."
    )


def what_remains(rows: pd.DataFrame, flips: pd.DataFrame, title: str) -> str:
    """The frames of one model that attacks flip, without its guard and past it."""
    guarded = flips["attack"].map(rows.set_index("attack")["guarded"])
    passed, allowed = passing(flips)
    informed, uninformed = (
        set(flips["frame"][(guarded == knows) & ~flips["alarm"]]) for knows in (True, False)
    )
    one = rows.iloc[0]
    outside = len(passed) - len(allowed)
    rest = (
        f" The flips found of the other {outside} lie outside it, in pictures that look allowed."
        if outside
        else ""
    )
    without = flips["frame"][~guarded].nunique()
    return (
        f"**What remains: {title}.** Without a guard some attack flips {without} of the "
        f"{one['n_attacked']} frames. Past the guard it is {len(passed)} of {one['n_attacked']} "
        f"({one['passed_by_any']:.2f}, {one['passed_by_any_low']:.2f} to "
        f"{one['passed_by_any_high']:.2f}): the attacks that know the guard flip {len(informed)} "
        f"of them, those that do not know it {len(uninformed)}. {len(allowed)} of the "
        f"{len(passed)} flip at a setting in the envelope, which no guard of this envelope should "
        f"stop.{rest}"
    )


def passing(flips: pd.DataFrame) -> tuple[set[str], set[str]]:
    """Frames of one model that flip without an alarm, and those of them at allowed settings."""
    passed = flips[~flips["alarm"]]
    return set(passed["frame"]), set(passed["frame"][passed["allowed"]])


def false_alarms(guards: list[pd.Series], known: Mapping[str, Any]) -> str:
    """How often each guard alarms at allowed pictures, beside the declared rate."""
    (declared,) = {one["declared_rate"] for one in guards}
    pictures = guards[0]["n_pictures"] // guards[0]["n_patients"]
    of_each = listed(
        [
            f"{one['n_alarmed_patients']} of {one['n_patients']} test patients "
            f"({one['false_alarms']:.2f}, {one['false_alarms_low']:.2f} to "
            f"{one['false_alarms_high']:.2f}; {title_of(one['model'], known)})"
            for one in guards
        ]
    )
    single = listed(
        [
            f"{round(one['false_alarms_of_pictures'] * one['n_pictures'])} of {one['n_pictures']}"
            for one in guards
        ]
    )
    return (
        f"**False alarms.** The guards alarm at any of {pictures} allowed pictures for {of_each}. "
        f"{declared:g} was declared. At single pictures it is {single}."
    )


def title_of(model: str, known: Mapping[str, Any]) -> str:
    """Title of a model; a title that is no noun follows the word *network*."""
    title = known["titles"]["models"][model]
    return title if title.endswith("network") else f"network {title}"
