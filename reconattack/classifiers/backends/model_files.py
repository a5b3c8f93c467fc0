"""The files of brought models: where they lie, and which are refused before they are opened."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconattack.errors import InputError
from reconattack.storage import sha256

SUFFIXES = (".onnx", ".keras", ".skops")
ZIP = b"PK\x03\x04"
HDF5 = b"\x89HDF\r\n\x1a\n"
PICKLE_PROTOCOLS = tuple(bytes([0x80, version]) for version in range(2, 6))
SAVE_AS = {
    "a pickle": "scikit-learn models with skops.io.dump(model, 'model.skops'), networks as ONNX",
    "a PyTorch file, which is a pickle": "torch.onnx.export(model, images, 'model.onnx')",
    "a Keras file of the old HDF5 format, which may hold code": (
        "keras.models.load_model('model.h5').save('model.keras')"
    ),
}
CODE_FORMATS = {
    ".pkl": "a pickle",
    ".pickle": "a pickle",
    ".joblib": "a pickle",
    ".pt": "a PyTorch file, which is a pickle",
    ".pth": "a PyTorch file, which is a pickle",
    ".h5": "a Keras file of the old HDF5 format, which may hold code",
    ".hdf5": "a Keras file of the old HDF5 format, which may hold code",
}


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
    """Raise InputError unless a file exists, has a known format and holds no code."""
    path = Path(path)
    if not path.is_file():
        raise InputError(f"model {path}: no such file")
    code = _code_inside(path) or CODE_FORMATS.get(path.suffix.lower())
    if code:
        raise InputError(
            f"model {path} is {code}: opening it could run any code, so it is refused. Where you "
            f"trust it, save it again: {SAVE_AS[code]}"
        )
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"model {path}: the suffix {path.suffix!r} is not known; expected one of "
            f"{', '.join(SUFFIXES)}, or in place of a file python: package.module:function or "
            "http: URL"
        )


def _code_inside(path: Path) -> str | None:
    """The format of a file with code in it, recognised by its content; None if it is another."""
    with open(path, "rb") as file:
        start = file.read(len(HDF5))
    if start.startswith(PICKLE_PROTOCOLS):
        return "a pickle"
    if start == HDF5:
        return "a Keras file of the old HDF5 format, which may hold code"
    if start.startswith(ZIP) and zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                pickles = [name for name in archive.namelist() if name.endswith(".pkl")]
        except (zipfile.BadZipFile, UnicodeDecodeError) as error:
            raise InputError(
                f"model {path}: its zip container is damaged ({error}); copy the file again"
            ) from error
        return "a PyTorch file, which is a pickle" if pickles else None
    return None
