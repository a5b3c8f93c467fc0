"""Published studies beside which a run sets its own figures."""

from dataclasses import dataclass

from reconattack.evidence.statistics import wilson_interval


@dataclass(frozen=True)
class Figure:
    """One figure of a study, and which figure of a run's summary stands beside it.

    Attributes
    ----------
    name
        What it is called in the table.
    value
        As the study gives it; None where it gives none and only the run has one.
    hits, total
        The counts behind a proportion.
    run
        Column of the summary; None where a run has nothing to set beside it.
    note
        What keeps the two from being the same quantity.
    """

    name: str
    value: float | None = None
    hits: int | None = None
    total: int | None = None
    run: str | None = None
    note: str = ""

    @property
    def count(self) -> str:
        """The counts as text, empty where the study gives none."""
        return "" if self.hits is None else f"{self.hits}/{self.total}"

    @property
    def interval(self) -> tuple[float | None, float | None]:
        """Wilson's 95 % interval, computed from the counts; no study here gives its own."""
        return (None, None) if self.hits is None else wilson_interval(self.hits, self.total)


@dataclass(frozen=True)
class Study:
    """A study's reference and its figures."""

    reference: str
    figures: tuple[Figure, ...]


FRAMES, CORRECT, FLIPPED = 33, 27, 13  # of arXiv:2009.03364, section 3

STUDIES = {
    "liver_2020": Study(
        "M. Byra et al., Adversarial attacks on deep learning models for fatty liver disease "
        "classification by modification of ultrasound image reconstruction method, "
        "arXiv:2009.03364, 2020",
        (
            Figure("auc", 0.84, run="auc"),
            Figure("accuracy", CORRECT / FRAMES, CORRECT, FRAMES, run="accuracy"),
            Figure("success_rate", FLIPPED / CORRECT, FLIPPED, CORRECT, run="success_rate"),
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
        ),
    ),
}
