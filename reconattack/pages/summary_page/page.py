"""The summary page: a run's answer, evidence and limits in one file, to be read and printed."""

import base64
import html
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pandas as pd
from PIL import Image

from reconattack import __version__
from reconattack.evidence.columns import TABLES
from reconattack.pages.decision_words import flip_rules, has_given_masks, words_of
from reconattack.pages.halves import ADVERSARIAL, ERRORS, FOLLOWS, SAYS
from reconattack.pages.method_words import OF_PICTURES, OF_RF, limits_of
from reconattack.pages.one_model import MOST_NAMED, how_good, in_sentences
from reconattack.pages.overview import alike, bulleted, how_to_read, mark
from reconattack.pages.printed_page.page import Section, printed_page
from reconattack.pages.several_models import of_several
from reconattack.pages.summary_page import by_chance, by_search
from reconattack.pages.summary_page.captions import as_html
from reconattack.pages.summary_page.decision_columns import merits_of
from reconattack.pages.summary_page.envelope_tables import IN_BRIEF, brief_table, in_this_run
from reconattack.pages.summary_page.run import (
    Run,
    chosen_ranges,
    is_of_pictures,
    judged_frames,
    names_of,
)
from reconattack.pages.summary_page.tables import Shown, measured, number, table, unbroken, words
from reconattack.pages.wording import (
    escaped,
    listed,
    percent,
    plain,
    plural,
    value_with_interval,
)

DOTS_PER_PIXEL = 300 / 96  # of the figures
ONE_COLUMN = 400  # pixels of the page: a figure that is no wider fills one column of a journal
MEASURES = {  # of the published study: words for some of its figures
    "auc": "AUC",
    "constant_accuracy": "constant answer",
    "success_rate": "frames flipped",
    "success_visible_rate": "flipped by a small change",
}
IN_SENTENCES = "In this run: the sentences above say it."
SPREADS = {  # measures over the seeds: words, and how a value is written
    "auc": ("AUC", "{:.2f}".format),
    "accuracy": ("accuracy", percent),
}
Content = Callable[[Run], Iterator[str]]
KEY_PICTURE = "fig3_adversarial"  # between the answer in sentences and the table of all attacks


def summary_page(run: Run) -> str:
    """The whole page: HTML that loads nothing and runs no script."""
    parts = (part(run, *declared) for declared in PARTS)
    return printed_page(
        words_of(run.tables["summary"]).title,
        plain(mark(run.simulated)),
        subject(run),
        [one for one in parts if one.content or one.sections],
    )


def part(run: Run, name: str, heading: str, content: Content, names: Sequence[str]) -> Section:
    """A part of the page, with those of its sections that have contents."""
    sections = [section(run, one) for one in names]
    shown = [one for one in sections if one.content]
    return Section(name, heading, "\n".join(content(run)) if shown or not names else "", shown)


def section(run: Run, name: str) -> Section:
    """A section with its figures."""
    heading, content, figures = SECTIONS[name]
    shown = [figure(run, one) for one in figures if one in run.figures]
    return Section(name, heading, "\n".join([*content(run), *shown]))


def figure(run: Run, name: str) -> str:
    """A figure in its printed size, with its caption."""
    path = run.figures[name]
    with Image.open(path) as picture:
        width, height = (round(side / DOTS_PER_PIXEL) for side in picture.size)
    narrow = " narrow" if width <= ONE_COLUMN else ""
    data = base64.b64encode(Path(path).read_bytes()).decode()
    text = run.captions[name]
    if name == "envelope":  # the section has its sentences
        text = text.partition("In this run:")[0] + IN_SENTENCES
    caption = as_html(text)
    return (
        f'<figure id="figure_{name}"><div class="picture{narrow}" tabindex="0">'
        f'<img src="data:image/png;base64,{data}" width="{width}" '
        f'height="{height}" alt="{html.escape(first_sentence(run.captions[name]))}"></div>'
        f'<figcaption>{caption}<p><a href="figures/{name}.pdf">figures/{name}.pdf</a></p>'
        "</figcaption></figure>"
    )


def first_sentence(caption: str) -> str:
    """The first sentence of a caption, in plain text."""
    return plain(" ".join(caption.split())).partition(". ")[0].rstrip(".") + "."


def subject(run: Run) -> str:
    """Which frames were classified by which models, and attacked by which attacks."""
    frames = judged_frames(run)
    models = dict.fromkeys(run.tables["summary"]["model"])
    attacks = dict.fromkeys(run.tables["summary"]["attack"])
    return (
        f"{plural(len(frames), 'frame')} of {plural(frames['patient'].nunique(), 'patient')} "
        f"({run.title('cohorts', run.cohorts['cohort'])}). "
        f"{words_of(run.tables['summary']).judged} by: "
        f"{', '.join(run.title('models', name) for name in models)}. Attacked by: "
        f"{', '.join(run.title('attacks', name) for name in attacks)}."
    )


def answer(run: Run) -> Iterator[str]:
    """The settings within which few decisions change, the results in sentences, a picture."""
    yield as_html("\n\n".join(alike(run.networks)))
    yield from envelope_in_brief(run)
    if len(run.networks) == 1:
        sentences = [
            sentence
            for half in in_sentences(run.networks[0], run.attack, run.cutoff, run.classes).values()
            for sentence in half
        ]
    else:
        sentences = of_several(run.networks, run.attack, run.cutoff)
    yield unbroken(as_html(*bulleted(sentences)))
    if KEY_PICTURE in run.figures:
        yield figure(run, KEY_PICTURE)


def envelope_in_brief(run: Run) -> Iterator[str]:
    """The ranges of the first networks in which few decisions change; nothing without any."""
    for ranges in chosen_ranges(run, IN_BRIEF):
        keys = dict.fromkeys(zip(ranges["model"], ranges["seed"], strict=True))
        names = {key: names_of(run)[key] for key in keys}
        yield f"<p>{html.escape(in_this_run(ranges))}</p>"
        yield brief_table(ranges, names, run.initial, run.titles)


def network(run: Run) -> Iterator[str]:
    """How each network classifies at the initial setting, beside a constant answer."""
    rows = [dict(one.first) | {"name": plain(one.name)} for one in run.networks]
    name = Shown("Model", [], words("name"), False, "model, and its seed if the run has several")
    given = run.kind != "mask" or has_given_masks(run.tables["summary"])
    columns = [name, *(merits_of(run.kind) if given else ())]
    yield as_html("\n\n".join(" ".join(how_good(one, run.classes)) for one in run.networks[:1]))
    spread = spread_over_seeds(run)
    if spread:
        yield f"<p>{html.escape(spread)}</p>"
    if len(columns) > 1:
        yield table("summary", rows, columns, "tables/summary.csv")
    if "paper" in run.tables:
        yield paper(run)


def spread_over_seeds(run: Run) -> str:
    """The range of a model's results over its seeds; nothing with one seed."""
    first = run.tables["summary"].drop_duplicates(["model", "seed"])
    sentences = [
        f"{run.title('models', model)}, {len(rows)} trainings: "
        + ", ".join(
            f"{said} {text(rows[f'{name}_seed_min'].iloc[0])} to "
            f"{text(rows[f'{name}_seed_max'].iloc[0])}"
            for name, (said, text) in SPREADS.items()
            if f"{name}_seed_min" in rows
        )
        + "."
        for model, rows in first.groupby("model", sort=False)
        if len(rows) > 1
    ]
    return " ".join(sentences)


def paper(run: Run) -> str:
    """The numbers of the published study next to those of the first networks."""
    compared = run.tables["paper"]
    if compared.empty:
        return ""
    names = dict(list(names_of(run).items())[:MOST_NAMED])
    rows: dict[str, dict[object, str]] = {}
    for _, row in compared.iterrows():
        cells = rows.setdefault(row["figure"], {"study": cell_of_paper(row, "paper")})
        cells.setdefault((row["model"], row["seed"]), cell_of_paper(row, "run"))
    columns = [
        Shown("Measure", ["figure"], lambda row: row["measure"], False),
        Shown("Study", ["paper"], lambda row: row["study"]),
        *(
            Shown(
                "This run" if len(names) == 1 else name,
                ["run"],
                lambda row, key=key: row.get(key, "-"),
            )
            for key, name in names.items()
        ),
    ]
    named = [
        cells | {"measure": MEASURES.get(figure, figure.replace("_", " "))}
        for figure, cells in rows.items()
    ]
    study = html.escape(str(compared["study"].iloc[0]))
    data = html.escape(str(compared["data"].iloc[0]))
    return f"<p>The published study: {study}. Data of this run: {data}.</p>" + table(
        "paper", named, columns, "tables/paper.csv"
    )


def cell_of_paper(row: pd.Series, side: str) -> str:
    """The value of the study (`paper`) or of the run (`run`) with its interval."""
    if pd.isna(row[side]):
        return "not stated" if side == "paper" else "-"
    return value_with_interval(row[side], row[f"{side}_low"], row[f"{side}_high"])


def defences(run: Run) -> Iterator[str]:
    """The comparison of defences in words and numbers; nothing without one."""
    if "defences" not in run.tables:
        return
    if run.findings:
        yield as_html("\n\n".join(map(escaped, run.findings.strip().split("\n\n"))))
    rows = [dict(row) for _, row in run.tables["defences"].iterrows()]
    columns = [
        Shown("Model", ["model"], lambda row: run.title("models", row["model"]), False),
        Shown("Grid-certified", ["grid_certified"], measured("grid_certified")),
        *(
            [Shown("Proved", ["certified"], measured("certified"))]
            if run.tables["defences"]["certified"].notna().any()
            else []
        ),
        Shown("Constant answer", ["constant_accuracy"], number("constant_accuracy")),
        Shown("AUC", ["auc"], measured("auc")),
        Shown("Accuracy", ["accuracy"], measured("accuracy")),
    ]
    yield table("defences", rows, columns, "tables/defences.csv")


def method(run: Run) -> Iterator[str]:
    """From frame to attack, in sentences."""
    training = [
        run.title("cohorts", name)
        for name in (*run.cohorts["training_cohorts"], *run.cohorts["image_cohorts"])
    ]
    said = words_of(run.tables["summary"])
    steps = [
        OF_PICTURES if is_of_pictures(run) else OF_RF,
        said.judges.format(positive=run.classes[1], cutoff=run.cutoff),
        *map(plain, flip_rules(run.declarations, run.titles)),
        "An attack changes the reconstruction parameters inside their box until the decision "
        f"changes. {said.query}",
    ]
    if training:
        steps.insert(1, f"Training also uses {listed(training)}.")
    yield "<ol>" + "".join(f"<li>{html.escape(step)}</li>" for step in steps) + "</ol>"
    yield as_html(how_to_read(run.networks, run.tables["summary"]))


def limits(run: Run) -> Iterator[str]:
    """What the numbers do not say."""
    said = limits_of(run.tables["summary"], is_of_pictures(run), run.simulated)
    yield "<ul>" + "".join(f"<li>{html.escape(one)}</li>" for one in said) + "</ul>"


def provenance(run: Run) -> Iterator[str]:
    """Version, where the record of runs is, the files, and the names behind the titles."""
    yield (
        f"<p>Made by Reconattack {html.escape(__version__)} from the tables and figures beside "
        'this page. <a href="provenance.json">provenance.json</a> has an entry for each run: '
        "command, configuration, commit, machine, package versions and digests of the input "
        "files.</p>"
    )
    others = [name for name in run.captions if name not in shown_figures()]
    links = [
        *([(run.explorer, "every frame at any setting")] if run.explorer else []),
        *((path, f"{title}, for a submission") for path, title in run.documents.items()),
        *((f"figures/{name}.pdf", first_sentence(run.captions[name])) for name in others),
        *((f"tables/{name}.csv", f"a row is {rows_of(run, name)}") for name in run.tables),
    ]
    yield "<ul>" + "".join(map(link, links)) + "</ul>"
    names = [
        f"{title} ({name})"
        for section in ("cohorts", "models", "attacks")
        for name, title in run.titles.get(section, {}).items()
        if name in used_names(run)
    ]
    if names:
        yield f"<p>Names in the tables: {html.escape('; '.join(names))}.</p>"


def rows_of(run: Run, table: str) -> str:
    """What a row of a table is; only binary decisions have a cut-off."""
    if table == "performance" and run.kind != "binary":
        return "a model and fold, at the initial setting"
    return TABLES[table].rows


def link(target: tuple[str, str]) -> str:
    """An item of a list with a link to a file, and what the file is."""
    path, words = map(html.escape, target)
    return f'<li><a href="{path}">{path}</a>{f": {words}" if words else ""}</li>'


def shown_figures() -> set[str]:
    """Names of the figures that some section shows."""
    return {KEY_PICTURE, *(name for _, _, figures in SECTIONS.values() for name in figures)}


def used_names(run: Run) -> set[str]:
    """Names of the cohorts, models and attacks of the run."""
    summary = run.tables["summary"]
    return {*run.tables["frames"]["cohort"], *summary["model"], *summary["attack"]}


def nothing(run: Run) -> Iterator[str]:
    """No content but the figures or sections."""
    yield from ()


def errors(run: Run) -> Iterator[str]:
    """What the first half is about, and what the two headings follow."""
    yield f"<p>{html.escape(SAYS[ERRORS])} {html.escape(FOLLOWS)}</p>"


def adversarial(run: Run) -> Iterator[str]:
    """What the second half is about."""
    yield f"<p>{html.escape(SAYS[ADVERSARIAL])}</p>"


SECTIONS: dict[str, tuple[str, Content, tuple[str, ...]]] = {  # heading, content and figures
    "envelope": ("Within which settings", by_chance.envelope, ("envelope",)),
    "controls": ("Which control", by_chance.controls, ("knobs",)),
    "accidental": ("Accidental settings", nothing, ("accidental_change",)),
    "repeatability": ("Repeatability of the score", by_chance.repeatability, ()),
    "subgroups": ("Groups of patients", by_chance.subgroups, ()),
    "alarms": ("False alarms of the guard", by_chance.alarms, ()),
    "outcomes": ("What each attack flips", by_search.outcomes, ()),
    "decisions": (
        "What becomes of the decisions",
        by_search.decisions,
        ("confusion", "bland_altman", "outlines"),
    ),
    "visible": (
        "How visible the changes are",
        by_search.visible,
        ("success_against_visibility",),
    ),
    "margins": ("Margins", nothing, ("margins",)),
    "proofs": ("What is proved", by_search.proofs, ("robust_accuracy",)),
    "guards": ("What passes the guard", by_search.guards, ()),
    "attacks": (
        "More about the attacks",
        by_search.attacks,
        ("success_against_budget", "universal", "transfer"),
    ),
    "network": ("How good the network is", network, ("roc",)),
    "defences": ("The defences", defences, ("defences",)),
    "method": ("Method", method, ("fig2_pipeline", "fig1_samples")),
    "limits": ("Limits", limits, ()),
    "provenance": ("Provenance and files", provenance, ()),
}
PARTS: tuple[tuple[str, str, Content, tuple[str, ...]], ...] = (  # the last are its sections
    ("answer", "The answer", answer, ()),
    (
        "errors",
        ERRORS,
        errors,
        ("envelope", "controls", "accidental", "repeatability", "subgroups", "alarms"),
    ),
    (
        "adversarial",
        ADVERSARIAL,
        adversarial,
        ("outcomes", "decisions", "visible", "margins", "proofs", "guards", "attacks"),
    ),
    (
        "run",
        "The model, the frames and this run",
        nothing,
        ("network", "defences", "method", "limits", "provenance"),
    ),
)
