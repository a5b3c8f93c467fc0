"""The models of a run: their networks, files and settings."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reconattack.classifiers import kinds
from reconattack.classifiers.backends.model_files import files_of, is_keras_file
from reconattack.classifiers.training.network import declared_network
from reconattack.run.plan.attacks import Attacks
from reconattack.run.plan.paths import FOLDS, alternatives, guard_path, of_fold

VIEW_KINDS = {"image+parameters": "setting conditioned", "envelope": "invariant", "rf": "rf"}
ALL_FRAMES = "all"  # the fold of a network that judges every frame
NOT_TRAINING = (
    "attacks",
    "image_cohorts",
    "training_cohorts",
    "gpu",
    "guard",
)  # keys of a model that do not affect training
# Keys of a brought model that are no settings of its backend
NOT_JUDGING = ("source", "resize", "threads", "attacks")


@dataclass(frozen=True)
class Models:
    """The models that a configuration defines.

    Attributes
    ----------
    config
        The configuration.
    """

    config: Mapping[str, Any]

    @property
    def definitions(self) -> Mapping[str, Mapping[str, Any]]:
        """Each model of the configuration by its name."""
        return self.config["models"]

    @property
    def selected(self) -> list[str]:
        """Names of the models that the run selects."""
        return self.config["run"]["models"]

    def base(self, model: str) -> str:
        """The model that a derived one evaluates; every other model is its own base."""
        return kinds.base_of(self.definitions, model)

    def base_definition(self, model: str) -> Mapping[str, Any]:
        """Configuration of the base of a model."""
        return self.definitions[self.base(model)]

    def is_brought(self, model: str) -> bool:
        """Whether a model was trained elsewhere."""
        return kinds.is_brought(self.definitions, model)

    def is_texture(self, model: str) -> bool:
        """Whether a model classifies features of texture."""
        return kinds.is_texture(self.definitions, model)

    def is_network(self, model: str) -> bool:
        """Whether a model is a network that the run trains."""
        return kinds.is_network(self.definitions, model)

    def is_keras(self, model: str) -> bool:
        """Whether a model was brought as a Keras file, which the run converts to ONNX."""
        return self.is_brought(model) and is_keras_file(self.base_definition(model))

    def is_large(self, model: str) -> bool:
        """Whether a network is of the paper's size, as a brought one may be."""
        network = self.base_definition(model).get("network", "compact")
        return self.is_brought(model) or declared_network(network).backbone

    def is_immune(self, model: str) -> bool:
        """Whether every attacked parameter acts after the input of the model is taken."""
        attacks = Attacks.of(self.config)
        attacked = [name for attack in self.attacks(model) for name in attacks.box(attack)]
        return not kinds.reached_by(self.definitions, model, attacked)

    def takes(self, model: str) -> str:
        """Input that a model takes from a frame."""
        if "offsets" in self.definitions[model]:
            return "images"
        return kinds.takes_of(self.definitions, model)

    def kind(self, model: str) -> str:
        """The differences of a model from a plain network, in words."""
        settings = self.base_definition(model) | self.definitions[model]
        takes = kinds.takes_of(self.definitions, model)
        reconstructions = settings.get("reconstructions") or {}
        words = []
        trained_on = kinds.training_cohorts_of(self.definitions, model, self.config["run"])
        cohorts = self.config["cohorts"]
        if any(cohorts[name]["kind"] == "transferred" for name in trained_on):
            words.append("setting transfer")
        if "offsets" in settings:
            words.append("ensemble")
        if "falsified" in settings:
            words.append(f"{settings['falsified']} falsified")
        if "texture" in settings:
            words.append(f"texture, {settings['texture']}")
        if takes in VIEW_KINDS:
            words.append(VIEW_KINDS[takes])
        if reconstructions:
            worst_of = reconstructions.get("worst_of", 1)
            words.append("adversarial" if worst_of > 1 else "augmented")
        return ", ".join(words) or ("brought" if self.is_brought(model) else "plain")

    @property
    def decision(self) -> str:
        """Kind of the decisions of the selected models, which all have the same."""
        return kinds.decision_kind(self.definitions, self.selected[0])

    @property
    def classes(self) -> list[str]:
        """Names of the classes that the selected models decide between."""
        decision = self.base_definition(self.selected[0]).get("decision") or {}
        return list(decision.get("classes", self.config["run"]["classes"]))

    @property
    def declarations(self) -> dict[str, Mapping[str, Any]]:
        """The declared decision of each selected model that is not binary."""
        declared = {model: self.base_definition(model).get("decision") for model in self.selected}
        return {
            model: decision
            for model, decision in declared.items()
            if decision and decision["kind"] != "binary"
        }

    @property
    def thresholds(self) -> dict[str, float]:
        """The declared threshold of each selected model that has one."""
        return {
            model: decision["threshold"]
            for model, decision in self.declarations.items()
            if decision.get("threshold") is not None
        }

    @property
    def label_words(self) -> list[str]:
        """Words for the labels of frames, which name the classes only where models decide them."""
        if self.decision == "binary":
            return list(self.config["run"]["classes"])
        decision = self.base_definition(self.selected[0])["decision"]
        if decision["kind"] == "classes" and decision.get("truth", "label") == "label":
            return list(decision["classes"])
        return ["label 0", "label 1"]

    def protocol(self, model: str) -> str:
        """Protocol by which the frames of a model are judged."""
        return "brought" if self.is_brought(model) else self.config["run"]["protocol"]

    def attacks(self, model: str) -> list[str]:
        """The attacks on a model: those that it names, or the run's.

        Attacks that have to pass a guard are no attacks on a model without one.
        """
        definitions = self.config["attacks"]
        of_the_run = [
            attack
            for attack in self.config["run"]["attacks"]
            if self.is_guarded(model) or not definitions[attack].get("guarded")
        ]
        return self.definitions[model].get("attacks", of_the_run)

    @property
    def guarded(self) -> list[str]:
        """Names of the selected models with a guard."""
        return [model for model in self.selected if "guard" in self.definitions[model]]

    def is_guarded(self, model: str) -> bool:
        """Whether a model has a guard."""
        return "guard" in self.definitions[model]

    def guard(self, model: str) -> Mapping[str, Any]:
        """Configuration of a model's guard: envelope, settings and rate of false alarms."""
        return self.definitions[model]["guard"]

    def networks(self, models: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """Every network of some models, by default of the selected ones.

        Each is a dict of `model`, `seed`, `fold` and `file`, its own file or None. Fold `all` is a
        network that judges every frame.
        """
        return [
            {
                "model": model,
                "seed": str(seed),
                "fold": str(fold),
                "file": next(iter(self.files(model, seed, fold)), None),
            }
            for model in (self.selected if models is None else models)
            for seed in self._seeds(model)
            for fold in self._folds(model)
        ]

    def _seeds(self, model: str) -> list[int]:
        return [0] if self.is_brought(model) else self.config["run"]["seeds"]

    def _folds(self, model: str) -> Iterable[int | str]:
        if self.protocol(model) == "patient_folds":
            return range(self.config["run"]["folds"])
        return [ALL_FRAMES]

    def files(self, model: str, seed: int | str = 0, fold: int | str = ALL_FRAMES) -> list[str]:
        """Files that a network runs from, its own first; none if it is reached over HTTP."""
        base = self.base(model)
        if self.is_keras(model):
            return [f"results/models/{base}/brought.onnx"]
        if self.is_brought(model):
            return files_of(self.definitions[base])
        suffix = "skops" if self.is_texture(model) else "onnx"
        return [_trained(base, seed, fold, suffix)]

    def source_files(self, model: str) -> list[str]:
        """Files of a brought model as it was brought; none if it is reached over HTTP."""
        return files_of(self.definitions[model])

    def all_files(self, models: Iterable[str] | None = None) -> list[str]:
        """Files of every network of some models, by default of the selected ones."""
        return [
            file
            for network in self.networks(models)
            for file in self.files(network["model"], network["seed"], network["fold"])
        ]

    def keras_files(
        self, model: str, seed: int | str = 0, fold: int | str = ALL_FRAMES
    ) -> list[str]:
        """The Keras file of a network, which white-box attacks need."""
        base = self.base(model)
        if self.is_brought(model):
            return [self.definitions[base]["source"]]
        return [_trained(base, seed, fold, "keras")]

    def guard_file(self, model: str, seed: int | str, fold: int | str) -> str:
        """The file of the guard of a network."""
        return guard_path({"model": model, "seed": seed, "fold": fold})

    def histories(self, model: str) -> list[str]:
        """History of the training of each network of a model."""
        if self.is_brought(model):
            return []
        return [self._beside(network, "history.csv") for network in self.networks([model])]

    def validations(self) -> list[dict[str, Any]]:
        """Every trained network, with the path of its predictions of its validation patients."""
        return [
            network | {"path": self._beside(network, "validation.csv")}
            for network in self.networks()
            if not self.is_brought(network["model"])
        ]

    def _beside(self, network: Mapping[str, Any], suffix: str) -> str:
        """Path of a file that the training writes beside the network's own."""
        return f"{of_fold('models', network | {'model': self.base(network['model'])})}.{suffix}"

    def brought_notes(self, models: Iterable[str] | None = None) -> list[str]:
        """The note on each brought model that says that it was checked."""
        return [
            f"results/models/{self.base(model)}/brought.json"
            for model in (self.selected if models is None else models)
            if self.is_brought(model)
        ]

    def folds_files(self, model: str) -> list[str]:
        """The table of patients and folds, if some patients do not train the model."""
        judged_apart = self.protocol(model) in ("patient_folds", "held_out")
        return [FOLDS] if judged_apart else []

    def wildcard(self, is_of_kind: Callable[[str], bool]) -> str:
        """Wildcard of the selected models of a kind that have files of their own, for outputs."""
        bases = dict.fromkeys(map(self.base, self.selected))
        return f"{{model,{alternatives(filter(is_of_kind, bases))}}}"

    def settings(self, model: str) -> dict[str, Any]:
        """Settings with which a model runs from its files."""
        definition = self.definitions[model]
        derived = {key: value for key, value in definition.items() if key in kinds.DERIVING}
        if self.is_texture(model):
            return {"features": "texture"} | derived
        declared = self.base_definition(model)
        if self.is_network(model):
            declared = {key: declared[key] for key in ("decision",) if key in declared}
        return {key: value for key, value in declared.items() if key not in NOT_JUDGING} | derived

    def resize(self, model: str) -> Mapping[str, Any] | None:
        """How images are brought to the size of a model's input; None if nothing says so."""
        if self.is_brought(model):
            return self.base_definition(model).get("resize")
        return self.config["reconstruction"]["resize"]

    def training_settings(self, model: str) -> dict[str, Any]:
        """Configuration of a model without the keys that do not affect training."""
        settings = self.definitions[model].items()
        return {key: value for key, value in settings if key not in NOT_TRAINING}

    def threads(self, model: str) -> int:
        """Threads that a model computes with."""
        return self.base_definition(model).get("threads", 1)

    def rate_limited(self, models: Iterable[str] | None = None) -> int:
        """1 if a model limits its rate of requests, which only one job at a time can keep."""
        names = self.selected if models is None else models
        return int(any("requests_per_second" in self.base_definition(name) for name in names))


def _trained(model: str, seed: int | str, fold: int | str, suffix: str) -> str:
    """Path of a file of a trained network."""
    return f"{of_fold('models', {'model': model, 'seed': seed, 'fold': fold})}.{suffix}"
