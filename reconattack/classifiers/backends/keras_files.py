"""Keras files of any origin: loaded without running code, in single precision."""

import json
import logging
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import keras

from reconattack.classifiers.backends.model_files import export_from_keras_2
from reconattack.errors import InputError

log = logging.getLogger(__name__)

OTHER_PRECISIONS = ("mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float64")
NO_KERAS_FILE = (
    "expected a .keras file, a zip archive with config.json and model.weights.h5: is it cut short, "
    "or of another kind? Copy it again, or save the model again with model.save('model.keras')"
)
BRING_ONNX = (
    "Where the model runs, export it with model.export('model.onnx', format='onnx') and bring that"
)


def load_network(path: Path | str) -> keras.Model:
    """Load a `.keras` file; code in it is neither loaded nor run.

    A network in half precision is loaded in float32: half precision differs between processors, and
    on some TensorFlow fails within the instructions to which `reconattack.run.processor` keeps it.

    Raises
    ------
    InputError
        If the file cannot be loaded; the message names the layer if one is the reason.
    """
    try:
        network = keras.models.load_model(path, safe_mode=True, compile=False)
    except Exception as error:  # many classes, from zip to every layer's own
        log.info("Keras says of %s: %s", path, error)
        raise InputError(f"model {path}: {_reason(Path(path))}") from error
    single = single_precision(network)
    if single is not network:
        log.info("layers that do not calculate in float32 do so here")
    return single


def _reason(path: Path) -> str:
    """Why a file cannot be loaded, found in the file itself."""
    try:
        with zipfile.ZipFile(path) as archive:
            configuration = json.loads(archive.read("config.json"))
            metadata = {}
            if "metadata.json" in archive.namelist():
                metadata = json.loads(archive.read("metadata.json"))
        version = str(metadata.get("keras_version", ""))
    except Exception:  # of the zip archive or of its JSON
        return f"it is no whole .keras file; {NO_KERAS_FILE}"
    if version.startswith("2."):
        return (
            f"it was written by Keras {version}, whose files Keras 3 does not read. "
            f"{export_from_keras_2(path)}"
        )
    layer = next(_unusable(configuration), None)
    if layer is None:
        return (
            "its layers can be made, but not with its weights: is the file damaged, was it put "
            "together from two, or do weights lie outside of it? Copy it again, or save the model "
            "again with model.save('model.keras')"
        )
    name, kind = _name(layer), layer.get("class_name")
    if kind == "Lambda" or any(node.get("class_name") == "__lambda__" for node in _nodes(layer)):
        return (
            f"it has a Lambda layer, {name}, which is code inside the file, so it is refused. "
            "Expected only layers of Keras: replace it, for example by Rescaling, save the model "
            "again, or export it to ONNX where you trust it"
        )
    foreign = next(filter(None, map(_foreign, _nodes(layer))), None)
    if foreign:
        return (
            f"its layer {name} needs {foreign}, which is no part of Keras; code of its own is not "
            f"run. {BRING_ONNX}"
        )
    return (
        f"Keras {keras.__version__} cannot make its layer {name} ({kind}) from the file"
        + (f", which Keras {version} has written," if version else "")
        + f" in the mode in which no code is run and no other file is read. {BRING_ONNX}"
    )


def _unusable(node: Any) -> Iterator[Mapping[str, Any]]:
    """The innermost layers of a configuration that cannot be made, each tried alone."""
    layers = node["config"].get("layers") if _is_object(node) else None
    if isinstance(layers, list):
        for layer in layers:
            yield from _unusable(layer)
    elif _is_object(node):
        try:
            keras.saving.deserialize_keras_object(node, safe_mode=True)
        except Exception:  # every layer has its own
            yield node


def _is_object(node: Any) -> bool:
    return isinstance(node, dict) and "class_name" in node and isinstance(node.get("config"), dict)


def _nodes(node: Any) -> Iterator[dict]:
    """All objects within a part of a configuration."""
    if isinstance(node, dict):
        yield node
    for value in node.values() if isinstance(node, dict) else node:
        if isinstance(value, dict | list):
            yield from _nodes(value)


def _foreign(node: Mapping[str, Any]) -> str | None:
    """What a part names outside of Keras, for a message; None if it names nothing."""
    module, kind = node.get("module"), node.get("class_name")
    if kind is None or "module" not in node or str(module).split(".")[0] == "keras":
        return None
    if kind == "function":
        return f"the function {node.get('config')} of {module}"
    return f"the class {node.get('registered_name') or kind}" + (f" of {module}" if module else "")


def _name(layer: Mapping[str, Any]) -> str:
    return str(layer.get("name") or layer["config"].get("name"))


def single_precision(network: keras.Model) -> keras.Model:
    """The network with layers of float32 and the same weights, rounded; itself if it has them."""
    configuration = keras.saving.serialize_keras_object(network)
    whole = _with_float32(configuration)
    if whole == configuration:
        return network
    copy = keras.saving.deserialize_keras_object(whole, safe_mode=True)
    copy.set_weights(network.get_weights())
    return copy


def _with_float32(node: Any) -> Any:
    if isinstance(node, list | tuple):
        return type(node)(map(_with_float32, node))
    if not isinstance(node, dict):
        return node
    if node.get("class_name") == "DTypePolicy" and node["config"]["name"] in OTHER_PRECISIONS:
        return node | {"config": {"name": "float32"}}
    return {
        key: "float32" if key == "dtype" and value in OTHER_PRECISIONS else _with_float32(value)
        for key, value in node.items()
    }
