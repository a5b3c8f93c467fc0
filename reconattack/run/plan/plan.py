"""The plan of a run: everything that the rules take from configuration and frame tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconattack.run.plan.attacks import Attacks
from reconattack.run.plan.card import Card
from reconattack.run.plan.checklists import Checklists
from reconattack.run.plan.cohorts import Cohorts
from reconattack.run.plan.explorer import Explorer
from reconattack.run.plan.figures import Figures
from reconattack.run.plan.networks import Models
from reconattack.run.plan.report import Report
from reconattack.run.plan.resources import Resources
from reconattack.run.plan.results import Results
from reconattack.run.plan.training import Training


@dataclass(frozen=True)
class Plan:
    """The parts of a plan, each made from those before it."""

    cohorts: Cohorts
    attacks: Attacks
    models: Models
    training: Training
    resources: Resources
    results: Results
    explorer: Explorer
    figures: Figures
    report: Report
    card: Card
    checklists: Checklists

    @classmethod
    def of(cls, config: Mapping[str, Any], frames_schema: Path | str) -> "Plan":
        """Plan a run.

        Parameters
        ----------
        config
            The checked configuration.
        frames_schema
            JSON schema of the rows of a frame table.

        Raises
        ------
        InputError
            If a frame table cannot be used.
        """
        cohorts = Cohorts.read(config, frames_schema)
        attacks, models = Attacks.of(config), Models(config)
        training = Training(cohorts, models)
        results = Results(config, cohorts, models, attacks)
        explorer = Explorer(results)
        figures = Figures(results, explorer, training)
        report = Report(results, figures)
        return cls(
            cohorts=cohorts,
            attacks=attacks,
            models=models,
            training=training,
            resources=Resources(models, attacks, training),
            results=results,
            explorer=explorer,
            figures=figures,
            report=report,
            card=Card(report),
            checklists=Checklists(report),
        )
