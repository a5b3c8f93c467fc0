"""The model card of a run: its tables, and what the configuration says of its models."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from reconattack.classifiers.kinds import training_cohorts_of
from reconattack.run.plan.paths import CARD, CARD_XML
from reconattack.run.plan.report import Report

READ = (  # tables whose numbers the card shows
    *("frames", "boxes", "summary", "performance", "flags", "margins", "knobs", "grid", "attacks"),
    *("proofs_summary", "accidental_summary", "units_summary", "envelope"),
    "subgroups",
)
DATA = {  # of the judged frames, by the kind of their cohort
    "table": "recorded RF frames, listed in a frame table",
    "channel": "recorded channel data, listed in a frame table and beamformed here",
    "images": "finished B-mode images, listed in a frame table",
    "simulated_rf": "simulated RF frames",
    "simulated_channel": "simulated channel data, beamformed here",
}


@dataclass(frozen=True)
class Card:
    """The contents of the model card that follow from the plan.

    Attributes
    ----------
    report
        The report of the run.
    """

    report: Report

    @property
    def config(self) -> Mapping[str, Any]:
        """The configuration."""
        return self.report.results.config

    @property
    def stated(self) -> Mapping[str, Any]:
        """What the configuration states for the card."""
        return self.config.get("card", {})

    @property
    def paths(self) -> list[str]:
        """Paths of the card."""
        return [CARD_XML, CARD]

    @property
    def tables(self) -> list[str]:
        """Paths of the tables whose numbers the card shows."""
        return [path for path in self.report.results.tables if Path(path).stem in READ]

    @property
    def data(self) -> str:
        """What the judged frames are, in words."""
        cohorts = self.report.results.cohorts
        return DATA[self.config["cohorts"][cohorts.judged]["kind"]]

    @property
    def models(self) -> list[dict[str, Any]]:
        """What is known of each selected model (`model_card.facts.AuditedRun.models`)."""
        return [self._model(name) for name in self.report.results.models.selected]

    def _model(self, name: str) -> dict[str, Any]:
        models, run = self.report.results.models, self.config["run"]
        images = models.definitions[models.base(name)].get("image_cohorts", run["image_cohorts"])
        judged = [] if run["protocol"] == "held_out" else [run["cohort"]]
        return {
            "model": name,
            "made": self._made(name),
            "is_trained": not models.is_brought(name),
            "takes": models.takes(name),
            "protocol": models.protocol(name),
            "cohorts": [
                *judged,
                *training_cohorts_of(models.definitions, name, run),
                *images,
            ],
        }

    def _made(self, name: str) -> str:
        """How a model is made, in words; of a file its name alone, without its place."""
        models = self.report.results.models
        definition = models.base_definition(name)
        if models.is_texture(name):
            made = "classifier"
        elif models.is_network(name):
            rows, columns = definition["input_size"]
            made = f"network {definition['network']}, input of {rows} x {columns}"
        elif "http" in definition:
            made = "a server behind HTTP"
        elif "source" in definition:
            made = f"model file {PurePath(definition['source']).name}"
        else:
            made = "a Python function"
        kind = models.kind(name)
        return made if kind in ("plain", "brought") else f"{made} ({kind})"
