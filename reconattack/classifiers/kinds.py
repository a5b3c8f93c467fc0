"""What a model of the configuration is: trained here, brought, or derived from another."""

from collections.abc import Iterable, Mapping
from typing import Any

from reconattack.parameters import BAND, PARAMETERS

Models = Mapping[str, Mapping[str, Any]]
BEHIND_THE_BAND_PASS = tuple(name for name in PARAMETERS if name not in BAND)
# Parameters that cannot change what a view shows of a frame; a view that is not here shows all.
IMMUNE_TO = {"envelope": BEHIND_THE_BAND_PASS, "rf": BEHIND_THE_BAND_PASS}


def base_of(models: Models, model: str) -> str:
    """The model that a derived one asks; any other is its own."""
    return models[model].get("of", model)


def is_network(models: Models, model: str) -> bool:
    """Whether a model is a network that is trained here, or derived from one."""
    return "network" in models[base_of(models, model)]


def is_texture(models: Models, model: str) -> bool:
    """Whether a model judges features of texture, and is trained here."""
    return "texture" in models[base_of(models, model)]


def is_brought(models: Models, model: str) -> bool:
    """Whether a model is brought, or derived from one that is."""
    return not (is_network(models, model) or is_texture(models, model))


def takes_of(models: Models, model: str) -> str:
    """What a model takes (`reconattack.classifiers.views.VIEWS`)."""
    return models[base_of(models, model)].get("takes", "image")


def reached_by(models: Models, model: str, parameters: Iterable[str]) -> list[str]:
    """Which of some parameters can change what a model takes."""
    out_of_reach = IMMUNE_TO.get(takes_of(models, model), ())
    return [name for name in parameters if name not in out_of_reach]
