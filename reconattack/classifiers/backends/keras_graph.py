"""The calculation of a Keras network as an ONNX model, with weights and constants as numbers."""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, MutableSet, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx
from tf2onnx import tf_loader
from tf2onnx.graph import Graph
from tf2onnx.optimizer import back_to_back_optimizer, optimize_graph, transpose_optimizer
from tf2onnx.tfonnx import process_tf_graph

from reconattack.errors import InputError

log = logging.getLogger(__name__)

WORKAROUND = (
    "replace what needs it and save the model again, or export the model to ONNX with a tool of "
    "your own and bring that"
)


def onnx_model(network: keras.Model, inputs: Sequence[str]) -> onnx.ModelProto:
    """A network in inference mode as an ONNX model.

    Parameters
    ----------
    network
        The Keras model.
    inputs
        Names of its inputs in the ONNX model. The outputs get the names that Keras has for them.

    Raises
    ------
    InputError
        If the network cannot be run, or a layer has no form in ONNX; the message names the layer.
    """
    calculation = _inference(network, inputs)
    # tf2onnx.convert.from_function, and with it Keras, takes constants of layers for inputs.
    constants = {value.name for _, value in calculation.graph.captures}
    taken = [value.name for value in calculation.inputs if value.name not in constants]
    given = [value.name for value in calculation.outputs]
    with tf.device("/cpu:0"):
        frozen = tf_loader.from_function(calculation, taken, given)
    model = _converted(frozen, taken, given)
    unknown = [node for node in model.graph.node if not onnx.defs.has(node.op_type, node.domain)]
    if unknown:
        kinds = ", ".join(sorted({node.op_type for node in unknown}))
        where = _layers_of(network, [node.name for node in unknown])
        raise InputError(f"ONNX has no form of {kinds}, which {where} needs: {WORKAROUND}")
    outputs = _output_names(network, calculation.structured_outputs, inputs)
    rename(model.graph, dict(zip([*taken, *given], [*inputs, *outputs], strict=True)))
    return model


def rename(graph: onnx.GraphProto, names: Mapping[str, str]) -> None:
    """Rename tensors of a graph, also where graphs inside its nodes use them."""
    for value in (*graph.input, *graph.output, *graph.initializer):
        value.name = names.get(value.name, value.name)
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
        for inner in inner_graphs(node):
            rename(inner, names)


def inner_graphs(node: onnx.NodeProto) -> list[onnx.GraphProto]:
    """The graphs in the attributes of a node: the body of a loop, the branches of a condition."""
    return [attribute.g for attribute in node.attribute if attribute.HasField("g")]


def _inference(network: keras.Model, names: Sequence[str]) -> Any:
    """The traced function; in the one that Keras exports, layers for augmentation are at work."""
    signature = [
        tf.TensorSpec(value.shape, value.dtype, name)
        for value, name in zip(network.inputs, names, strict=True)
    ]

    @tf.function(input_signature=signature, autograph=False)
    def calculation(*values):
        return network(list(values) if len(values) > 1 else values[0], training=False)

    try:
        with _inlined():
            return calculation.get_concrete_function()
    except Exception as error:  # every layer has its own
        log.info("Keras says: %s", error)
        raise InputError(
            f"Keras {keras.__version__} cannot run it for images of shape "
            f"{list(network.inputs[0].shape[1:])}, though it can load it. Expected a model whose "
            "predict works on such images"
        ) from error


def _converted(frozen: Any, taken: Sequence[str], given: Sequence[str]) -> onnx.ModelProto:
    """A frozen graph as an ONNX model.

    `tf2onnx.convert.from_graph_def` freezes the graph a second time, for nothing. It also copies
    the whole network before each of its optimisations, so that it can do without one that fails.
    The copies take time and memory, so they are made here only after one has failed.
    """
    with tf.device("/cpu:0"), tf.Graph().as_default():
        optimised = tf_loader.tf_optimize(taken, given, frozen)

    def convert(catch_errors):
        with tf.Graph().as_default() as graph:
            tf.import_graph_def(optimised, name="")
            converted = process_tf_graph(
                graph,
                continue_on_error=True,
                input_names=taken,
                output_names=given,
                custom_op_handlers={kind: (handler, []) for kind, handler in HANDLERS.items()},
            )
            return optimize_graph(converted, catch_errors).make_model("converted from unknown")

    try:
        with _sets_in_order(), _weights_written_once():
            return convert(catch_errors=False)
    except Exception as error:  # every optimisation has its own
        log.info("converted again, without what fails: %s", error)
        with _sets_in_order():
            return convert(catch_errors=True)


@contextmanager
def _sets_in_order() -> Iterator[None]:
    """Keep the sets of tf2onnx in the order in which they were filled.

    Its optimisations go through sets of names, whose order differs between Python processes, and
    what they find depends on it: one file of ConvNeXtTiny had a Reshape more than the next.
    """
    modules = (tf2onnx.graph, back_to_back_optimizer, transpose_optimizer)
    for module in modules:
        module.set = InOrder
    try:
        yield
    finally:
        for module in modules:
            del module.set


class InOrder(MutableSet):
    """A set that is gone through in the order in which it was filled."""

    def __init__(self, values: Iterable = ()) -> None:
        self._values = dict.fromkeys(values)

    def __contains__(self, value: Any) -> bool:
        return value in self._values

    def __iter__(self) -> Iterator:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def add(self, value: Any) -> None:
        """Put a value behind the others, if it is not among them."""
        self._values[value] = None

    def discard(self, value: Any) -> None:
        """Take a value out, if it is there."""
        self._values.pop(value, None)

    def issubset(self, other: "InOrder") -> bool:
        """Whether all values are in another set."""
        return self <= other

    def union(self, other: "InOrder") -> "InOrder":
        """These values, then those of another set."""
        return self | other


@contextmanager
def _weights_written_once() -> Iterator[None]:
    """Keep tf2onnx from writing all weights into its nodes' messages after each optimisation.

    It reads the messages only when it makes the model of them, and then writes them first. The
    other copies took a third of the time of an export.
    """
    write, make, making = Graph.update_proto, Graph.make_graph, []

    def write_if_needed(graph, storage=None):
        if making:
            write(graph, storage)

    def make_graph(graph, *arguments, **options):
        making.append(graph)
        try:
            return make(graph, *arguments, **options)
        finally:
            making.pop()

    Graph.update_proto, Graph.make_graph = write_if_needed, make_graph
    try:
        yield
    finally:
        Graph.update_proto, Graph.make_graph = write, make


@contextmanager
def _inlined() -> Iterator[None]:
    """Trace the functions inside layers as part of the network.

    Keras compiles grouped convolutions, which would otherwise stay calls of a function.
    """
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)


def _erfc(graph, node, name, arguments) -> None:
    """1 - erf(x), in an exact GELU."""
    node.type = "Erf"
    _combine(graph, node, lambda one, erf: [one, erf])


def _expm1(graph, node, name, arguments) -> None:
    """exp(x) - 1, in CELU."""
    node.type = "Exp"
    _combine(graph, node, lambda one, exponential: [exponential, one])


HANDLERS = {"Erfc": _erfc, "Expm1": _expm1}  # operations of TensorFlow that tf2onnx does not know


def _combine(graph, node, order) -> None:
    """Put the difference of a node's output and 1 behind the node, in the given order."""
    shapes, types = node.output_shapes, node.output_dtypes
    one = np.ones((), tf2onnx.utils.map_onnx_to_numpy_type(types[0]))
    constant = graph.make_const(tf2onnx.utils.make_name(node.name), one)
    parts = order(constant.output[0], node.output[0])
    difference = graph.make_node("Sub", parts, shapes=shapes, dtypes=types)
    graph.insert_node_on_output(difference, node.output[0])


def _layers_of(network: keras.Model, operations: Iterable[str]) -> str:
    """The layers that operations of TensorFlow belong to, for a message.

    TensorFlow names an operation by the layers around it, each perhaps with a number behind it.
    """
    kinds = {layer.name: type(layer).__name__ for layer in _all_layers(network)}
    found = []
    for operation in operations:
        names = [
            name
            for part in operation.split("/")
            for name in (re.sub(r"_\d+$", "", part), part)
            if name in kinds
        ]
        found.append(f"its layer {names[-1]} ({kinds[names[-1]]})" if names else "the network")
    return " and ".join(dict.fromkeys(found))


def _all_layers(network: keras.Model) -> Iterator[keras.layers.Layer]:
    for layer in network.layers:
        yield layer
        if isinstance(layer, keras.Model):
            yield from _all_layers(layer)


def _output_names(network: keras.Model, structure: Any, taken: Sequence[str]) -> list[str]:
    """Names of the flattened outputs: keys of a dict, or the layers that give them."""
    count = len(tf.nest.flatten(structure))
    if isinstance(structure, Mapping) and len(structure) == count:
        return sorted(structure)
    last = [network.layers[-1].name]
    names = last if isinstance(network, keras.Sequential) else network.output_names
    distinct = len({*names, *taken}) == count + len(taken)
    return list(names) if distinct else [f"output_{number}" for number in range(count)]
