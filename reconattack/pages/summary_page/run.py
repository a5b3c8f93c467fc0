"""What the summary page shows of a run, and what several of its sections use."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from reconattack.pages.decision_words import Declarations, kind_of
from reconattack.pages.networks import Network, short_names
from reconattack.pages.summary_page import envelope_tables
from reconattack.pages.summary_page.tables import Shown
from reconattack.pages.wording import Titles, plain, titled


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


def names_of(run: Run) -> dict[tuple[str, int], str]:
    """A short name for each model and seed."""
    keys = ((one.first["model"], one.first["seed"]) for one in run.networks)
    return dict(zip(keys, map(plain, short_names(run.networks)), strict=True))


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


def judged_frames(run: Run) -> pd.DataFrame:
    """The rows of `frames.csv` of the classified and attacked cohort."""
    frames = run.tables["frames"]
    return frames[frames["cohort"] == run.cohorts["cohort"]]


def is_of_pictures(run: Run) -> bool:
    """Whether the classified frames are finished images, and not RF frames."""
    frames = judged_frames(run)
    return "dynamic_range" in frames and bool(frames["dynamic_range"].notna().any())


def chosen_ranges(run: Run, most: int) -> Iterator[pd.DataFrame]:
    """The row of each parameter that speaks for the first networks; nothing without any."""
    return envelope_tables.chosen_ranges(run.tables, list(names_of(run))[:most])
