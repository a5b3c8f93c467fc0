"""The kinds of models in the configuration: trained by the run, brought or derived."""

from collections.abc import Iterable, Mapping
from typing import Any

from reconattack.reconstruction.parameters import BEFORE_ENVELOPE, PARAMETERS

DERIVING = ("offsets", "falsified")  # keys of a derived model, one of each
Models = Mapping[str, Mapping[str, Any]]
BEHIND_THE_SAMPLES = tuple(name for name in PARAMETERS if name not in BEFORE_ENVELOPE)
# Parameters that cannot change a view of a frame; every parameter can change the other views.
IMMUNE_TO = {"envelope": BEHIND_THE_SAMPLES, "rf": BEHIND_THE_SAMPLES}


def base_of(models: Models, model: str) -> str:
    """Name of the model that a derived model uses; any other model is its own base."""
    return models[model].get("of", model)


def is_network(models: Models, model: str) -> bool:
    """Whether a model is a network that the run trains, or derived from one."""
    return "network" in models[base_of(models, model)]


def is_texture(models: Models, model: str) -> bool:
    """Whether a model is a texture classifier that the run trains, or derived from one."""
    return "texture" in models[base_of(models, model)]


def is_brought(models: Models, model: str) -> bool:
    """Whether a model was trained elsewhere, or derived from one that was."""
    return not (is_network(models, model) or is_texture(models, model))


def decision_kind(models: Models, model: str) -> str:
    """Kind of a model's decision (`reconattack.classifiers.decisions`)."""
    return (models[base_of(models, model)].get("decision") or {}).get("kind", "binary")


def takes_of(models: Models, model: str) -> str:
    """The view that a model takes, a name in `reconattack.classifiers.views.VIEWS`."""
    return models[base_of(models, model)].get("takes", "image")


def training_cohorts_of(models: Models, model: str, run: Mapping[str, Any]) -> list[str]:
    """Cohorts of RF frames that only train a model: its own, or those of the run."""
    return models[base_of(models, model)].get("training_cohorts", run.get("training_cohorts", []))


def reached_by(models: Models, model: str, parameters: Iterable[str]) -> list[str]:
    """Those of some parameters that can change the view that a model takes."""
    out_of_reach = IMMUNE_TO.get(takes_of(models, model), ())
    return [name for name in parameters if name not in out_of_reach]
