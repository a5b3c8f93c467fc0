"""The three qualities of a model card: usefulness, fairness and safety, as a run found them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reconattack.pages.model_card.facts import (
    AuditedRun,
    Found,
    file_of,
    of_groups,
    tested_frames,
    tried_settings,
)
from reconattack.pages.model_card.metrics import Metric, safety, usefulness
from reconattack.pages.networks import Network
from reconattack.pages.one_model import (
    MOST_NAMED,
    how_good,
    what_flips_it_alone,
    what_fools_it,
    what_is_proved,
)
from reconattack.pages.overview import how_to_read
from reconattack.pages.several_models import of_several
from reconattack.pages.wording import plain, plural

NOT_ASSESSED = "not assessed by this run"
TEST_TYPES = {
    "patient_folds": "Internal test: cross-validation in folds of patients.",
    "held_out": "Test on patients who were not used for training.",
    "resubstitution": "The same frames for training and test: these numbers flatter the model.",
    "brought": "Test of a finished model; it may have been trained on these patients.",
}
GOALS = {
    "binary": "How often the model is correct at the initial setting, next to one answer for all.",
    "classes": "How often the model finds the class at the initial setting, next to one answer.",
    "number": "How far the model's number is from the true one at the initial setting.",
    "mask": "How well the model outlines at the initial setting.",
}
STATEMENTS = (
    "An attack that finds a flip shows that there is one. A grid tries every point of its lattice. "
    "A proof holds for every setting of its box. A margin is the smallest change found that flips "
    "a frame."
)


@dataclass(frozen=True)
class Results:
    """What a run found of one quality of its models.

    Attributes
    ----------
    goal
        What the metrics are to show.
    metrics
        The metrics; empty if the run did not assess this quality.
    interpretation, test_type, data, validation
        What they mean, how they were tested, on which frames, and how and why so.
    """

    goal: str
    metrics: Sequence[Metric]
    interpretation: Sequence[Found]
    test_type: Sequence[Found]
    data: Sequence[Found]
    validation: Sequence[Found]


@dataclass(frozen=True)
class Quality:
    """A group of key metrics.

    Attributes
    ----------
    element, heading
        Its element in XML, and its heading on the page.
    key
        The key of `card` in the configuration that adds to the interpretation.
    results
        What a run found of it.
    """

    element: str
    heading: str
    key: str
    results: Callable[[AuditedRun], Results]


def use_results(run: AuditedRun) -> Results:
    """How good the models are at the initial setting."""
    named = run.networks[:MOST_NAMED]
    said = [
        Found(plain(" ".join(how_good(network, run.classes, run.cutoff))), file_of("summary"))
        for network in named
    ]
    return Results(
        goal=GOALS[run.kind],
        metrics=usefulness(run.tables, run.titles),
        interpretation=[*said, *_further(run.networks)],
        test_type=_test_types(run),
        data=[tested_frames(run)],
        validation=[_how_to_read(run)],
    )


def fairness_results(run: AuditedRun) -> Results:
    """What a run compared of groups of patients; its numbers are in a table of their own."""
    unknown = [Found(NOT_ASSESSED)]
    return Results(
        goal="Whether the model works alike for groups of patients.",
        metrics=[],
        interpretation=[of_groups(run)],
        test_type=unknown,
        data=unknown,
        validation=unknown,
    )


def safety_results(run: AuditedRun) -> Results:
    """What changed settings do to the models' decisions."""
    return Results(
        goal=(
            f"Whether the model keeps its {run.words.kept} when the settings of the image "
            "reconstruction change, by an attack or by accident."
        ),
        metrics=safety(run.tables, run.titles),
        interpretation=_what_flips(run),
        test_type=[
            Found(
                "Test of robustness: searches, proofs and drawn settings inside stated ranges of "
                "the reconstruction parameters."
            ),
            *_test_types(run),
        ],
        data=[tested_frames(run)],
        validation=[tried_settings(run), Found(STATEMENTS), _how_to_read(run)],
    )


QUALITIES = (
    Quality(
        "UsefulnessUsabilityEfficacy",
        "Usefulness, usability and efficacy",
        "usefulness",
        use_results,
    ),
    Quality("FairnessEquity", "Fairness and equity", "fairness", fairness_results),
    Quality("SafetyReliability", "Safety and reliability", "safety", safety_results),
)


def _what_flips(run: AuditedRun) -> list[Found]:
    """What flips the decisions of the models, in sentences."""
    if len(run.networks) > 1:
        lines = of_several(run.networks, run.attack, run.cutoff)
        return [Found(plain(line), "../summary.html") for line in lines]
    (network,) = run.networks
    alone = "knobs" if "knobs" in run.tables else "margins"
    said = {
        "summary": what_fools_it(network, run.attack),
        "proofs_summary": [what_is_proved(network)],
        alone: what_flips_it_alone(network.knobs),
    }
    return [
        Found(plain(line), file_of(table))
        for table, lines in said.items()
        for line in lines
        if line
    ]


def _further(networks: Sequence[Network]) -> list[Found]:
    """That there are more networks than those that are named."""
    n = len(networks) - MOST_NAMED
    if n <= 0:
        return []
    return [Found(f"The table has {plural(n, 'further network')}.", file_of("summary"))]


def _test_types(run: AuditedRun) -> list[Found]:
    protocols = run.summary["protocol"].unique()
    return [Found(TEST_TYPES[name]) for name in protocols if name in TEST_TYPES]


def _how_to_read(run: AuditedRun) -> Found:
    return Found(plain(how_to_read(run.networks, run.summary)), file_of("summary"))
