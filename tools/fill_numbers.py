"""Fill the numbers of README.md and docs/*.md from the tables in docs/published.

    python tools/fill_numbers.py [--check] [--run NAME] [FOLDER]

FOLDER is where `results` of a finished run lies: its tables are published first, as those of the
default run or of the run NAME. A page has blocks between two comments, `numbers: NAME` and `end of
numbers`; what stands between them is made by the function of that name. `--check` writes nothing
and exits with 1 if a block is out of date.
"""

import argparse
import math
import re
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pandas as pd
import yaml

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from reconattack.errors import InputError  # noqa: E402
from reconattack.evidence.chosen_ranges import strongest_ranges  # noqa: E402
from reconattack.evidence.range_names import TOGETHER, rounded_inwards  # noqa: E402
from reconattack.evidence.statistics import wilson_interval  # noqa: E402
from reconattack.pages.wording import listed, percent  # noqa: E402
from reconattack.reconstruction.parameters import PARAMETERS  # noqa: E402
from reconattack.reconstruction.picture_change import DEPTHS_CM  # noqa: E402
from tools import guard_numbers, published_run  # noqa: E402
from tools.filled_text import bullets, counted, interval, markdown, paragraph  # noqa: E402

PUBLISHED = CHECKOUT / "docs" / "published"
PICTURES = CHECKOUT / "docs" / "images"
BLOCK = re.compile(r"(<!-- numbers: (\w+) -->\n).*?(<!-- end of numbers -->)", re.DOTALL)

DEFENCES = [
    *("model", "n_train", "n_frames", "n_fatty", "auc", "auc_low", "auc_high", "accuracy"),
    *("calibration_slope", "accuracy_zoo", "grid_points", "grid_certified"),
    *("grid_certified_low", "grid_certified_high", "certified", "certified_low"),
    *("certified_high", "median_margin", "accidental_accuracy"),
    *("accidental_accuracy_recalibrated", "immune_by_construction", "margin_attack"),
]
AGREEMENT = (
    "agreement_summary",
    [
        *("model", "seed", "kind", "frames", "points", "agree", "agree_worst"),
        *("sure_flips_confirmed", "sure_flips_confirmed_low", "true_flips_sure"),
        *("sure_holds_confirmed", "grey_error_p95", "worst_grey_error", "censored_share"),
    ],
    {},
)
# Further runs: the table that the pages use, its columns, and pictures with their names there.
FURTHER = {
    "defences": ("defences", DEFENCES, {"defences.png": "defences.png"}),
    "setting-transfer": ("defences", DEFENCES, {}),
    "suite": (
        "summary",
        [
            *("model", "seed", "attack", "n_labelled", "n_correct", "n_attacked", "n_success"),
            *("n_success_visible_limit", "median_queries", "queries_p90"),
        ],
        {"robust_accuracy.png": "robust_accuracy.png"},
    ),
    "proof": (
        "proofs_summary",
        [
            *("model", "seed", "attack", "n_attacked", "n_robust", "n_vulnerable", "n_undecided"),
            *("n_labelled", "certified_accuracy", "proved_of_margin"),
        ],
        {"robust_accuracy.png": "proved.png"},
    ),
    "pictures": AGREEMENT,
    "pictures-linear": AGREEMENT,
    "knobs": (
        "knobs",
        ["model", "seed", "control", "other_control", "n_attacked", "n_flipped"],
        {},
    ),
    "guard": (
        "guard_summary",
        [
            *("model", "seed", "attack", "guarded", "n_attacked", "n_flipped"),
            *("n_flipped_allowed", "n_caught", "caught", "caught_low", "caught_high", "n_passed"),
            *("passed_by_any", "passed_by_any_low", "passed_by_any_high", "n_patients"),
            *("n_alarmed_patients", "false_alarms", "false_alarms_low", "false_alarms_high"),
            *("n_pictures", "false_alarms_of_pictures", "declared_rate"),
        ],
        {},
    ),
}
FLIPS = {  # further runs: a table of pictures with its columns, of which the pages use the flips
    "guard": (
        "guard",
        ["model", "seed", "frame", "attack", "flipped", "allowed", "alarm", "guard_threshold"],
    ),
}
SWEPT = (0.5, 0.7, 0.9, 1.1, 1.3)  # values of beta that the README shows
MEANINGS = {
    "beta": "attenuation compensation",
    "alpha_lower": "lower threshold of the logarithmic compression",
    "alpha_upper": "upper threshold of the logarithmic compression",
}


def main() -> int:
    """Publish a run if one is given, and fill all pages; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if a page differs"
    )
    parser.add_argument(
        "folder", nargs="?", type=Path, help="folder of a finished run, to publish it"
    )
    parser.add_argument(
        "--run", choices=["default", *FURTHER], default="default", help="name of this run"
    )
    arguments = parser.parse_args()
    if arguments.folder and arguments.run == "default":
        publish(arguments.folder / "results")
    elif arguments.folder:
        publish_further(arguments.run, arguments.folder / "results")
    stale = []
    for page in pages():
        text = page.read_text(encoding="utf-8")
        filled = fill(text)
        if filled != text:
            stale.append(page.relative_to(CHECKOUT))
            if not arguments.check:
                page.write_text(filled, encoding="utf-8")
    for page in stale:
        print(f"{page}: {'is out of date; run make numbers' if arguments.check else 'filled'}")
    return int(arguments.check and bool(stale))


def pages() -> list[Path]:
    """The pages that may have blocks."""
    return [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))]


def fill(text: str) -> str:
    """A page with all its blocks made anew."""

    def filled(match: re.Match) -> str:
        opening, name, closing = match.groups()
        if name not in BLOCKS:
            raise InputError(f"numbers: {name}: no such block; expected one of {', '.join(BLOCKS)}")
        content = BLOCKS[name]()
        return f"{opening}{content}\n{closing}" if content else opening + closing

    return BLOCK.sub(filled, text)


def publish(results: Path) -> None:
    """Copy from a finished default run what the pages use: tables, pictures, where it was made."""
    folder = PUBLISHED / "default"
    published_run.publish(results, folder)
    _publish_origin(results, folder)
    for picture in ("fig3_adversarial.png", "margins.png", "attack.gif"):
        (PICTURES / picture).write_bytes((results / "figures" / picture).read_bytes())


def publish_further(run: str, results: Path) -> None:
    """Copy from another finished run what the pages use."""
    table, columns, pictures = FURTHER[run]
    folder = PUBLISHED / run
    _publish_origin(results, folder)  # first: it refuses a run that did not end
    rows = pd.read_csv(results / "tables" / f"{table}.csv")[columns]
    rows.to_csv(folder / f"{table}.csv", index=False)
    if run in FLIPS:
        table, columns = FLIPS[run]
        rows = pd.read_csv(results / "tables" / f"{table}.csv")[columns]
        rows[rows["flipped"].eq(True)].to_csv(folder / f"{table}.csv", index=False)
    for picture, name in pictures.items():
        (PICTURES / name).write_bytes((results / "figures" / picture).read_bytes())


def _publish_origin(results: Path, folder: Path) -> None:
    """Write when, where and from which code a run was made."""
    newest = published_run.finished_run(results)
    folder.mkdir(parents=True, exist_ok=True)
    made = {key: newest["code"][key] for key in ("commit", "sha256")}
    made |= {"started": newest["started"][:10]}
    made |= {key: newest["host"][key] for key in ("processor", "cores")}
    pd.DataFrame([made]).to_csv(folder / "run.csv", index=False)


def published(run: str, table: str) -> pd.DataFrame:
    """A stored table, read only where the pages show it."""
    return pd.read_csv(PUBLISHED / run / f"{table}.csv", dtype={"fold": str})


def configuration() -> dict:
    """The parts of the published run's configuration that the pages use."""
    path = PUBLISHED / "default" / "configuration.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def headline() -> str:
    """The default run in a few sentences: flips, small ones among them, and the network itself."""
    rows = published("default", "summary")
    rows = rows[rows["attack"] == "zoo"]
    n, several = rows["n_labelled"].iloc[0], len(rows) > 1
    flips = [
        f"{row.n_success} of {row.n_attacked}{' correctly classified frames' * (place == 0)} "
        f"({interval(row.n_success, row.n_attacked)}){f' with seed {row.seed}' * several}"
        for place, row in enumerate(rows.itertuples())
    ]
    small = listed([f"{row.n_success_visible_limit:.0f}" for row in rows.itertuples()])
    correct = listed([str(row.n_correct) for row in rows.itertuples()])
    label = configuration()["run"]["classes"][int(rows["constant_label"].iloc[0])]
    return paragraph(
        f"**Result of the default run, {n} simulated patients:** the paper's attack flips "
        f"{listed(flips)}. {small} of these flips are small changes of the image. The network "
        f"itself is right on {correct} of {n} frames; to call every frame {label} is right on "
        f"{round(constant(rows) * n)}. "
        "[What it found](#what-it-found) explains these numbers."
    )


def constant(rows: pd.DataFrame) -> float:
    """How often the more frequent label is right."""
    return rows["constant_accuracy"].iloc[0]


def box() -> str:
    """The boxes of the default attacks, with the changes of level that beta makes in them."""
    rows = published("default", "boxes")
    boxes = {name: of_attack.set_index("parameter") for name, of_attack in rows.groupby("attack")}
    paper, small = boxes["zoo"], boxes["small_change"]
    return markdown(
        ["parameter", "meaning", "initial value", "the paper's box", "the box `small_change`"],
        [
            [
                f"`{name}`",
                f"{meaning}, in {PARAMETERS[name].units}",
                f"{paper.loc[name, 'initial']:g}",
                *[
                    f"{of_box.loc[name, 'lower']:g} to {of_box.loc[name, 'upper']:g}"
                    for of_box in (paper, small)
                ],
            ]
            for name, meaning in MEANINGS.items()
        ]
        + [
            ["", f"change of level by `beta`, {depth} cm deep", ""]
            + [level_range(of_box.loc["beta"], depth) for of_box in (paper, small)]
            for depth in DEPTHS_CM
        ],
    )


def level_range(row: pd.Series, depth: int) -> str:
    """The change of level by the bounds of a parameter at a depth [cm]."""
    return f"{row[f'level_lower_{depth}cm']:+.1f} to {row[f'level_upper_{depth}cm']:+.1f} dB"


def cohort() -> str:
    """What the default run simulates and trains."""
    known = configuration()
    run, cohorts = known["run"], known["cohorts"]
    patients = {
        key: sum(cohorts[name]["patients"] for name in run.get(key, []))
        for key in ("image_cohorts", "training_cohorts")
    }
    further = (
        f", and {patients['training_cohorts']} further RF frames for training only"
        if patients["training_cohorts"]
        else ""
    )
    trainings = len(run["seeds"])
    return paragraph(
        f"The default run simulates {cohorts[run['cohort']]['patients']} RF frames of one "
        f"scanner and {patients['image_cohorts']} B-mode images of another{further}. It trains a "
        f"compact network in {run['folds']} folds of patients (cross-validation)"
        + (f", once with each of {trainings} seeds." if trainings > 1 else ".")
    )


def paper() -> str:
    """The paper's numbers beside those of each seed."""
    rows = published("default", "paper")
    seeds = list(dict.fromkeys(rows["seed"]))
    names = {
        "auc": "AUC",
        "accuracy": "accuracy at cut-off 0.5",
        "constant_accuracy": "accuracy of one answer for all frames",
        "success_rate": "attacks that succeed",
        "success_visible_rate": "attacks that succeed by a small change",
    }
    cells = []
    for figure, name in names.items():
        of_figure = rows[rows["figure"] == figure].set_index("seed").loc[seeds]
        theirs, ours = of_figure.iloc[0], [row for _, row in of_figure.iterrows()]
        cells.append([name, value(theirs, "paper"), *[value(row, "run") for row in ours]])
    titles = [f"this run, seed {seed}" for seed in seeds] if len(seeds) > 1 else ["this run"]
    return markdown(["", "paper, real patients", *titles], cells)


def value(row: pd.Series, side: str) -> str:
    """A figure of the paper or of the run, with its counts or its interval if it has any."""
    if pd.isna(row[side]):
        return ""
    if pd.notna(row[f"{side}_count"]):
        return counted(row[f"{side}_count"], row[f"{side}_n"])
    low, high = row[f"{side}_low"], row[f"{side}_high"]
    if row["figure"].endswith("accuracy"):
        return percent(row[side])
    return f"{row[side]:.2f}" + ("" if pd.isna(low) else f" ({low:.2f} to {high:.2f})")


def judged() -> str:
    """How good the networks are, beside a constant answer."""
    summary = published("default", "summary").drop_duplicates("seed")
    first = summary.iloc[0]
    n, accuracy = int(first["n_labelled"]), constant(summary)
    intervals = [wilson_interval(row.n_correct, n) for row in summary.itertuples()]
    if min(low for low, _ in intervals) > accuracy:
        verdict = "So the network is better than a constant answer."
    elif max(high for _, high in intervals) < accuracy:
        verdict = "So the network is worse than a constant answer."
    else:
        verdict = f"So {n} frames do not show that the network is better than a constant answer."
    correct = [
        f"{row.n_correct} of {n}" + (f" with seed {row.seed}" if len(summary) > 1 else "")
        for row in summary.itertuples()
    ]
    label = configuration()["run"]["classes"][int(first["constant_label"])]
    lines = [
        f"{round(accuracy * n)} of the {n} frames are {label}: to call every frame {label} is "
        f"right on {percent(accuracy)}. The network is right on {listed(correct)}. {verdict}"
    ]
    if (PUBLISHED / "default" / "validation.csv").exists():
        lines.append(on_further_patients(published("default", "validation")))
    return bullets(lines)


def on_further_patients(networks: pd.DataFrame) -> str:
    """How good the networks are on patients that none was trained on."""
    mean, folds = networks.iloc[-1], networks[networks["fold"] != "mean"]
    known = configuration()
    patients = known["cohorts"][known["validation"]["cohort"]]["patients"]
    return (
        f"On {patients} further simulated patients, which no network was trained on, the "
        f"{len(folds)} networks have a mean AUC of {mean['auc']:.2f}, from "
        f"{folds['auc'].min():.2f} to {folds['auc'].max():.2f}. Their mean accuracy is "
        f"{percent(mean['accuracy'])}, from "
        f"{percent(folds['accuracy'].min())} to {percent(folds['accuracy'].max())}; a constant "
        f"answer is right on {percent(mean['constant_accuracy'])} (`make validate-simulation`)."
    )


def attack_table() -> str:
    """The default run's attacks, and how much their flips change the image."""
    rows = published("default", "summary")
    several = rows["seed"].nunique() > 1
    header = ["attack", *["seed"] * several, "flipped", "flipped by a small change"]
    return markdown(
        [*header, "change of the median flip", "queries"],
        [
            [
                named(row.attack),
                *[str(row.seed)] * several,
                counted(row.n_success, row.n_attacked),
                counted(row.n_success_visible_limit, row.n_attacked),
                f"{row.median_change:.0f}" if row.n_success else "",
                f"{row.median_queries:g}" if row.n_success else "",
            ]
            for attack in dict.fromkeys(rows["attack"])
            for row in rows[rows["attack"] == attack].itertuples()
        ],
    )


def named(attack: str, *overlays: str) -> str:
    """An attack with its title in the default configuration or in one that is laid over it."""
    titles = {}
    for path in ("config.yaml", *overlays):
        read = yaml.safe_load((CHECKOUT / path).read_text(encoding="utf-8"))
        titles |= read["titles"]["attacks"]
    title = titles.get(attack, "")
    same = re.sub(r"[\W_]", "", title).casefold() == attack.replace("_", "").casefold()
    return f"`{attack}`" if same or not title else f"`{attack}`, {title}"


def visible() -> str:
    """What counts as a small change, and how near the flips are."""
    limit = configuration()["run"]["visible_limit"]
    margins = published("default", "margins")["margin_linf"].dropna()
    return bullets(
        [
            f"A flip counts as small if the mean change inside the sector is at most "
            f"{limit['mean_abs_diff']:g} of 255 grey levels, the structural similarity is at least "
            f"{limit['ssim']:g}, and at most {percent(limit['white_added'])} of the sector turn "
            f"white and {percent(limit['black_added'])} black.",
            f"A *margin* is the largest move of any parameter, as a percentage of half the width "
            "of its box. The median margin of the flips of `minimal` is "
            f"{percent(margins.median())}.",
        ]
    )


def swept() -> str:
    """Decisions and AUC at some values of beta alone."""
    rows = published("default", "accidental")
    rows = rows[rows["beta"].round(6).isin(SWEPT)]
    seeds = list(dict.fromkeys(rows["seed"]))
    cells = []
    for beta, of_beta in rows.groupby("beta"):
        of_seed = of_beta.set_index("seed").loc[seeds]
        cells.append(
            [f"{beta:g}"]
            + [
                text
                for _, row in of_seed.iterrows()
                for text in (
                    f"{row['n_positive']} of {row['n']}",
                    f"{row['auc']:.2f} ({row['auc_low']:.2f} to {row['auc_high']:.2f})",
                )
            ]
        )
    titles = [
        f"{title}{f', seed {seed}' if len(seeds) > 1 else ''}"
        for seed in seeds
        for title in ("called fatty", "AUC")
    ]
    return markdown(["beta", *titles], cells)


def envelope() -> str:
    """The widest ranges in which few decisions change, of each model's seed."""
    rows = strongest_of_seeds(published("default", "envelope"))
    known = configuration()
    seeds = list(dict.fromkeys(rows["seed"]))
    cells = []
    for parameter, of_parameter in rows.groupby("parameter", sort=False):
        of_seed = of_parameter.set_index("seed").loc[seeds]
        moved = listed([f"`{name}`" for name in of_parameter["moved"].iloc[0].split(", ")])
        name = f"{moved} together" if parameter == TOGETHER else f"{moved} alone"
        cells.append([name, *(range_of(row) for _, row in of_seed.iterrows())])
    first = rows.iloc[0]
    limit, patients = percent(first["changed_limit"]), known["cohorts"][known["run"]["cohort"]]
    note = paragraph(
        f"{patients['patients']} patients are too few to say this of further patients at {limit} "
        f"with {percent(first['confidence'])} confidence: {first['patients_needed']} are needed."
        if rows["bound_share"].isna().all()
        else "The bounds for further patients stand in `envelope.csv`."
    )
    return f"{markdown(['moved', *(f'seed {seed}' for seed in seeds)], cells)}\n\n{note}"


def strongest_of_seeds(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of `envelope.csv` that sentences are made of, of all seeds."""
    return pd.concat([strongest_ranges(of_seed) for _, of_seed in rows.groupby("seed")])


def range_of(row: pd.Series) -> str:
    """One range, the decisions that change in it, and how this is known."""
    moved = str(row["moved"]).split(", ")
    if row["range_share"] == 0:
        changed = f"{row['n_changed_beyond']:.0f} of {row['n']}"
        return f"none: {changed} change at the nearest settings tried"
    ends = "; ".join(
        "{:g} to {:g}".format(
            *rounded_inwards(
                row[f"lower_{name}"],
                row[f"upper_{name}"],
                row[f"box_upper_{name}"] - row[f"box_lower_{name}"],
            )
        )
        for name in moved
    )
    return f"{ends}: {row['n_changed']} of {row['n']} change ({row['statement']})"


def needs() -> str:
    """What the commands take."""
    size = published_sizes()
    return paragraph(
        f"The installation downloads {size['download']} and takes {size['disk']} on disk. With it, "
        f"`make reproduce` takes {size['default']} on two cores. `config/smoke.yaml`, a small run "
        f"for a first look at the workflow, takes {size['smoke']}. `make test` takes "
        f"{size['test']}, `make test-quick` {size['test_quick']}."
    )


def published_sizes() -> dict[str, str]:
    """Times and sizes that were measured once."""
    return pd.read_csv(PUBLISHED / "sizes.csv").set_index("name")["value"].to_dict()


def made() -> str:
    """Where the published default run was made."""
    run = pd.read_csv(PUBLISHED / "default" / "run.csv", dtype=str, keep_default_na=False).iloc[0]
    code = (
        f"commit {run['commit'][:7]}"
        if run["commit"]
        else f"code with SHA-256 {run['sha256'][:7]}…"
    )
    return paragraph(
        f"The results of the default run above were made on {run['started']}, on {run['cores']} "
        f"cores of an {run['processor']}, from {code}. `make numbers` filled them in from the "
        "run's tables ([docs/published](docs/published/README.md))."
    )


def suite() -> str:
    """Every attack in the paper's box."""

    def queries(row: pd.Series) -> str:
        if pd.isna(row["median_queries"]):
            return "-"
        middle, largest = row["median_queries"], row["queries_p90"]
        same = pd.isna(largest) or largest == middle
        return f"{middle:,g}" + ("" if same else f" ({largest:.0f})")

    def small(row: pd.Series) -> str:
        count = row["n_success_visible_limit"]
        return "-" if pd.isna(count) else f"{count:.0f}"

    rows = published("suite", "summary")
    table = by_seed(
        rows,
        {
            "flipped": lambda row: counted(row["n_success"], row["n_attacked"]),
            "small changes": small,
            "queries": queries,
        },
    )
    return f"{table}\n\n{bullets(_worst_cases(rows))}"


def _worst_cases(rows: pd.DataFrame) -> list[str]:
    """What the grid says of each seed, and which searches find all that it flips."""
    flipped = rows.pivot(index="attack", columns="seed", values="n_success")
    flipped = flipped.drop("small_change", errors="ignore")
    searches = flipped.drop("grid")
    complete = searches.index[(searches >= flipped.loc["grid"]).all(axis=1)]
    found = listed([f"`{attack}`" for attack in complete])
    grid = rows[rows["attack"] == "grid"]
    kept = [
        f"{row.n_attacked - row.n_success:.0f} of the {row.n_labelled} frames of seed {row.seed}"
        for row in grid.itertuples()
    ]
    return [
        f"Searches that flip at least as many frames as the whole lattice, for each seed: {found}.",
        f"In the worst case over the lattice {listed(kept)} stay correct.",
    ]


def proof() -> str:
    """What is proved of each seed's frames."""
    rows = published("proof", "proofs_summary")
    return markdown(
        [
            *("seed", "correct at the initial setting", "proved to stay correct"),
            *("with a known flip", "undecided", "proved part of the nearest flip's distance"),
        ],
        [
            [
                str(row.seed),
                f"{row.n_attacked} of {row.n_labelled}",
                counted(row.n_robust, row.n_attacked),
                counted(row.n_vulnerable, row.n_attacked),
                str(row.n_undecided),
                f"{math.floor(1000 * row.proved_of_margin) / 10:.1f} % (median)",
            ]
            for row in rows.itertuples()
        ],
    )


def agreement() -> str:
    """How well audits of pictures agree with those of RF: a table for each kind of picture."""
    runs = ("pictures", "pictures-linear")
    tables = [published(run, "agreement_summary").assign(run=run) for run in runs]
    rows = pd.concat(tables, ignore_index=True)
    networks = rows.drop_duplicates(["run", "model", "seed"])[["run", "model", "seed"]]
    names = [
        f"{'linear probe' if one.run.endswith('linear') else 'default run'}, {one.model}, seed "
        f"{one.seed}"
        for one in networks.itertuples()
    ]
    measures = {
        "decisions agree, %": ("agree", 2),
        "worst frame, %": ("agree_worst", 1),
        "false among sure flips, %": ("sure_flips_confirmed", 2),
        "true flips that are sure, %": ("true_flips_sure", 1),
        "false among sure holds, %": ("sure_holds_confirmed", 2),
        "levels off by, 95th percentile": ("grey_error_p95", 0),
        "black or white, %": ("censored_share", 1),
    }
    parts = []
    for kind, of_kind in rows.groupby("kind", sort=False):
        lines = [
            [words, *(_measured(row, column, digits) for row in of_kind.to_dict("records"))]
            for words, (column, digits) in measures.items()
        ]
        parts.append(markdown([f"`{kind}`", *names], lines))
    return "\n\n".join(parts)


def _measured(row: Mapping[str, float], column: str, digits: int) -> str:
    """A share of `agreement` in percent; what is confirmed is said as what is false."""
    if column == "grey_error_p95":
        return f"{row[column]:.0f}"
    value = 1 - row[column] if column.endswith("_confirmed") else row[column]
    return "-" if math.isnan(value) else f"{100 * value:.{digits}f}"


def proof_short() -> str:
    """What is proved, in a sentence."""
    rows = published("proof", "proofs_summary")
    proved = listed(
        [f"{row.n_robust} of {row.n_attacked} (seed {row.seed})" for row in rows.itertuples()]
    )
    flipped = listed([f"{row.n_vulnerable}" for row in rows.itertuples()])
    open_ = int(rows["n_undecided"].sum())
    rest = "None is undecided." if not open_ else f"{open_} are undecided."
    return paragraph(
        f"**Proved:** {proved} of the correctly classified frames stay correct at every setting of "
        f"the paper's box. A setting is known that flips {flipped} of them. {rest} "
        "[docs/proof.md](docs/proof.md) explains how."
    )


def knobs() -> str:
    """The frames that each control flips alone, then those of pairs."""
    rows = published("knobs", "knobs")
    (n,) = set(rows["n_attacked"])
    return markdown(
        ["control", f"frames flipped, of {n}"],
        [
            [
                row.control
                if pd.isna(row.other_control)
                else f"{row.control} with {row.other_control}",
                f"{row.n_flipped} ({interval(row.n_flipped, n)})",
            ]
            for row in rows.itertuples()
        ],
    )


def defences_short() -> str:
    """The grid-certified accuracy of each defence, and that of another training."""
    rows = published("defences", "defences").set_index("model")
    other = published("defences-zen3", "defences").set_index("model")
    constant = rows["n_fatty"].iloc[0] / rows["n_frames"].iloc[0]
    best = rows.loc[~rows["immune_by_construction"], "grid_certified_high"].max()
    certain = "No defence that works on images is shown to be better than this."
    if rows.loc[~rows["immune_by_construction"], "grid_certified_low"].max() > constant:
        raise InputError(
            f"defences: a defence is above the constant answer ({best}): change the text"
        )
    table = markdown(
        ["model", "clean AUC", "grid-certified accuracy", "the same, another training"],
        [
            [
                f"`{model}`",
                f"{row['auc']:.2f}",
                f"{percent(row['grid_certified'])} ({100 * row['grid_certified_low']:.0f} to "
                f"{percent(row['grid_certified_high'])})",
                percent(other.loc[model, "grid_certified"]),
            ]
            for model, row in rows.iterrows()
        ],
    )
    return (
        paragraph(
            f"{rows['n_fatty'].iloc[0]} of the {rows['n_frames'].iloc[0]} test frames are fatty. "
            f"So the answer *fatty* to every frame is right on {percent(constant)}, at every "
            f"setting. {certain}"
        )
        + "\n\n"
        + table
    )


def defences(run: str = "defences") -> str:
    """All results of the defences of a run."""
    rows = published(run, "defences")

    def margin(row) -> str:
        if row.immune_by_construction:
            return "immune"
        if pd.isna(row.margin_attack):
            return "not measured"
        return "none in most" if pd.isna(row.median_margin) else f"{row.median_margin:.2f}"

    def proved(row) -> str:
        if pd.isna(row.certified):
            return "immune" if row.immune_by_construction else "cannot be proved"
        return f"{row.certified:.2f} ({row.certified_low:.2f} to {row.certified_high:.2f})"

    points = rows["grid_points"].iloc[0]
    return markdown(
        [
            *("model", "trained on", "clean AUC", "accuracy", "calibration slope"),
            *("under the paper's attack", f"grid-certified, {points} points", "proved"),
            *("median margin", "accidental accuracy, recalibrated"),
        ],
        [
            [
                row.model,
                f"{row.n_train:g}",
                f"{row.auc:.2f} ({row.auc_low:.2f} to {row.auc_high:.2f})",
                f"{row.accuracy:.2f}",
                f"{row.calibration_slope:.2f}",
                f"{row.accuracy_zoo:.2f}",
                f"{row.grid_certified:.2f} ({row.grid_certified_low:.2f} to "
                f"{row.grid_certified_high:.2f})",
                proved(row),
                margin(row),
                f"{row.accidental_accuracy:.2f}, {row.accidental_accuracy_recalibrated:.2f}",
            ]
            for row in rows.itertuples()
        ],
    )


def defences_other() -> str:
    """The grid-certified accuracy of both trainings."""
    this = published("defences", "defences").set_index("model")["grid_certified"]
    other = published("defences-zen3", "defences").set_index("model")["grid_certified"]
    return markdown(
        ["model", "this run", "the other run"],
        [[model, f"{value:.2f}", f"{other[model]:.2f}"] for model, value in this.items()],
    )


def by_seed(rows: pd.DataFrame, columns: dict[str, Callable[[pd.Series], str]]) -> str:
    """A table with a row for each attack and the columns of each seed side by side."""
    seeds = list(dict.fromkeys(rows["seed"]))
    cells = []
    for attack in dict.fromkeys(rows["attack"]):
        of_attack = rows[rows["attack"] == attack].set_index("seed", drop=False)
        cells.append(
            [named(attack, "config/suite.yaml")]
            + [text(of_attack.loc[seed]) for seed in seeds for text in columns.values()]
        )
    several = len(seeds) > 1
    titles = [
        f"{title}{f', seed {seed}' if several else ''}" for seed in seeds for title in columns
    ]
    return markdown(["attack", *titles], cells)


def guard() -> str:
    """What the guards of config/guard.yaml catch, and what gets past them."""
    return guard_numbers.results(*_of_guard())


def guard_short() -> str:
    """The same in an item of a list."""
    return guard_numbers.in_short(*_of_guard())


def _of_guard() -> tuple[pd.DataFrame, pd.DataFrame, dict]:
    """The published tables of config/guard.yaml, and this configuration."""
    known = yaml.safe_load((CHECKOUT / "config" / "guard.yaml").read_text(encoding="utf-8"))
    return published("guard", "guard_summary"), published("guard", "guard"), known


BLOCKS: dict[str, Callable[[], str]] = {
    "headline": headline,
    "box": box,
    "cohort": cohort,
    "paper": paper,
    "judged": judged,
    "attacks": attack_table,
    "visible": visible,
    "swept": swept,
    "envelope": envelope,
    "needs": needs,
    "made": made,
    "suite": suite,
    "knobs": knobs,
    "agreement": agreement,
    "proof": proof,
    "proof_short": proof_short,
    "defences_short": defences_short,
    "defences": defences,
    "setting_transfer": partial(defences, "setting-transfer"),
    "defences_other": defences_other,
    "guard": guard,
    "guard_short": guard_short,
}

if __name__ == "__main__":
    try:
        sys.exit(main())
    except InputError as error:
        sys.exit(str(error))
