"""Published studies, and their figures next to those of a run, `paper.csv`."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from reconattack.evidence.statistics import wilson_interval


@dataclass(frozen=True)
class Figure:
    """One figure of a study, and the figure of a run's summary that it is compared with.

    Attributes
    ----------
    name
        Name in the table.
    value
        The study's value; None if only the run has one.
    hits, total
        The counts behind a proportion.
    run
        Column of the summary; None if a run has no such figure.
    note
        Why the two are not the same quantity.
    """

    name: str
    value: float | None = None
    hits: int | None = None
    total: int | None = None
    run: str | None = None
    note: str = ""

    @property
    def interval(self) -> tuple[float | None, float | None]:
        """Wilson's 95 % interval from the counts; none of these studies gives its own."""
        return (None, None) if self.hits is None else wilson_interval(self.hits, self.total)


@dataclass(frozen=True)
class Study:
    """A study's reference and its figures."""

    reference: str
    figures: tuple[Figure, ...]


# The columns of a run's summary for a figure: the prefix of its interval, and its counts.
INTERVALS = {
    "auc": "auc",
    "accuracy": "accuracy",
    "success_rate": "success",
    "success_visible_rate": "success_visible",
}
COUNTS = {
    "accuracy": ("n_correct", "n_labelled"),
    "success_rate": ("n_success", "n_attacked"),
    "success_visible_rate": ("n_success_visible_limit", "n_attacked"),
}
WHOLE = ("paper_count", "paper_n", "run_count", "run_n")
FRAMES, CORRECT, FLIPPED = 33, 27, 13  # in arXiv:2009.03364, section 3

# What a run's accuracy and success rate are read against; no study gives them.
AGAINST = (
    Figure(
        "constant_accuracy",
        run="constant_accuracy",
        note="one answer for all frames, the more frequent label; the study does not state it",
    ),
    Figure(
        "success_visible_rate",
        run="success_visible_rate",
        note="flips whose change of the image is small (run.visible_limit); the study does not "
        "measure it",
    ),
)

STUDIES = {
    "liver_2020": Study(
        "M. Byra et al., Adversarial attacks on deep learning models for fatty liver disease "
        "classification by modification of ultrasound image reconstruction method, "
        "arXiv:2009.03364, 2020",
        (
            Figure("auc", 0.84, run="auc"),
            Figure("accuracy", CORRECT / FRAMES, CORRECT, FRAMES, run="accuracy"),
            Figure("success_rate", FLIPPED / CORRECT, FLIPPED, CORRECT, run="success_rate"),
            *AGAINST,
        ),
    ),
    # Its abstract (arXiv:1804.02119) says that classification gets worse when images are
    # reconstructed otherwise than those of the training. The rounded figures are known to us at
    # second hand only; compare them with the text of the paper before quoting them.
    "breast_2019": Study(
        "M. Byra et al., IbPRIA 2019 (preprint: Impact of ultrasound image reconstruction method "
        "on breast lesion classification with neural transfer learning, arXiv:1804.02119)",
        (
            Figure(
                "auc",
                0.85,
                run="auc",
                note="study: rounded, at second hand; images reconstructed as in training",
            ),
            Figure(
                "auc_lowest_other_reconstruction",
                0.58,
                note="study: at second hand; one other compression for all images, which this run "
                "does not judge",
            ),
            Figure(
                "auc_highest_other_reconstruction",
                0.69,
                note="study: at second hand; one other compression for all images, which this run "
                "does not judge",
            ),
            Figure(
                "success_rate",
                run="success_rate",
                note="the study attacks nothing: a setting found for each frame, this run alone",
            ),
            *AGAINST,
        ),
    ),
}


def study_table(
    summary: pd.DataFrame, attacks: Sequence[str], study: Study, data: str
) -> pd.DataFrame:
    """Set the figures of a study next to those of a run.

    Parameters
    ----------
    summary
        Table `summary.csv`.
    attacks
        The attacks that are compared with the study's.
    study
        The published study.
    data
        What the run's frames are, for the column of this name.

    Returns
    -------
    pandas.DataFrame
        A row per model, seed, attack and figure of the study. `paper_count` of `paper_n` frames
        are behind a proportion of the study, `run_count` of `run_n` behind that of the run.
    """
    compared = summary[summary["attack"].isin(attacks)]
    table = pd.DataFrame(
        [
            {
                **published_columns(figure),
                **run_columns(figure.run, run),
                "model": run["model"],
                "seed": run["seed"],
                "attack": run["attack"],
                "data": data,
                "study": study.reference,
                "note": figure.note,
            }
            for _, run in compared.iterrows()
            for figure in study.figures
        ]
    )
    return table.astype(dict.fromkeys(WHOLE, "Int64"))


def published_columns(figure: Figure) -> dict:
    """A figure as the study gives it, with its counts and its interval."""
    low, high = figure.interval
    return {
        "figure": figure.name,
        "paper": figure.value,
        "paper_count": figure.hits,
        "paper_n": figure.total,
        "paper_low": low,
        "paper_high": high,
    }


def run_columns(name: str | None, run: pd.Series) -> dict:
    """A figure of a run, a row of its summary, with counts and interval; missing without a name."""
    if name is None:
        return dict.fromkeys(("run", "run_count", "run_n", "run_low", "run_high"))
    count, n = COUNTS.get(name, (None, None))
    return {
        "run": run[name],
        "run_count": run.get(count),
        "run_n": run.get(n),
        "run_low": run.get(f"{INTERVALS.get(name)}_low"),
        "run_high": run.get(f"{INTERVALS.get(name)}_high"),
    }
