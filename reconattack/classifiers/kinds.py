"""What a model of the configuration is: trained here, brought, or derived from another."""

from collections.abc import Mapping
from typing import Any

Models = Mapping[str, Mapping[str, Any]]


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
