"""A trained network on disk: `.keras` and ONNX, both the same bits whenever they are written."""

import json
import zipfile
from pathlib import Path

import keras
import onnx

from reconattack.storage import replacing

ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def save_network(network: keras.Model, path: Path | str) -> None:
    """Write a `.keras` file without the time at which it was written.

    The network must not be compiled: an optimizer's state would be saved with it.
    """
    with replacing(path) as temporary:
        network.save(temporary)
        _drop_times(temporary)


def export_network(network: keras.Model, path: Path | str) -> None:
    """Write a network as ONNX: input `image`, outputs `logit` and `probability`, any batch size."""
    signature = keras.InputSpec(shape=network.input_shape, dtype="float32", name="image")
    with replacing(path) as temporary:
        network.export(temporary, format="onnx", input_signature=[signature], verbose=False)
        graph = onnx.load(temporary)
        for value in (*graph.graph.input, *graph.graph.output):
            value.type.tensor_type.shape.dim[0].dim_param = "batch"
        onnx.save(graph, temporary)


def _drop_times(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in sorted(archive.namelist())}
    metadata = json.loads(members["metadata.json"])
    del metadata["date_saved"]
    members["metadata.json"] = json.dumps(metadata).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, ZIP_EPOCH), content)
