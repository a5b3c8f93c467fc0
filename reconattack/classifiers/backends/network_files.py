"""Trained networks on disk, as `.keras` and ONNX: the same bits each time they are written."""

import gc
import itertools
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras
import onnx

from reconattack.classifiers.backends.keras_graph import inner_graphs, onnx_model, rename
from reconattack.storage import replacing

INPUTS = ("image", "parameters")
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def save_network(network: keras.Model, path: Path | str) -> None:
    """Write a `.keras` file without the time of writing and without memory addresses.

    The network must not be compiled: the state of the optimizer would be saved with it.
    """
    with replacing(path) as temporary:
        network.save(temporary)
        _drop_times_and_addresses(temporary)


def export_network(
    network: keras.Model, path: Path | str, takes: str = "image", decision: str | None = None
) -> None:
    """Write a network as ONNX, for any batch size unless the network has a fixed one.

    Parameters
    ----------
    network
        The Keras model; its outputs keep their names.
    path
        The `.onnx` file. Its inputs are `image` and, if the network has two, `parameters`.
    takes
        The view that the network takes, written into the metadata.
    decision
        Kind of the decision of a network that was trained here, written into the metadata too; None
        for a binary one, or one of another origin.

    Raises
    ------
    InputError
        If a layer draws random numbers in inference mode, or has no form in ONNX.
    """
    with _eager_collection():
        model = onnx_model(network, INPUTS[: len(network.inputs)])
    if network.inputs[0].shape[0] is None:
        for value in (*model.graph.input, *model.graph.output):
            value.type.tensor_type.shape.dim[0].dim_param = "batch"
    kind = {} if decision is None else {"decision": decision}
    onnx.helper.set_model_props(model, {"takes": takes} | kind)
    model.graph.doc_string = ""
    _put_in_order(model.graph)
    onnx.checker.check_model(model)
    with replacing(path) as temporary:
        onnx.save(model, temporary)


@contextmanager
def _eager_collection() -> Iterator[None]:
    """Exclude all earlier objects from garbage collection during the block.

    Where tf2onnx copies the whole network (`keras_graph`), the copies are too few among
    TensorFlow's objects to trigger a collection: those of InceptionResNetV2 grow to 13 GiB.
    """
    gc.collect()
    gc.freeze()
    gc.collect()
    try:
        yield
    finally:
        gc.unfreeze()


def _drop_times_and_addresses(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in sorted(archive.namelist())}
    metadata = json.loads(members["metadata.json"])
    del metadata["date_saved"]
    members["metadata.json"] = json.dumps(metadata).encode()
    members["config.json"] = _renumbered(members["config.json"].decode()).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, ZIP_EPOCH), content)


def _renumbered(configuration: str) -> str:
    """Keras names a shared object by its memory address; replace the addresses by numbers."""
    numbers = defaultdict(itertools.count(1).__next__)
    return re.sub(r'("shared_object_id": )(\d+)', lambda m: f"{m[1]}{numbers[m[2]]}", configuration)


def _put_in_order(graph: onnx.GraphProto) -> None:
    """Sort and name nodes and constants in the order in which the outputs need them.

    tf2onnx iterates over sets of names, whose order differs between Python processes.
    """
    makers = {name: node for node in graph.node for name in node.output}
    constants = {constant.name: constant for constant in graph.initializer}
    nodes, used = _needed(graph, makers)
    kept = {value.name: value.name for value in (*graph.input, *graph.output)}
    names = kept | {
        name: f"tensor_{number}"
        for number, name in enumerate(name for name in used if name and name not in kept)
    }
    ordered = [constants[name] for name in used if name in constants]
    rename(graph, names)
    for number, node in enumerate(nodes):
        node.name = f"node_{number}"
    for field, values in ((graph.node, nodes), (graph.initializer, ordered)):
        copies = [type(value).FromString(value.SerializeToString()) for value in values]
        del field[:]
        field.extend(copies)
    del graph.value_info[:]


def _needed(
    graph: onnx.GraphProto, makers: dict[str, onnx.NodeProto]
) -> tuple[list[onnx.NodeProto], list[str]]:
    """Nodes that the outputs need, in topological order, and the tensors in order of their use."""
    nodes, used, seen = [], {}, set()
    waiting = [(value.name, False) for value in reversed(graph.output)]
    while waiting:
        name, ready = waiting.pop()
        node = makers.get(name)
        if node is None or ready:
            used.setdefault(name)
            if node is not None and id(node) not in seen:
                seen.add(id(node))
                nodes.append(node)
                used.update(dict.fromkeys(node.output))
        elif name not in used:
            waiting.append((name, True))
            waiting += [(needed, False) for needed in reversed([*node.input, *_inner_uses(node)])]
    return nodes, list(used)


def _inner_uses(node: onnx.NodeProto) -> list[str]:
    """Tensors from outside that the graphs inside a node use."""
    uses = []
    for graph in inner_graphs(node):
        own = {value.name for value in (*graph.input, *graph.initializer)}
        own |= {name for inner in graph.node for name in inner.output}
        for inner in graph.node:
            uses += [name for name in (*inner.input, *_inner_uses(inner)) if name not in own]
    return list(dict.fromkeys(uses))
