"""What a model of the configuration is: trained here, brought, or derived from another."""

from collections.abc import Iterable, Mapping
from typing import Any

from reconattack.reconstruction.parameters import BAND, PARAMETERS

Models = Mapping[str, Mapping[str, Any]]
WITHOUT_BACKBONE = ("compact", "rf_lines")  # networks that are trained from scratch
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


def frozen_conflict(settings: Mapping[str, Any]) -> str | None:
    """Why a network's backbone cannot stay frozen as its block asks; None if it can or need not.

    It sees each image once, so that images stay as they are.
    """
    if not settings.get("frozen_backbone"):
        return None
    network, weights = settings["network"], settings.get("weights")
    if network in WITHOUT_BACKBONE or weights is None:
        return (
            f"frozen_backbone: network {network} with weights {weights} has no trained backbone; "
            "expected a class of keras.applications with weights imagenet or a file"
        )
    changes = {
        "takes": settings.get("takes", "image") != "image",
        "reconstructions": bool(settings.get("reconstructions")),
        "shift": settings["shift"] > 0,
        "flip": settings["flip"],
    }
    found = " and ".join(name for name, changed in changes.items() if changed)
    if not found:
        return None
    return (
        f"frozen_backbone: found {found}, but the backbone sees each image once, as it is; "
        "expected shift: 0, flip: false, takes: image and no reconstructions, or frozen_backbone: "
        "false"
    )
