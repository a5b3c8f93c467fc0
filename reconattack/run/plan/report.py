"""The contents of a run's report: its topics, figures and tables, and their labels."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from reconattack.pages.halves import ADVERSARIAL, ERRORS, MODEL
from reconattack.run.plan.figures import Figures
from reconattack.run.plan.paths import ANSWER, SUMMARY
from reconattack.run.plan.results import Results

TOPICS = {
    "errors": ERRORS,
    "adversarial": ADVERSARIAL,
    "model": MODEL,
    "data": "Data and method",
    "defences": "Defences",
    "run": "Checks and this run",
}
TABLES = {  # topic, title, and the columns of which a table has several values
    "frames": ("data", "Frames as they were read", ["frame"]),
    "performance": ("model", "Performance of each fold", ["model"]),
    "summary": ("adversarial", "Summary", ["model", "attack"]),
    "confusion": ("adversarial", "Classes before and after", ["model", "attack"]),
    "units_summary": ("adversarial", "One setting for a clip or a patient", ["model", "attack"]),
    "units": ("adversarial", "Each clip or patient", ["model", "attack"]),
    "boxes": ("adversarial", "Boxes of the attacks", ["attack"]),
    "paper": ("model", "Numbers of the study and of this run", []),
    "attacks": ("adversarial", "Every attack", ["model", "attack", "frame"]),
    "proofs_summary": ("adversarial", "What is proved of each model", ["model", "attack"]),
    "proofs": ("adversarial", "What is proved of each frame", ["model", "attack", "frame"]),
    "guard_summary": ("adversarial", "What guards catch", ["model", "attack"]),
    "guard": ("adversarial", "What guards say of each picture", ["model", "frame"]),
    "grid": ("adversarial", "Results of the grid", ["model", "frame"]),
    "universal": ("adversarial", "One setting for all frames", ["model"]),
    "transfer": ("adversarial", "Settings tried on other models", ["model"]),
    "comparisons": ("adversarial", "Tests of differences", ["model", "attack"]),
    "envelope": ("errors", "Within which settings few decisions change", ["model", "attack"]),
    "subgroups": ("errors", "Groups of patients", ["model", "attack"]),
    "margins": ("adversarial", "Margins", ["model", "attack", "frame"]),
    "knobs": ("errors", "Each control and each pair", ["model"]),
    "accidental": ("errors", "Accidental settings", ["model"]),
    "accidental_summary": ("errors", "Accidental settings, summary", ["model"]),
    "repeatability": ("errors", "Repeatability of the score", ["model"]),
    "defences": ("defences", "Models side by side", ["model"]),
    "defences_pairs": ("defences", "Each model and the baseline", ["model"]),
    "defences_timings": ("defences", "Time of trainings and queries", ["model"]),
    "agreement_summary": ("run", "Pictures beside RF", ["model"]),
    "agreement": ("run", "Pictures beside RF, each frame", ["model", "frame"]),
    "flags": ("run", "Flags", ["model", "attack"]),
    "timings": ("run", "Time and memory of each job", []),
}
# Tables named as a figure
WITH_FIGURE = ("confusion", "defences", "envelope", "knobs", "margins", "transfer", "universal")
NUMBERED_TABLES = ("comparisons", "flags")  # whose captions contain numbers of the run


@dataclass(frozen=True)
class Report:
    """The contents of a run's report.

    Attributes
    ----------
    results
        The results of the run.
    figures
        Its figures.
    """

    results: Results
    figures: Figures

    @cached_property
    def categories(self) -> dict[str, str]:
        """Category of each topic; numbered, because Snakemake's report sorts them by name.

        Topics without contents come last.
        """
        shown = {TABLES[name][0] for name in self.table_names}
        topics = sorted(TOPICS, key=lambda topic: topic not in shown)
        return {topic: f"{number} {TOPICS[topic]}" for number, topic in enumerate(topics, 1)}

    @cached_property
    def tables(self) -> list[str]:
        """Paths of the tables in the report."""
        return [path for path in self.results.tables if Path(path).stem in TABLES]

    @property
    def timeless_tables(self) -> list[str]:
        """Paths of the tables in the report without run times, which every run measures anew."""
        return [path for path in self.tables if not Path(path).stem.endswith("timings")]

    @cached_property
    def table_names(self) -> list[str]:
        """Names of the tables in the report."""
        return [Path(path).stem for path in self.tables]

    @property
    def pages(self) -> list[str]:
        """The pages of every run: its summary, and its tables for Snakemake's report."""
        tables = [f"results/report/tables/{name}.html" for name in self.table_names]
        return [SUMMARY, ANSWER, *tables]

    @cached_property
    def numbered(self) -> list[str]:
        """Names of the figures and tables whose captions contain numbers of the run."""
        tables = [name for name in self.table_names if name in NUMBERED_TABLES]
        return [*self.figures.names, *tables]

    @property
    def attack(self) -> dict[str, Any]:
        """`name`, `title` and `box` of the attack that stands for the run."""
        attacks = self.results.attack_definitions
        name = attacks.reported
        return {"name": name, "title": self.title_of("attacks", name), "box": attacks.box(name)}

    @property
    def titles(self) -> dict[str, dict[str, str]]:
        """Titles of cohorts, scanners, models, attacks and controls."""
        return self.results.config.get("titles", {})

    def title_of(self, section: str, name: str) -> str:
        """Title of what a section of the configuration defines; its name if it has none."""
        return self.titles.get(section, {}).get(name, name)

    @property
    def grid(self) -> str | None:
        """The grid in the box of that attack; None without one."""
        attacks = self.results.attack_definitions
        return attacks.grid_of(attacks.reported)

    @property
    def searches(self) -> list[str]:
        """The attacks in the box of that attack except grids."""
        attacks = self.results.attack_definitions
        return [
            name
            for name in dict.fromkeys(file["attack"] for file in self.results.attacks)
            if not attacks.finds_lattice(name) and attacks.box(name) == self.attack["box"]
        ]

    def title_of_table(self, name: str) -> str:
        """Title of a table."""
        return TABLES[name][1]

    def category_of_table(self, name: str) -> str:
        """Category of a table."""
        return self.categories[TABLES[name][0]]

    def table_labels(self, name: str) -> dict[str, str]:
        """Labels of a table."""
        _, title, columns = TABLES[name]
        return self.labels(f"Table: {title}", *columns)

    def labels(self, title: str, *columns: str) -> dict[str, str]:
        """Labels of a result: its title, and for each column the only title, or `each`.

        A label has the same value in the whole report. If two values were equally frequent, the
        report's menu would make a switch of them, and it fails if the results are no pairs.
        """
        cohorts = self.results.cohorts
        values = {
            "model": {
                self.title_of("models", network["model"]) for network in self.results.networks
            },
            "attack": {self.title_of("attacks", file["attack"]) for file in self.results.attacks},
            "frame": {row["frame"] for row in cohorts.rows[cohorts.judged]},
        }
        shown = {
            column: next(iter(values[column])) if len(values[column]) == 1 else "each"
            for column in columns
        }
        return {"result": title} | shown


def table_caption(name: str) -> str:
    """File name of the caption of a table. A table named as a figure has its own."""
    return f"{name}_table.rst" if name in WITH_FIGURE else f"{name}.rst"


def texts_digest(folder: Path | str) -> str:
    """SHA-256 of the captions and the style of the report, which `folder` contains."""
    texts = sorted(Path(folder).iterdir())
    return hashlib.sha256(b"".join(text.read_bytes() for text in texts)).hexdigest()
