"""The results of a run: which files there are, and which tables follow from them.

A file of a network is a dict: the network's `model`, `seed`, `fold` and `file`, the `path` of the
result and, of an attack, the `attack`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Any

from reconattack.run.plan.attacks import Attacks
from reconattack.run.plan.cohorts import Cohorts
from reconattack.run.plan.networks import Models
from reconattack.run.plan.paths import (
    attack_path,
    of_network,
    predictions_path,
    table_path,
    units_path,
)

File = dict[str, Any]
CHANGED_LIMIT = 0.05  # of run.changed_limit, by default


@dataclass(frozen=True)
class Results:
    """The results that a configuration selects.

    Attributes
    ----------
    config
        The configuration.
    cohorts, models
        Its cohorts and models.
    attack_definitions
        Its attacks.
    """

    config: Mapping[str, Any]
    cohorts: Cohorts
    models: Models
    attack_definitions: Attacks

    @cached_property
    def chunks(self) -> list[str]:
        """Chunks of the judged cohort."""
        return self.cohorts.chunks(self.cohorts.judged)

    @cached_property
    def networks(self) -> list[dict[str, Any]]:
        """Every network of the selected models."""
        return self.models.networks()

    @property
    def trained_models(self) -> list[tuple[str, str]]:
        """Each selected model with each of its seeds."""
        return list(dict.fromkeys((net["model"], net["seed"]) for net in self.networks))

    @property
    def predictions(self) -> list[str]:
        """Predictions of each selected model."""
        return [predictions_path(model) for model in self.models.selected]

    @cached_property
    def attacks(self) -> list[File]:
        """The record of each attack on each network and chunk."""
        return [
            network | {"attack": attack, "path": attack_path(network, attack, chunk)}
            for network in self.networks
            for attack in self.models.attacks(network["model"])
            for chunk in self.chunks
        ]

    def attacks_by(self, attack: str | None) -> list[File]:
        """The records of one attack."""
        return [file for file in self.attacks if file["attack"] == attack]

    @cached_property
    def grids(self) -> list[File]:
        """The records with a lattice."""
        return self._attacks_which(self.attack_definitions.finds_lattice)

    @cached_property
    def knobs(self) -> list[File]:
        """The records with the parameters that flip alone and in pairs."""
        return self._attacks_which(self.attack_definitions.finds_knobs)

    @cached_property
    def margins(self) -> list[File]:
        """The records with margins."""
        return self._attacks_which(self.attack_definitions.finds_margins)

    @cached_property
    def certificates(self) -> list[File]:
        """The records with proofs, or with samples of the box."""
        return self._attacks_which(self.attack_definitions.certifies)

    @cached_property
    def proofs(self) -> list[File]:
        """The records with proofs."""
        return self._attacks_which(self.attack_definitions.proves)

    @cached_property
    def walks(self) -> list[File]:
        """The records of the paper's attack, which an animation can show."""
        return [f for f in self.attacks if f["attack"] in self.attack_definitions.stepping]

    @cached_property
    def grid_attacks(self) -> list[str]:
        """Names of the attacks with a lattice."""
        return list(dict.fromkeys(file["attack"] for file in self.grids))

    @cached_property
    def grid_of_path(self) -> dict[str, dict[str, str]]:
        """For the path of a record, `attack` and `path` of the grid over the same box, if any."""
        return {
            file["path"]: {"attack": grid, "path": self._same_frames(file, grid)}
            for file in self.attacks
            for grid in [self.attack_definitions.grid_of(file["attack"])]
            if grid in self.models.attacks(file["model"])
        }

    @cached_property
    def walk_of_grid(self) -> dict[str, str]:
        """For the path of a grid, that of the paper's attack on the same frames, if any."""
        return {
            file["path"]: self._same_frames(file, attack)
            for file in self.grids
            for attack in self.attack_definitions.stepping
            if attack in self.models.attacks(file["model"])
        }

    @cached_property
    def transfers(self) -> list[File]:
        """Tables of the settings of other models, tried on each network and chunk."""
        is_made = self.is_binary and len(self.trained_models) > 1
        return self.of_each_network("transfer", "csv") if is_made else []

    @cached_property
    def accidental(self) -> list[File]:
        """Logits of each network and chunk at accidental settings."""
        return self.of_each_network("settings") if self.config.get("accidental") else []

    @property
    def changed_limit(self) -> float:
        """Largest fraction of decisions that may change within the envelope of settings."""
        return self.config["run"].get("changed_limit", CHANGED_LIMIT)

    @cached_property
    def enveloped(self) -> list[File]:
        """The records of attacks that tell at which settings decisions change."""
        return self._attacks_which(lambda attack: self.attack_definitions.finds(attack) != "share")

    @property
    def has_envelope(self) -> bool:
        """Whether the run has anything that tells at which settings decisions change."""
        return bool(self.enveloped or self.accidental)

    @property
    def has_scores(self) -> bool:
        """Whether the models answer with one number each, whose repeatability can be told."""
        return self.models.decision in ("binary", "number")

    @property
    def unit(self) -> str:
        """What one setting holds for: `frame`, `clip` or `patient`."""
        return self.config["run"].get("unit", "frame")

    @cached_property
    def units(self) -> list[File]:
        """The record of each black-box attack on the units that each network judges."""
        attacks = self.attack_definitions
        return [
            network | {"attack": attack, "path": units_path(network, attack)}
            for network in self.networks
            for attack in self.models.attacks(network["model"])
            if self.unit != "frame" and not attacks.is_white_box(attack)
        ]

    @cached_property
    def guards(self) -> list[File]:
        """Tables of what each guard says of the pictures of a chunk."""
        guarded = self.models.guarded
        return [file for file in self.of_each_network("guards", "csv") if file["model"] in guarded]

    def guarded_attacks(self, model: str, seed: str, fold: str, chunk: str) -> dict[str, str]:
        """The record of each attack on a network's chunk, by the attack's name."""
        network = {"model": model, "seed": seed, "fold": fold}
        return {name: attack_path(network, name, chunk) for name in self.models.attacks(model)}

    @cached_property
    def agreements(self) -> list[File]:
        """Tables of audits of pictures beside those of RF, of each network and chunk."""
        return self.of_each_network("agreement", "csv") if self.config.get("agreement") else []

    def of_each_network(
        self, kind: str, suffix: str = "nc", chunks: list[str] | None = None
    ) -> list[File]:
        """A result of every network on some chunks, by default on all of the judged cohort."""
        return [
            network | {"path": of_network(kind, network, chunk, suffix)}
            for network in self.networks
            for chunk in (self.chunks if chunks is None else chunks)
        ]

    def transfer_sources(self, model: str, seed: str, fold: str, chunk: str) -> list[File]:
        """The attacks on other models whose frames in a chunk a network may judge as well."""
        return [
            file
            for file in self.attacks
            if (file["model"], file["seed"]) != (model, seed)
            and (file["fold"] == fold or "all" in (file["fold"], fold))
            and file["path"].endswith(f"/{chunk}.nc")
        ]

    @cached_property
    def compared(self) -> int:
        """Number of combinations of model, seed and attack."""
        return len({(file["model"], file["seed"], file["attack"]) for file in self.attacks})

    @cached_property
    def frames(self) -> int:
        """Number of frames of the judged cohort."""
        return self.cohorts.size(self.cohorts.judged)

    @property
    def is_binary(self) -> bool:
        """Whether the models decide between two classes."""
        return self.models.decision == "binary"

    @property
    def simulated(self) -> bool:
        """Whether the frames that are judged and attacked are simulated."""
        return self.cohorts.is_simulated(self.cohorts.judged)

    @cached_property
    def records(self) -> int:
        """Number of attacked frames that tables and figures contain, over models and attacks."""
        return self.frames * self.compared

    @cached_property
    def tables(self) -> list[str]:
        """Paths of the tables, and of the findings in words."""
        defences = bool(self.config.get("defences"))
        groups = [
            (True, ["frames", "boxes", "attacks", "summary", "performance"]),
            (self.is_binary, ["paper"]),
            (True, ["flags", "timings"]),
            (self.has_envelope, ["envelope"]),
            (self.has_envelope and self.cohorts.groups, ["subgroups"]),
            (self.models.decision == "classes", ["confusion"]),
            (self.units, ["units", "units_summary"]),
            (self.grids, ["grid"]),
            (self.grids and self.is_binary, ["universal"]),
            (self.knobs, ["knobs"]),
            (self.margins, ["margins"]),
            (self.certificates, ["proofs", "proofs_summary"]),
            (self.compared > 1 and self.is_binary, ["comparisons"]),
            (self.transfers, ["transfer"]),
            (self.accidental, ["accidental", "accidental_summary"]),
            (self.accidental if self.has_scores else [], ["repeatability"]),
            (self.agreements, ["agreement", "agreement_summary"]),
            (self.guards, ["guard", "guard_summary"]),
            (defences, ["defences", "defences_pairs", "defences_timings"]),
        ]
        names = [name for is_made, group in groups if is_made for name in group]
        findings = [table_path("findings", "txt")] if defences else []
        return [table_path(name) for name in names] + findings

    def _attacks_which(self, answers: Callable[[str], bool]) -> list[File]:
        """The records of the attacks that answer a question with yes."""
        return [file for file in self.attacks if answers(file["attack"])]

    def _same_frames(self, file: File, attack: str) -> str:
        """Path of the record of another attack on the frames of a record."""
        return attack_path(file, attack, chunk_of(file))


def chunk_of(file: File) -> str:
    """Name of the chunk of a file."""
    return PurePath(file["path"]).stem
