"""The networks that can be trained: a module each in `reconattack.classifiers.training.networks`,
found by its name, and every class of `keras.applications`.

A network's module has the function

    features(image) or features(image, setting) -> Keras tensor (n, feature)

that builds its layers in front of dropout and the last layer. A network that outlines gives maps
(n, height, width, feature) of the size of the image. `image` is the first array of the
view that the network takes, (n, height, width, 1). `setting` follows where the network takes
`image+parameters`: the setting of each image, (n, 3), in half-widths of the paper's box. A network
with a backbone gets the keyword `weights` as well.

Constants of the module declare what the workflow needs to know before anything runs. They are read
from the source, so nothing is imported for them.
"""

import ast
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from reconattack.classifiers.training.instructions import multiplies_bfloat16

FOLDER = Path(__file__).parent / "networks"
APPLICATIONS = "keras_applications"  # the module of all networks that Keras has
# Classes of keras.applications by the smallest side of their images that Keras states, in pixels.
SIDES = {
    32: (
        "ConvNeXtBase ConvNeXtLarge ConvNeXtSmall ConvNeXtTiny ConvNeXtXLarge DenseNet121 "
        "DenseNet169 DenseNet201 EfficientNetB0 EfficientNetB1 EfficientNetB2 EfficientNetB3 "
        "EfficientNetB4 EfficientNetB5 EfficientNetB6 EfficientNetB7 EfficientNetV2B0 "
        "EfficientNetV2B1 EfficientNetV2B2 EfficientNetV2B3 EfficientNetV2L EfficientNetV2M "
        "EfficientNetV2S MobileNet MobileNetV2 MobileNetV3Large MobileNetV3Small NASNetLarge "
        "NASNetMobile ResNet101 ResNet101V2 ResNet152 ResNet152V2 ResNet50 ResNet50V2 VGG16 VGG19"
    ),
    71: "Xception",
    75: "InceptionResNetV2 InceptionV3",
}
SMALLEST_SIDE = {name: side for side, names in SIDES.items() for name in names.split()}
UNCHECKED = ("MobileNet", "MobileNetV2")  # Keras downloads their weights without a checksum


@dataclass(frozen=True)
class Declared:
    """What a network's module declares in constants of these names, in capitals.

    Attributes
    ----------
    takes
        The views that the network can take, names in `reconattack.classifiers.views.VIEWS`.
    backbone
        True for a network of the paper's size with a backbone, whose weights may be given.
    outlines
        True for a network that gives a mask, for `decision.kind: mask`.
    multiple_of
        What height and width of the images have to be multiples of.
    """

    takes: tuple[str, ...]
    backbone: bool
    outlines: bool = False
    multiple_of: int = 1


def network_names() -> list[str]:
    """Names of all networks that have a module of their own."""
    return sorted(path.stem for path in FOLDER.glob("[!_]*.py"))


def network_module(network: str) -> str:
    """Dotted name of the module that builds a network."""
    package, _, _ = __name__.rpartition(".")
    if network in network_names():
        return f"{package}.{FOLDER.name}.{network}"
    return f"{package}.{APPLICATIONS}"


def load_features(network: str) -> Callable:
    """The function `features` of a network, its module imported."""
    features = importlib.import_module(network_module(network)).features
    return features if network in network_names() else partial(features, network)


@cache
def declared_network(network: str) -> Declared:
    """What a network declares."""
    file = Path(__file__).parent / f"{APPLICATIONS}.py"
    if network in network_names():
        file = FOLDER / f"{network}.py"
    constants = {
        node.targets[0].id.lower(): node.value
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    keys = [key for key in Declared.__annotations__ if key in constants]
    return Declared(**{key: ast.literal_eval(constants[key]) for key in keys})


def network_conflict(settings: Mapping[str, Any]) -> str | None:
    """Why the settings of a network do not fit together; None if they do.

    Parameters
    ----------
    settings
        The model's block of the configuration; one without `network` has no conflict.
    """
    if "network" not in settings:
        return None
    network, takes = settings["network"], settings.get("takes", "image")
    view = None if name_conflict(network) else view_conflict(network, takes)
    return (
        name_conflict(network)
        or (f"takes: {view}" if view else None)
        or size_conflict(network, settings.get("input_size"))
        or frozen_conflict(settings)
        or weights_conflict(network, settings.get("weights"))
        or precision_conflict(network, settings.get("precision"))
        or decision_conflict(settings)
    )


def name_conflict(network: str) -> str | None:
    """Why there is no such network; None if there is."""
    if network in (*network_names(), *SMALLEST_SIDE):
        return None
    return (
        f"network: {network!r} is unknown; expected one of {', '.join(network_names())} or of "
        f"keras.applications: {', '.join(sorted(SMALLEST_SIDE))}"
    )


def size_conflict(network: str, input_size: Sequence[int] | None) -> str | None:
    """Why a network cannot take images of a size; None if it can, or none is stated."""
    smallest = SMALLEST_SIDE.get(network, 0)
    multiple = declared_network(network).multiple_of
    if input_size is not None and any(side % multiple for side in input_size):
        return (
            f"input_size: found {list(input_size)}; network {network} takes images whose height "
            f"and width are multiples of {multiple}"
        )
    if input_size is None or min(input_size) >= smallest:
        return None
    return (
        f"input_size: found {list(input_size)}; network {network} takes images of at least "
        f"{smallest} x {smallest} pixels"
    )


def weights_conflict(network: str, weights: str | Mapping[str, str] | None) -> str | None:
    """Why a network cannot have the weights; None if it can, or begins with random ones."""
    if weights is None:
        return None
    if not declared_network(network).backbone:
        return (
            f"weights: found {weights}, but network {network} has no backbone and is always "
            "trained from scratch; expected null, or a class of keras.applications"
        )
    if weights == "imagenet" and network in UNCHECKED:
        return (
            f"weights: Keras takes the ImageNet weights of {network} as they come, without a "
            "checksum. Fetch the file yourself and name it in the configuration: "
            "weights: {file: path/to/weights_notop.h5, sha256: ...}"
        )
    return None


def training_precision(
    network: str, precision: str | None = None, frozen_backbone: bool = False
) -> str:
    """The precision that a network is trained in: the stated one, else by the network's size.

    It is bfloat16 for all layers of a large network, where the processor multiplies that.
    """
    if precision or not declared_network(network).backbone:
        return precision or "float64"
    return "bfloat16" if multiplies_bfloat16() and not frozen_backbone else "float32"


def precision_conflict(network: str, precision: str | None) -> str | None:
    """Why a network cannot be trained in a precision; None if it can, or none is stated."""
    if precision != "float64" or not declared_network(network).backbone:
        return None
    return (
        f"precision: found float64, but network {network} is of the paper's size, which is trained "
        "in float32: float64 takes twice the memory and the time; expected float32"
    )


def view_conflict(network: str, takes: str) -> str | None:
    """Why a network cannot take a view; None if it can."""
    if takes in declared_network(network).takes:
        return None
    able = [
        f"network {name}"
        for name in network_names()
        if takes in declared_network(name).takes and not declared_network(name).outlines
    ]
    if takes in declared_network(APPLICATIONS).takes:
        able.append("a class of keras.applications")
    expected = [f"{' or '.join(able)} for takes {takes}"] if able else []
    expected.append(f"takes out of {', '.join(declared_network(network).takes)}")
    return f"network {network} cannot take {takes}; expected {', or '.join(expected)}"


def frozen_conflict(settings: Mapping[str, Any]) -> str | None:
    """Why the backbone of a network cannot stay frozen; None if it can, or need not.

    A frozen backbone sees each image once, so the images must not change during the training.
    """
    if not settings.get("frozen_backbone"):
        return None
    network, weights = settings["network"], settings.get("weights")
    if weights is None or not declared_network(network).backbone:
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


def decision_conflict(settings: Mapping[str, Any]) -> str | None:
    """Why a network cannot be trained for a decision; None if it can."""
    network, decision = settings["network"], settings.get("decision") or {}
    kind = decision.get("kind", "binary")
    able = [name for name in network_names() if declared_network(name).outlines]
    if kind == "mask" and network not in able:
        return (
            f"decision.kind: found mask, but network {network} gives one answer for an image; "
            f"expected network {' or '.join(able)}"
        )
    if kind != "mask" and network in able:
        return (
            f"network: {network} outlines structures, and the decision is {kind}; expected "
            "decision.kind: mask, or another network"
        )
    if kind == "binary":
        return None
    if kind == "number" and not decision.get("truth"):
        return (
            "decision.truth: nothing tells the true number, from which a network learns; expected "
            "truth: fat_fraction"
        )
    if settings.get("takes", "image") != "image":
        return (
            f"takes: found {settings['takes']}; expected image: networks for a decision of {kind} "
            "are trained on images alone"
        )
    if settings.get("reconstructions"):
        return (
            "reconstructions: networks are trained on random settings for a binary decision alone, "
            f"and this one decides {kind}; expected reconstructions: null"
        )
    return None
