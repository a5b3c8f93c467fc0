"""The summary page: a run's answer, evidence and limits in one file, to be read and printed."""

import base64
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from PIL import Image

from reconattack import __version__
from reconattack.evidence.chosen_ranges import strongest_ranges
from reconattack.evidence.columns import TABLES
from reconattack.evidence.labelled import attacked
from reconattack.evidence.proofs import PROVED
from reconattack.pages.decision_words import (
    Declarations,
    flip_rules,
    has_given_masks,
    kind_of,
    words_of,
)
from reconattack.pages.envelope import percent_of, sentence
from reconattack.pages.method_words import OF_PICTURES, OF_RF, limits_of
from reconattack.pages.networks import Network, short_names
from reconattack.pages.overview import (
    MOST_NAMED,
    alike,
    checks,
    how_good,
    how_to_read,
    in_sentences,
    mark,
    of_several,
)
from reconattack.pages.printed_page.page import Section, printed_page
from reconattack.pages.summary_page.captions import as_html
from reconattack.pages.summary_page.decision_columns import changes, merits_of
from reconattack.pages.summary_page.envelope_tables import (
    EDGE_COLUMNS,
    brief_table,
    edge_rows,
    further_patients,
)
from reconattack.pages.summary_page.tables import (
    Shown,
    counted,
    measured,
    number,
    table,
    unbroken,
    words,
)
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
    value_with_interval,
)
from reconattack.reconstruction.parameters import PARAMETERS

DOTS_PER_PIXEL = 300 / 96  # of the figures
ONE_COLUMN = 400  # pixels of the page: a figure that is no wider fills one column of a journal
SPACE = "\N{NO-BREAK SPACE}"
IN_BRIEF = 2  # networks whose ranges stand on the first screen
LEVEL = re.compile(r"level_lower_(\d+)cm")  # columns of boxes.csv
MEASURES = {  # of the published study: words for some of its figures
    "auc": "AUC",
    "constant_accuracy": "constant answer",
    "success_rate": "frames flipped",
    "success_visible_rate": "flipped by a small change",
}
IN_SENTENCES = "In this run: the sentences above say it."
LIMITS = {  # of a change of the image: words for each key of run.visible_limit
    "mean_abs_diff": "a mean change of at most {0:g} grey levels",
    "ssim": "a structural similarity of at least {0:g}",
    "white_added": "at most {1} of the sector turned white",
    "black_added": "at most {1} of the sector turned black",
}


@dataclass(frozen=True)
class Run:
    """What the page shows of a run.

    Attributes
    ----------
    tables
        Its tables by name.
    networks
        The results of each model and seed.
    figures
        The path of each figure's PNG, by name.
    captions
        The caption of each figure in reStructuredText, by name.
    findings
        The text of `findings.txt`; None without a comparison of defences.
    attack
        `name`, `title` and `box` of the attack that stands for the run.
    boxes
        The box of each attack.
    titles
        Titles of cohorts, scanners, models, attacks and controls.
    cohorts
        `cohort`, `image_cohorts` and `training_cohorts` of the configuration.
    initial
        The initial setting.
    cutoff
        The probability from which a frame has label 1.
    visible_limit
        The largest change of the image that counts as small.
    classes
        Words for the labels 0 and 1.
    simulated
        Whether the test frames are simulated.
    explorer
        The explorer's page beside this one; None without.
    declarations
        The declared decision of each model that is not binary.
    documents
        The title of the model card and of each checklist, by its path beside this page.
    """

    tables: Mapping[str, pd.DataFrame]
    networks: Sequence[Network]
    figures: Mapping[str, str]
    captions: Mapping[str, str]
    findings: str | None
    attack: Mapping[str, object]
    boxes: Mapping[str, Mapping[str, Sequence[float]]]
    titles: Titles
    cohorts: Mapping[str, object]
    initial: Mapping[str, float]
    cutoff: float
    visible_limit: Mapping[str, float]
    classes: Sequence[str]
    simulated: bool
    explorer: str | None
    declarations: Declarations = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Kind of the models' decisions."""
        return kind_of(self.tables["summary"])

    def title(self, section: str, name: str) -> str:
        """Title of what the configuration defines, as plain text."""
        return plain(titled(self.titles, section, name))


SPREADS = {  # measures over the seeds: words, and how a value is written
    "auc": ("AUC", "{:.2f}".format),
    "accuracy": ("accuracy", percent),
}
KEY_PICTURE = "fig3_adversarial"  # between the answer in sentences and the table of all attacks
SECTIONS = (  # identifier, heading, and the figures that the section shows
    ("answer", "The answer", ()),
    ("envelope", "Within which settings", ("envelope",)),
    ("decisions", "What becomes of the decisions", ("confusion", "bland_altman", "outlines")),
    ("controls", "Which control", ("margins", "knobs")),
    ("proofs", "What is proved", ("robust_accuracy",)),
    ("network", "How good the network is", ("roc", "accidental_change")),
    ("visible", "How visible the changes are", ("success_against_visibility",)),
    ("method", "Method", ("fig2_pipeline", "fig1_samples")),
    ("limits", "Limits", ()),
    ("attacks", "More about the attacks", ("success_against_budget", "universal", "transfer")),
    ("defences", "The defences", ("defences",)),
    ("provenance", "Provenance and files", ()),
)


def summary_page(run: Run) -> str:
    """The whole page: HTML that loads nothing and runs no script."""
    contents = {name: "\n".join(part(run)) for name, part in PARTS.items()}
    sections = [
        Section(
            name,
            heading,
            f"{contents[name]}\n"
            + "\n".join(figure(run, one) for one in figures if one in run.figures),
        )
        for name, heading, figures in SECTIONS
        if contents[name]
    ]
    return printed_page(
        words_of(run.tables["summary"]).title, plain(mark(run.simulated)), subject(run), sections
    )


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


def judged_frames(run: Run) -> pd.DataFrame:
    """The rows of `frames.csv` of the classified and attacked cohort."""
    frames = run.tables["frames"]
    return frames[frames["cohort"] == run.cohorts["cohort"]]


def is_of_pictures(run: Run) -> bool:
    """Whether the classified frames are finished images, and not RF frames."""
    frames = judged_frames(run)
    return "dynamic_range" in frames and bool(frames["dynamic_range"].notna().any())


def answer(run: Run) -> Iterator[str]:
    """The results in sentences, the key picture, and the outcome of every attack."""
    yield as_html("\n\n".join(alike(run.networks)))
    yield from envelope_in_brief(run)
    if len(run.networks) == 1:
        sentences = in_sentences(run.networks[0], run.attack, run.cutoff, run.classes)
    else:
        lines = of_several(run.networks, run.attack, run.cutoff)
        sentences = "\n".join(f"- {line}" for line in lines)
    yield unbroken(as_html(sentences))
    if KEY_PICTURE in run.figures:
        yield figure(run, KEY_PICTURE)
    yield outcomes(run)


def envelope_in_brief(run: Run) -> Iterator[str]:
    """The ranges of the first networks in which few decisions change; nothing without any."""
    for ranges in chosen_ranges(run, IN_BRIEF):
        keys = dict.fromkeys(zip(ranges["model"], ranges["seed"], strict=True))
        names = {key: names_of(run)[key] for key in keys}
        limit = percent_of(ranges["changed_limit"].iloc[0])
        yield (
            f"<p>Within these settings at most {limit} of the decisions changed in this "
            "run. "
            f"{html.escape(further_patients(ranges))}</p>"
        )
        yield brief_table(ranges, names, run.initial, run.titles)


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


def chosen_ranges(run: Run, most: int) -> Iterator[pd.DataFrame]:
    """The row of each parameter that speaks for the first networks; nothing without any."""
    stored = run.tables.get("envelope")
    if stored is None or stored.empty:
        return
    shown = strongest_ranges(stored)
    keys = list(names_of(run))[:most]
    own = [key in keys for key in zip(shown["model"], shown["seed"], strict=True)]
    if any(own):
        yield shown[own]


def outcomes(run: Run) -> str:
    """The table of the attacks: flips, small changes, and what they cost."""
    summary = run.tables["summary"]
    rows = [dict(row) for _, row in summary.iterrows()]
    columns = [
        Shown("Attack", ["attack"], lambda row: run.title("attacks", row["attack"]), False),
        Shown("Frames flipped", ["n_success", "n_attacked"], counted("n_success", "n_attacked")),
        Shown(
            "By a small change",
            ["n_success_visible_limit"],
            counted("n_success_visible_limit", "n_attacked"),
        ),
        *(
            [Shown("Surely flipped", ["n_sure_success"], counted("n_sure_success", "n_attacked"))]
            if "n_sure_success" in summary and summary["n_sure_success"].notna().any()
            else []
        ),
        Shown("Median change", ["median_change"], number("median_change")),
        *changes(run.kind, run.classes),
        Shown("Queries", ["median_queries"], number("median_queries")),
    ]
    return table("summary", rows, [*who(run), *columns], "tables/summary.csv")


def decisions(run: Run) -> Iterator[str]:
    """When a decision that is not binary counts as flipped, and what becomes of it."""
    rules = flip_rules(run.declarations, run.titles)
    if rules:
        yield as_html("\n\n".join(rules))


def who(run: Run) -> list[Shown]:
    """The column of model and seed, if the run has several networks."""
    if len(run.networks) == 1:
        return []
    names = names_of(run)
    return [
        Shown(
            "Network",
            ["model", "seed"],
            lambda row: names[row["model"], row["seed"]],
            numeric=False,
        )
    ]


def names_of(run: Run) -> dict[tuple[str, int], str]:
    """A short name for each model and seed."""
    keys = ((one.first["model"], one.first["seed"]) for one in run.networks)
    return dict(zip(keys, map(plain, short_names(run.networks)), strict=True))


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


def proofs(run: Run) -> Iterator[str]:
    """What is known for all settings of a box, each number with the kind of its statement."""
    rows = [*proof_statements(run), *lattice_statements(run)]
    if not rows:
        return
    if is_of_pictures(run):
        yield (
            "<p>The frames are finished images. Each statement holds for an image as its black and "
            "white pixels were filled in first, and at its declared dynamic range. It says nothing "
            "about another filling or range, and so nothing about the tissue.</p>"
        )
    yield (
        "<p>A proof holds for every setting of the box. A grid tries every point of its lattice "
        "and knows nothing between the points. A sample bounds, at its confidence, the fraction "
        "of the settings that flip a frame if settings are drawn as it drew them; it says nothing "
        "about a setting that somebody chooses.</p>"
    )
    kept = words_of(run.tables["summary"]).kept
    columns = [
        Shown("Statement", [], words("statement"), False, "what the row is about"),
        Shown(f"Keeps its {kept}", [], words("keeps"), says="attacked frames without any flip"),
        Shown("Flip known", [], words("flips"), says="attacked frames with a known flip"),
        Shown("Undecided", [], words("open"), says="attacked frames with neither"),
    ]
    file = "proofs_summary" if "proofs_summary" in run.tables else "grid"
    yield table(file, rows, [*who(run), *columns], f"tables/{file}.csv")


def proof_statements(run: Run) -> Iterator[dict[str, object]]:
    """A row for each proof or sample of a network."""
    if "proofs_summary" not in run.tables:
        return
    for _, row in run.tables["proofs_summary"].iterrows():
        of = int(row["n_attacked"])
        title = run.title("attacks", row["attack"])
        if row["statement"] == PROVED:
            statement = f"{title}: proved for every setting of its box"
        else:
            statement = (
                f"{title}: {percent(row['confidence'])} confident that at most "
                f"{row['flip_share_upper']:.2g} of the drawn settings flip any one frame"
            )
        yield {
            **{key: row[key] for key in ("model", "seed")},
            "statement": statement,
            "keeps": rate(int(row["n_robust"]), of) if row["statement"] == PROVED else "-",
            "flips": rate(int(row["n_vulnerable"]), of),
            "open": rate(int(row["n_undecided"]), of),
        }


def lattice_statements(run: Run) -> Iterator[dict[str, object]]:
    """A row for each grid of a network."""
    if "grid" not in run.tables:
        return
    keys = ["model", "seed", "attack"]
    for (model, seed, attack), rows in attacked(run.tables["grid"]).groupby(keys, sort=False):
        kept = int(rows["grid_certified"].astype(bool).sum())
        yield {
            **{"model": model, "seed": seed},
            "statement": (
                f"{run.title('attacks', attack)}: tried at every one of "
                f"{int(rows['n_points'].iloc[0]):,} lattice points"
            ),
            "keeps": rate(kept, len(rows)),
            "flips": rate(len(rows) - kept, len(rows)),
            "open": "-",
        }


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


def visible(run: Run) -> Iterator[str]:
    """What counts as a small change, and how many flips are small."""
    limits = listed(
        [LIMITS[name].format(value, percent(value)) for name, value in run.visible_limit.items()]
    )
    yield (
        f"<p>A change of the image counts as small with {html.escape(limits)} "
        "(<code>run.visible_limit</code>). These limits are conventions: no study says which "
        "change a physician overlooks.</p>"
    )


def attacks(run: Run) -> Iterator[str]:
    """The checks of the attacks, and what those that warn have found."""
    yield f"<p>{html.escape(checks(run.tables['flags']))}</p>"
    raised = run.tables["flags"][run.tables["flags"]["n"] > 0]
    if raised.empty:
        return
    columns = [
        Shown("Warning", ["meaning"], words("meaning"), False),
        Shown("Attack", ["attack"], lambda row: run.title("attacks", row["attack"]), False),
        Shown(
            "Frames",
            ["n", "n_checked"],
            lambda row: f"{row['n']}{SPACE}of{SPACE}{row['n_checked']}",
        ),
        Shown("What to do", ["advice"], words("advice"), False),
    ]
    rows = [dict(row) for _, row in raised.iterrows()]
    yield table("flags", rows, [*who(run), *columns], "tables/flags.csv")


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
    return {KEY_PICTURE, *(name for _, _, figures in SECTIONS for name in figures)}


def used_names(run: Run) -> set[str]:
    """Names of the cohorts, models and attacks of the run."""
    summary = run.tables["summary"]
    return {*run.tables["frames"]["cohort"], *summary["model"], *summary["attack"]}


PARTS = {
    "answer": answer,
    "envelope": envelope,
    "decisions": decisions,
    "controls": controls,
    "proofs": proofs,
    "network": network,
    "visible": visible,
    "attacks": attacks,
    "defences": defences,
    "method": method,
    "limits": limits,
    "provenance": provenance,
}
