"""Sections on settings that differ by accident, between scanners, or by a technologist's hand."""

import html
import re
from collections.abc import Iterator

import pandas as pd

from reconattack.pages.envelope import sentence
from reconattack.pages.one_model import MOST_NAMED
from reconattack.pages.summary_page.envelope_tables import EDGE_COLUMNS, IN_BRIEF, edge_rows
from reconattack.pages.summary_page.run import Run, chosen_ranges, names_of, who
from reconattack.pages.summary_page.tables import Shown, counted, number, table, words
from reconattack.pages.wording import box_in_words, listed, plain, value_with_interval
from reconattack.reconstruction.parameters import PARAMETERS

LEVEL = re.compile(r"level_lower_(\d+)cm")  # columns of boxes.csv
REPEATED = {  # measures of repeatability.csv that the page shows, in words
    "within_deviation": "standard deviation of one frame's score",
    "repeatability_coefficient": "95 % of pairs of scores of one frame differ by less than",
    "icc": "agreement of single scores, ICC(A,1)",
}


def envelope(run: Run) -> Iterator[str]:
    """The ranges in sentences for a label, their figure, and what happens at their edges."""
    names = names_of(run)
    for ranges in chosen_ranges(run, MOST_NAMED):
        yield (
            "<p>Sentences for a label. Each says what changed in this run, how this is known, and "
            "what holds for further patients:</p>"
        )
        for key, rows in ranges.groupby(["model", "seed"], sort=False):
            if len(run.networks) > 1:
                yield f"<p>{html.escape(names[key])}</p>"
            said = [
                sentence(row, run.initial, run.simulated, run.titles) for _, row in rows.iterrows()
            ]
            yield "<ul>" + "".join(f"<li>{html.escape(one)}</li>" for one in said) + "</ul>"
    for ranges in chosen_ranges(run, IN_BRIEF):
        edges = [*edge_rows(ranges, run.titles)]
        if edges:
            yield "<p>What the model does at the edges of these ranges:</p>"
            yield table("envelope", edges, [*who(run), *EDGE_COLUMNS], "tables/envelope.csv")


def controls(run: Run) -> Iterator[str]:
    """The controls that flip frames alone, and how far each parameter of the box reaches."""
    knobs = [
        {
            "name": name,
            "control": plain(knob.control),
            "n": knob.n,
            "of": knob.of,
        }
        for network, name in zip(run.networks, names_of(run).values(), strict=True)
        for knob in network.knobs
    ]
    start = ", ".join(
        f"{run.initial[name]:g} {PARAMETERS[name].units}".removesuffix(" 1")
        for name in run.attack["box"]
        if name in run.initial
    )
    yield (
        "<p>A box is the allowed range of each parameter, around the initial setting "
        f"({html.escape(start)}):</p>"
    )
    yield "<ul>" + "".join(f"<li>{html.escape(one)}</li>" for one in reach(run)) + "</ul>"
    if not knobs:
        yield "<p>No control was turned alone in this run.</p>"
        return
    columns = [
        Shown("Control", [], words("control"), False, "control of the scanner, turned alone"),
        Shown(
            "Frames flipped",
            [],
            counted("n", "of"),
            says="attacked frames that some tried setting of this control alone flips",
        ),
    ]
    if len(run.networks) > 1:
        columns.insert(0, Shown("Model", [], words("name"), False, "model, and its seed"))
    name = "knobs" if "knobs" in run.tables else "margins"
    yield table(name, knobs, columns, f"tables/{name}.csv")


def reach(run: Run) -> Iterator[str]:
    """Each box, with the attacks that search it, and what its bounds do to the level."""
    attacks: dict[str, list[str]] = {}
    for name, box in run.boxes.items():
        attacks.setdefault(str(sorted(box.items())), []).append(name)
    for names in attacks.values():
        box = run.boxes[names[0]]
        titles = listed([run.title("attacks", name) for name in names])
        words = (
            f"{len(box)} parameters, which the configuration lists"
            if len(box) > MOST_NAMED
            else box_in_words(box, run.titles)
        )
        yield " ".join([f"{titles}: {words}.", *levels(run, names[0])])


def levels(run: Run, attack: str) -> Iterator[str]:
    """The change of level by the bounds of a parameter, for each scanner."""
    boxes = run.tables["boxes"]
    depths = [name[1] for name in map(LEVEL.fullmatch, boxes) if name]
    for row in boxes[boxes["attack"] == attack].to_dict("records"):
        changes = [
            f"{row[f'level_lower_{depth}cm']:+.0f} to {row[f'level_upper_{depth}cm']:+.0f} dB at "
            f"{depth} cm"
            for depth in depths
            if pd.notna(row[f"level_lower_{depth}cm"])
        ]
        if changes:
            words = listed(changes).replace("-", "\N{MINUS SIGN}")
            control = run.title("controls", PARAMETERS[row["parameter"]].control)
            frequency = row["center_frequency"] / 1e6
            scanner = run.title("scanners", row["scanner"])
            of_scanner = f" ({scanner})" if boxes["scanner"].nunique() > 1 else ""
            yield (f"At {frequency:g} MHz{of_scanner} the {control} changes the level by {words}.")


def repeatability(run: Run) -> Iterator[str]:
    """How well the score of a frame repeats if the scanner is set again."""
    stored = run.tables.get("repeatability")
    if stored is None:
        return
    names = list(names_of(run))[:MOST_NAMED]
    rows = [
        dict(row)
        for _, row in stored[stored["measure"].isin(REPEATED)].iterrows()
        if (row["model"], row["seed"]) in names
    ]
    if not rows:
        return
    columns = [
        Shown("Measure", ["measure"], lambda row: REPEATED[row["measure"]], False),
        Shown("Value", ["value"], repeated),
        Shown("Unit", ["unit"], words("unit"), False),
    ]
    yield (
        f"<p>Each frame is judged at {rows[0]['n_settings']} settings about the initial one, as a "
        "technologist may leave them.</p>"
    )
    yield table("repeatability", rows, [*who(run), *columns], "tables/repeatability.csv")


def repeated(row: pd.Series) -> str:
    """A measure with its interval; the reason where there is none."""
    if pd.isna(row["value"]):
        return str(row["remark"])
    return value_with_interval(row["value"], row["value_low"], row["value_high"])


def subgroups(run: Run) -> Iterator[str]:
    """The changes in each group of patients, under the attack that stands for the run."""
    stored = run.tables.get("subgroups")
    if stored is None or stored.empty:
        return
    sources = [run.attack["name"], *stored["source"]]
    source = next(name for name in sources if name in set(stored["source"]))
    rows = [dict(row) for _, row in stored[stored["source"] == source].iterrows()]
    columns = [
        Shown("Column", ["column"], words("column"), False),
        Shown("Group", ["group"], words("group"), False),
        Shown("Changed", ["n_changed"], counted("n_changed", "n")),
        Shown("p", ["p"], number("p")),
        Shown("p, corrected", ["p_holm"], number("p_holm")),
        Shown("Remark", ["remark"], words("remark"), False),
    ]
    yield f"<p>Source: {html.escape(run.title('attacks', source))}.</p>"
    yield table("subgroups", rows, [*who(run), *columns], "tables/subgroups.csv")


def alarms(run: Run) -> Iterator[str]:
    """How often a guard alarms although the setting is allowed."""
    stored = run.tables.get("guard_summary")
    if stored is None or stored.empty:
        return
    rows = [dict(row) for _, row in stored.drop_duplicates(["model", "seed"]).iterrows()]
    columns = [
        Shown(
            "Patients with an alarm",
            ["n_alarmed_patients", "n_patients"],
            counted("n_alarmed_patients", "n_patients"),
        ),
        Shown("Declared", ["declared_rate"], number("declared_rate")),
        Shown("Pictures", ["n_pictures"], lambda row: f"{row['n_pictures']:,}"),
        Shown(
            "Pictures that alarm",
            ["false_alarms_of_pictures"],
            number("false_alarms_of_pictures", 2),
        ),
    ]
    yield table("guard_summary", rows, [*who(run), *columns], "tables/guard_summary.csv")
