"""The files of brought models: where they lie, and which are refused before they are opened."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconattack.errors import InputError, OptionalPackage
from reconattack.frames.places import place_of
from reconattack.storage import sha256

h5py = OptionalPackage("h5py", "formats")

SUFFIXES = (".onnx", ".keras", ".skops")
ZIP = b"PK\x03\x04"
HDF5 = b"\x89HDF\r\n\x1a\n"
PICKLE_PROTOCOLS = tuple(bytes([0x80, version]) for version in range(2, 6))
OLD_TORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # the first object that torch.save wrote
TFLITE = b"TFL3"
FOREIGN_SUFFIXES = {
    ".pkl": "pickle",
    ".pickle": "pickle",
    ".joblib": "pickle",
    ".pt": "torch",
    ".pth": "torch",
    ".ckpt": "torch",
    ".pt2": "torch program",
    ".h5": "hdf5",
    ".hdf5": "hdf5",
    ".tflite": "tflite",
    ".pb": "frozen graph",
    ".safetensors": "weights alone",
}
CODE = "opening it could run any code, so it is refused. Where you trust it, "
# What a file is, and how to make one of it that can be brought; {file} is its name without suffix.
FOREIGN = {
    "pickle": (
        f"a pickle: {CODE}save the model again: scikit-learn models with skops.io.dump(model, "
        "'{file}.skops'), networks as ONNX"
    ),
    "torch": (
        f"a PyTorch file, which is a pickle: {CODE}export the network to ONNX where it was "
        "trained: model.eval(), then torch.onnx.export(model, images, '{file}.onnx') with a batch "
        "of images, and bring {file}.onnx (with {file}.onnx.data if PyTorch writes one)"
    ),
    "torch program": (
        "an exported program of PyTorch, which is not opened here. Export the network to ONNX "
        "where it was trained: torch.onnx.export(model, images, '{file}.onnx') with a batch of "
        "images, and bring {file}.onnx (with {file}.onnx.data if PyTorch writes one)"
    ),
    "keras 2": (
        "a Keras file of the old HDF5 format, written by Keras {version}, which Keras 3 does not "
        "read reliably. {keras_2}"
    ),
    "keras 3": (
        "a Keras file of the old HDF5 format, written by Keras {version}; it may hold code and is "
        "not opened here. Where you trust it, save it again in Python: "
        "keras.saving.load_model('{path}', compile=False).save('{file}.keras'), and bring "
        "{file}.keras"
    ),
    "weights alone": (
        "the weights of a network without its layers. Make the network in Python as for its "
        "training, load these weights, and save it whole: model.save('{file}.keras') with Keras, "
        "torch.onnx.export(model, (images,), '{file}.onnx') with PyTorch"
    ),
    "hdf5": (
        "an HDF5 file, but no model of Keras. Expected a model, as an .onnx, .keras or .skops file"
    ),
    "tflite": (
        "a model of TensorFlow Lite, which is not opened here. Export it to ONNX: python -m "
        "tf2onnx.convert --tflite {path} --output {file}.onnx, and bring {file}.onnx"
    ),
    "frozen graph": (
        "a graph of TensorFlow, which is not opened here. If it is the saved_model.pb of a "
        "SavedModel, export its folder to ONNX: python -m tf2onnx.convert --saved-model {folder} "
        "--output model.onnx, and bring model.onnx"
    ),
    "saved model": (
        "a folder, a SavedModel of TensorFlow, which is not opened here. Export it to ONNX: python "
        "-m tf2onnx.convert --saved-model {path} --output {path}.onnx, and bring {path}.onnx"
    ),
    "unpacked keras": (
        "a folder, an unpacked .keras file. Pack config.json, metadata.json and model.weights.h5 "
        "into a zip archive {path}.keras, without the folder, and bring that"
    ),
    "folder": "a folder; expected a file{models}",
}
KERAS_2 = (
    "Export it to ONNX with its own Keras: pip install tf_keras tf2onnx, then in Python "
    "tf2onnx.convert.from_keras(tf_keras.models.load_model('{path}', compile=False), "
    "output_path='{file}.onnx'), and bring {file}.onnx"
)


def files_of(model: Mapping[str, Any]) -> list[str]:
    """Files of a brought model, from its block of the configuration.

    The first is the model's own file; the weights that PyTorch writes to a second file follow. A
    Python model has one if its module lies in the current folder, a server has none.
    """
    if "source" in model:
        source, weights = str(model["source"]), external_data(model["source"])
        return [source, str(weights)] if weights.is_file() else [source]
    if "python" in model:
        place = Path(*model["python"].split(":")[0].split("."))
        candidates = place / "__init__.py", place.with_name(f"{place.name}.py")
        return [str(path) for path in candidates if path.is_file()][:1]
    return []


def model_origin(model: Mapping[str, Any]) -> dict[str, Any]:
    """The origin of a brought model: its name, the SHA-256 of its files, and its seed and fold.

    `model` is its block of the configuration.
    """
    own, *others = files_of(model) or [None]
    source = (
        Path(model["source"]).name if "source" in model else model.get("python", model.get("http"))
    )
    origin = {"source": source, "sha256": own and sha256(own), "seed": 0, "fold": "all"}
    if others:
        origin["external_data"] = {Path(file).name: sha256(file) for file in others}
    return origin


def is_keras_file(model: Mapping[str, Any]) -> bool:
    """Whether a model is brought as a Keras file."""
    return str(model.get("source")).lower().endswith(".keras")


def external_data(path: Path | str) -> Path:
    """The only other file that may hold the weights of an ONNX model; the name is PyTorch's."""
    path = Path(path)
    return path.with_name(f"{path.name}.data")


def check_model_file(path: Path | str) -> None:
    """Raise InputError unless a file exists, has a known format and holds no code.

    The message says what the file is and how to make one of it that can be brought.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(
            f"model {path}: expected a file{_models_in(path.parent)}, and there is "
            f"{place_of(path)}; a path in the configuration is relative to the folder of the run "
            "(--directory)"
        )
    kind = _kind_of_folder(path) if path.is_dir() else _kind_of_file(path)
    if kind:
        raise InputError(f"model {path} is {_words(kind, path)}")
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"model {path}: the suffix {path.suffix!r} is not known; expected one of "
            f"{', '.join(SUFFIXES)}, or in place of a file python: package.module:function or "
            "http: URL"
        )


def export_from_keras_2(path: Path | str) -> str:
    """How to make an ONNX file of a file of Keras 2, in words."""
    return KERAS_2.format(path=path, file=Path(path).with_suffix(""))


def _words(kind: str, path: Path) -> str:
    """A text of `FOREIGN`, filled in."""
    return FOREIGN[kind].format(
        path=path,
        file=path.with_suffix(""),
        folder=path.parent,
        version=keras_version(path) if kind.startswith("keras") else "",
        keras_2=export_from_keras_2(path),
        models=_models_in(path),
    )


def _kind_of_folder(path: Path) -> str:
    names = {file.name for file in path.iterdir()}
    if "saved_model.pb" in names:
        return "saved model"
    return "unpacked keras" if {"config.json", "model.weights.h5"} <= names else "folder"


def _models_in(path: Path) -> str:
    """The models in a folder, for a message."""
    files = sorted(path.iterdir()) if path.is_dir() else []
    found = [str(file) for file in files if file.suffix.lower() in SUFFIXES]
    return f", such as {found[0]}" if found else ""


def _kind_of_file(path: Path) -> str | None:
    """A key of `FOREIGN`, by the content of a file or its suffix; None if it is neither."""
    with open(path, "rb") as file:
        start = file.read(len(OLD_TORCH))
    if start == OLD_TORCH:
        return "torch"
    if start.startswith(PICKLE_PROTOCOLS):
        return "pickle"
    if start.startswith(HDF5):
        return _kind_of_hdf5(path)
    if start[4:8] == TFLITE:
        return "tflite"
    if start.startswith(ZIP) and zipfile.is_zipfile(path):
        return _kind_of_zip(path) or FOREIGN_SUFFIXES.get(path.suffix.lower())
    return FOREIGN_SUFFIXES.get(path.suffix.lower())


def _kind_of_zip(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = [name.split("/") for name in archive.namelist()]
    except (zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise InputError(
            f"model {path}: its zip container is damaged ({error}); copy the file again"
        ) from error
    if any("models" in names and names[-1] == "model.json" for names in parts):
        return "torch program"
    return "torch" if any(names[-1].endswith(".pkl") for names in parts) else None


def _kind_of_hdf5(path: Path) -> str:
    try:
        with h5py.File(path) as file:
            if "model_config" in file.attrs:
                return "keras 3" if keras_version(path).startswith("3") else "keras 2"
            weights = "layer_names" in file.attrs or {"layers", "vars"} <= set(file)
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(
            f"model {path}: found an HDF5 file, which is damaged; copy the file again"
        ) from error
    return "weights alone" if weights else "hdf5"


def keras_version(path: Path) -> str:
    """The version of Keras that an HDF5 file of a model states."""
    with h5py.File(path) as file:
        version = file.attrs.get("keras_version", "2 or before")
    return version.decode() if isinstance(version, bytes) else str(version)
