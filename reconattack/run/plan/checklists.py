"""The checklists of a run: their files, and the files of the run that may answer their items."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from reconattack.pages.checklists.checklist import declarations
from reconattack.run.plan.paths import CARD, PROVENANCE, SUMMARY, checklist_path
from reconattack.run.plan.report import Report

FOLDER = "results/"


@dataclass(frozen=True)
class Checklists:
    """The checklists of a run.

    Attributes
    ----------
    report
        The report of the run.
    """

    report: Report

    @cached_property
    def names(self) -> list[str]:
        """Name of each checklist."""
        return list(declarations())

    @property
    def titles(self) -> list[str]:
        """Short title of each checklist."""
        return [checklist["short"] for checklist in declarations().values()]

    @property
    def documents(self) -> dict[str, str]:
        """Title of the model card and of each checklist's page, by its path in the results."""
        titles = dict(zip([CARD, *self.pages], ["model card", *self.titles], strict=True))
        return {path.removeprefix(FOLDER): title for path, title in titles.items()}

    @property
    def tables(self) -> list[str]:
        """Path of each checklist as a table."""
        return [checklist_path(name, "csv") for name in self.names]

    @property
    def pages(self) -> list[str]:
        """Path of each checklist as a page."""
        return [checklist_path(name, "html") for name in self.names]

    @property
    def stated(self) -> list[str]:
        """Keys of the model card that the configuration states."""
        config: Mapping[str, Any] = self.report.results.config
        return sorted(config.get("card", {}))

    @property
    def made(self) -> list[str]:
        """The files of a complete run that may answer an item, as paths in its results."""
        results, models = self.report.results, self.report.results.models
        trained = [name for name in models.selected if not models.is_brought(name)]
        paths = [
            *(SUMMARY, CARD, PROVENANCE),
            *results.tables,
            *self.report.figures.paths,
            *results.predictions,
            *(file for name in trained for file in models.folds_files(name)),
            *models.all_files(trained),
            *(
                file
                for name in trained
                if models.is_network(name)
                for file in models.histories(name)
            ),
        ]
        return [path.removeprefix(FOLDER) for path in dict.fromkeys(paths)]
