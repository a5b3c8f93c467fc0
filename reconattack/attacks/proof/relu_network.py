"""A network of affine layers and rectifiers, read from an ONNX file for a proof.

Everything between two rectifiers is one affine layer, whose matrix is formed from the operators of
the file. The product of the absolute matrices of these operators, with the number of roundings on
the way, bounds what float32 arithmetic may change in whatever order sums are formed (Higham 2002,
Accuracy and Stability of Numerical Algorithms, section 3.1).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import onnx
from numpy.lib.stride_tricks import sliding_window_view
from onnx import numpy_helper
from scipy.sparse import block_diag, csr_array, diags_array, eye_array, hstack

from reconattack.classifiers.backends.onnx_classifier import PARAMETERS, OnnxClassifier
from reconattack.classifiers.backends.onnx_runtime import load_onnxruntime
from reconattack.classifiers.output import Output
from reconattack.errors import InputError
from reconattack.reconstruction.parameters import PAPER_PARAMETERS

MOST_WEIGHTS = 20_000_000  # of an operator; more would not fit a job's memory
SAME = ("Identity", "Cast", "Dropout", "Reshape", "Flatten", "Squeeze", "Unsqueeze")
TOLD = len(PAPER_PARAMETERS)  # numbers of the setting that a network is told


@dataclass(frozen=True)
class Operator:
    """One affine operation on a flat tensor: weights @ input + bias.

    Attributes
    ----------
    weights
        float64 (out, in), sparse.
    bias
        float64 (out,).
    roundings
        float32 operations in an output, at most.
    size
        Sum of the absolute values that the bias is computed from, (out,); None if it is one number.
    takes_setting
        Whether the last `TOLD` columns of the weights are those of the told setting.
    """

    weights: csr_array
    bias: np.ndarray
    roundings: int
    size: np.ndarray | None = None
    takes_setting: bool = False


@dataclass(frozen=True)
class Layer:
    """All operations between two rectifiers.

    Attributes
    ----------
    weights, bias
        float64 (out, in) sparse, (out,): what they do together.
    magnitude, magnitude_bias
        The same of absolute values, without cancellation.
    roundings
        float32 operations on the way from an input to an output, at most.
    """

    weights: csr_array
    bias: np.ndarray
    magnitude: csr_array
    magnitude_bias: np.ndarray
    roundings: int


@dataclass(frozen=True)
class ReluNetwork:
    """A network for a proof: inputs that are weighted means of pixels, then layers.

    Attributes
    ----------
    entry
        From the flat, resized image to the inputs: not negative, so that bounds of pixels carry
        over.
    layers
        The layers with a rectifier behind each but the last. Its one output is the logit of the
        positive class; a model of another decision has an output for each class, or the number.
    gives_probability
        Whether the file gives a probability, from which the logit is computed.
    told
        How many numbers of the setting the first layer takes behind the inputs.
    """

    entry: Layer
    layers: tuple[Layer, ...]
    gives_probability: bool
    told: int = 0

    def combined(self, row: np.ndarray) -> "ReluNetwork":
        """The network whose one output is a weighted sum of the outputs, `row` (output,)."""
        last, weights = self.layers[-1], csr_array(np.asarray(row, float)[np.newaxis])
        joined_to = Layer(
            csr_array(weights @ last.weights),
            weights @ last.bias,
            csr_array(abs(weights) @ last.magnitude),
            abs(weights) @ last.magnitude_bias,
            last.roundings + 1,
        )
        return replace(self, layers=(*self.layers[:-1], joined_to))

    def logits(self, images: np.ndarray, settings: np.ndarray | None = None) -> np.ndarray:
        """Logits in float64 for resized images, (n, height, width), and told settings, (n, 3)."""
        values = self.entry.weights @ images.reshape(len(images), -1).T.astype(float)
        values += self.entry.bias[:, np.newaxis]
        if settings is not None:
            values = np.concatenate([values, np.asarray(settings, float).T])
        for number, layer in enumerate(self.layers):
            if number:
                values = np.maximum(values, 0)
            values = layer.weights @ values + layer.bias[:, np.newaxis]
        return values[0]


def joined(operators: Sequence[Operator], inputs: int) -> Layer:
    """Operations one after the other as one layer."""
    weights = magnitude = csr_array(eye_array(inputs))
    bias = magnitude_bias = np.zeros(inputs)
    for operator in operators:
        absolute = abs(operator.weights)
        weights, bias = operator.weights @ weights, operator.weights @ bias + operator.bias
        magnitude = absolute @ magnitude
        size = np.abs(operator.bias) if operator.size is None else operator.size
        magnitude_bias = absolute @ magnitude_bias + size
    roundings = sum(operator.roundings for operator in operators)
    return Layer(csr_array(weights), bias, csr_array(magnitude), magnitude_bias, roundings)


def read_network(path: str, classifier: OnnxClassifier) -> ReluNetwork:
    """The network of an ONNX file, as the classifier uses it.

    Raises
    ------
    InputError
        If it holds an operator of which no bound is known; the message names it.
    """
    try:
        return _Reader(onnx.load(path), classifier).network()
    except InputError as error:
        raise InputError(f"model {path} cannot be proved: {error}") from error


class _Reader:
    """Goes along the one path from the image to the logit and collects its operations."""

    def __init__(self, model: onnx.ModelProto, classifier: OnnxClassifier) -> None:
        self._graph = model.graph
        self._found = classifier.found
        self._size = classifier.network_input.height, classifier.network_input.width
        self._output = classifier.output
        self._told = _Told([PARAMETERS] if classifier.takes == "image+parameters" else [])
        self._values = _values_for_black(model, self._found, self._size, self._told.names)

    def network(self) -> ReluNetwork:
        wanted, last = self._head()
        sections = self._sections(wanted)
        inputs = self._size[0] * self._size[1]
        sections[-1].append(self._to_logit())
        cut = _entry_length(sections[0], inputs)
        entry = joined(sections[0][:cut], inputs)
        sections[0], told = _beside_setting(sections[0][cut:])
        layers, width = [], entry.weights.shape[0] + told
        for section in sections:
            layers.append(joined(section, width))
            width = layers[-1].weights.shape[0]
        return ReluNetwork(entry, tuple(layers), bool(last), told)

    def _head(self) -> tuple[str, str]:
        """The tensor that a proof ends at, and the last operation behind it, if any."""
        name, form = self._found["output_name"], self._output.form
        ends = {"probability": "Sigmoid", "probabilities": "Softmax"}
        if form not in ends:
            return name, ""
        for node in self._graph.node:
            if name in node.output and node.op_type == ends[form]:
                return node.input[0], node.op_type
        raise InputError(f"its output {name} is a {form}; expected one that {ends[form]} makes")

    def _sections(self, wanted: str) -> list[list[Operator]]:
        """Operations up to the wanted tensor, a list for each layer."""
        current, sections = self._found["input_name"], [self._input_operators()]
        on_path = {current}
        for node in self._graph.node:
            taken = [name for name in node.input if name in on_path]
            if not taken and self._told.is_in(node):
                self._told.follow(node, self._values)
            if not taken or node.op_type == "Shape":
                continue
            if current == wanted:
                break
            if taken != [current]:
                raise InputError(
                    f"its {node.op_type} {node.name} joins two ways through the network; expected "
                    "one operation after the other"
                )
            if self._told.is_in(node):
                sections[-1].append(self._told.joined_to(node, current, self._values))
            elif node.op_type == "Relu":
                sections.append([])
            elif node.op_type not in SAME:
                sections[-1].append(self._operator(node, current))
            elif self._values[node.output[0]].dtype not in (np.float32, np.float64):
                raise InputError(
                    f"its {node.op_type} {node.name} gives {self._values[node.output[0]].dtype}; "
                    "expected float32"
                )
            current = node.output[0]
            on_path.add(current)
        if current != wanted:
            raise InputError(f"its output {wanted} is not reached from the image")
        return sections

    def _operator(self, node: onnx.NodeProto, current: str) -> Operator:
        if node.op_type not in OPERATORS:
            raise InputError(
                f"no bounds are known for its operator {node.op_type} ({node.name or 'no name'}); "
                f"expected {', '.join(sorted({*OPERATORS, *SAME, 'Relu', 'Sigmoid', 'Softmax'}))}"
            )
        return OPERATORS[node.op_type](_Node(node, current, self._values))

    def _input_operators(self) -> list[Operator]:
        """What is done to a resized image before the file's own operations."""
        found = self._found
        if found["input_type"] != "float32":
            raise InputError(f"its input is {found['input_type']}; expected float32")
        pixels, channels = self._size[0] * self._size[1], found["channels"]
        index = np.broadcast_to(np.arange(pixels)[:, np.newaxis], (pixels, channels))
        channel = np.broadcast_to(np.arange(channels), index.shape)
        if found["layout"] == "nchw":
            index, channel = index.T, channel.T
        scaling = found["scaling"]
        mean, std = (
            np.broadcast_to(np.float32(scaling[name]), channels)[channel.ravel()].astype(float)
            for name in ("mean", "std")
        )
        divide = float(np.float32(scaling["divide"]))
        plain = divide == 1 and not mean.any() and (std == 1).all()
        rows = np.arange(index.size)
        weights = csr_array((1 / (divide * std), (rows, index.ravel())), shape=(index.size, pixels))
        return [Operator(weights, -mean / std, 0 if plain else 3)]

    def _to_logit(self) -> Operator:
        """From the outputs of the network to the logit of the positive class, or to all of them."""
        if not isinstance(self._output, Output):
            return Operator(
                csr_array(np.eye(self._output.columns)), np.zeros(self._output.columns), 0
            )
        sign = 1.0 if self._output.positive_class == 1 else -1.0
        two = self._output.form in ("logits", "probabilities")
        weights = np.array([[-sign, sign]] if two else [[sign]])
        return Operator(csr_array(weights), np.zeros(1), 1 if two else 0)


class _Told:
    """The tensors of a file that depend on the told setting alone, as affine functions of it.

    Each is an array with the tensor's shape and one more axis: the factors of the setting's
    numbers, a constant, and the sum of the absolute values that the constant is computed from.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self._forms = {name: np.eye(TOLD, TOLD + 2)[np.newaxis] for name in names}
        self._roundings = 1  # of the setting itself, to float32

    def is_in(self, node: onnx.NodeProto) -> bool:
        """Whether an operation takes a tensor that depends on the setting."""
        return any(name in self._forms for name in node.input)

    def follow(self, node: onnx.NodeProto, values: Mapping[str, Any]) -> None:
        """Find what an operation gives that takes nothing of the image."""
        name, *more = (name for name in node.input if name in self._forms)
        form, after = self._forms[name], values[node.output[0]].shape
        others = [np.asarray(values[other]) for other in node.input if other and other != name]
        kind = "" if more else node.op_type
        if kind in ("Reshape", "Unsqueeze", "Squeeze", "Flatten", "Identity"):
            found = form.reshape(*after, TOLD + 2)
        elif kind == "Tile":
            found = np.tile(form, (*others[0].tolist(), 1))
        elif kind == "Transpose":
            order = _Node(node, name, values).get("perm")
            found = form.transpose(*order, form.ndim - 1)
        elif kind == "Mul":
            factor = others[0].astype(float)[..., np.newaxis]
            found = np.broadcast_to(form, (*after, TOLD + 2)) * factor
            found[..., -1] = np.abs(found[..., -1])
            self._roundings += 1
        elif kind == "Add":
            found = np.broadcast_to(form, (*after, TOLD + 2)).copy()
            found[..., -2] += others[0]
            found[..., -1] += np.abs(others[0])
            self._roundings += 1
        else:
            raise InputError(
                f"no bounds are known for its operator {node.op_type} ({node.name or 'no name'}) "
                "on the setting; expected Add, Mul, Reshape, Tile, Transpose or Unsqueeze"
            )
        self._forms[node.output[0]] = found

    def joined_to(self, node: onnx.NodeProto, current: str, values: Mapping[str, Any]) -> Operator:
        """The image's tensor and such tensors, joined by a Concat, as one operation."""
        if node.op_type != "Concat":
            raise InputError(
                f"its {node.op_type} {node.name} joins image and setting; expected a Concat"
            )
        index = np.arange(values[current].size).reshape(values[current].shape)
        pixels, forms = [], []
        for name in node.input:
            is_image, shape = name == current, values[name].shape
            if not is_image and name not in self._forms:
                raise InputError(f"its Concat {node.name} joins {name}; expected the setting")
            pixels.append(index if is_image else np.full(shape, -1))
            forms.append(np.zeros((*shape, TOLD + 2)) if is_image else self._forms[name])
        axis = _Node(node, current, values).get("axis") % index.ndim
        chosen = _chosen(np.concatenate(pixels, axis), index.size)
        form = np.concatenate(forms, axis).reshape(-1, TOLD + 2)
        weights = csr_array(hstack([chosen, csr_array(form[:, :TOLD])]))
        return Operator(weights, form[:, -2], self._roundings, form[:, -1], takes_setting=True)


def _beside_setting(operators: Sequence[Operator]) -> tuple[list[Operator], int]:
    """Operations of the first layer with the told setting behind the inputs, and its numbers."""
    places = [number for number, one in enumerate(operators) if one.takes_setting]
    if not places:
        return list(operators), 0
    if len(places) > 1:
        raise InputError("it joins image and setting more than once; expected one Concat")
    beside = [
        Operator(
            csr_array(block_diag([one.weights, eye_array(TOLD)])),
            np.concatenate([one.bias, np.zeros(TOLD)]),
            one.roundings,
            None if one.size is None else np.concatenate([one.size, np.zeros(TOLD)]),
        )
        for one in operators[: places[0]]
    ]
    return [*beside, *operators[places[0] :]], TOLD


class _Node:
    """A node on the path: the shapes around it, its attributes and its constants."""

    def __init__(self, node: onnx.NodeProto, current: str, values: Mapping[str, Any]) -> None:
        self.name = node.name
        self.kind = node.op_type
        self.before = values[current].shape
        self.after = values[node.output[0]].shape
        self.place = list(node.input).index(current)
        self.constants = [
            None if name == current or not name else np.asarray(values[name], float)
            for name in node.input
        ]
        self._attributes = {
            attribute.name: onnx.helper.get_attribute_value(attribute)
            for attribute in node.attribute
        }

    def get(self, name: str, default: Any = None) -> Any:
        return self._attributes.get(name, default)

    def constant(self, place: int, default: Any = None) -> Any:
        given = self.constants[place] if place < len(self.constants) else None
        return default if given is None else given

    def refuse(self, why: str) -> None:
        raise InputError(f"its {self.kind} {self.name} {why}")

    @property
    def index(self) -> np.ndarray:
        """Flat positions of the elements before the node, in their shape."""
        return np.arange(int(np.prod(self.before))).reshape(self.before)


def _values_for_black(
    model: onnx.ModelProto, found: Mapping[str, Any], size: tuple[int, int], told: Sequence[str]
) -> dict[str, np.ndarray]:
    """Every tensor of a network for a black image: shapes, and all that is constant."""
    onnxruntime = load_onnxruntime()

    whole = onnx.ModelProto()
    whole.CopyFrom(model)
    known = {value.name for value in whole.graph.output}
    for node in whole.graph.node:
        for name in node.output:
            if name and name not in known:
                whole.graph.output.append(onnx.ValueInfoProto(name=name))
    names = [value.name for value in whole.graph.output]
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        whole.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    channels, layout = found["channels"], found["layout"]
    shapes = {
        "nchw": (channels, *size),
        "nhwc": (*size, channels),
        "nhw": size,
        "flat": (size[0] * size[1],),
    }
    black = np.zeros(
        (found["batch"] if found["batch"] != "any" else 1, *shapes[layout]), np.float32
    )
    if len(black) > 1:
        raise InputError(f"it takes batches of {len(black)} images; expected any number, or one")
    feed = {found["input_name"]: black}
    feed |= {name: np.zeros((1, TOLD), np.float32) for name in told}
    values = dict(zip(names, session.run(names, feed), strict=True)) | feed
    return values | {
        tensor.name: numpy_helper.to_array(tensor) for tensor in whole.graph.initializer
    }


def _entry_length(operators: Sequence[Operator], inputs: int) -> int:
    """How many operations lead to the fewest inputs while no weight is negative."""
    weights, best, length = csr_array(eye_array(inputs)), inputs + 1, 0
    for number, operator in enumerate(operators, 1):
        if operator.takes_setting:
            break
        if operator.weights.nnz and operator.weights.data.min() < 0:
            break
        weights = operator.weights @ weights
        if weights.shape[0] <= min(best, inputs):
            best, length = weights.shape[0], number
    return length


def _chosen(columns: np.ndarray, before: int) -> csr_array:
    """A matrix that takes one element for each output, none where its position is -1."""
    columns = columns.ravel()
    rows = np.flatnonzero(columns >= 0)
    ones = np.ones(len(rows))
    return csr_array((ones, (rows, columns[rows])), shape=(len(columns), before))


def _transposed(node: _Node) -> Operator:
    index = node.index
    order = node.get("perm") or list(range(index.ndim))[::-1]
    weights = _chosen(index.transpose(order), index.size)
    return Operator(weights, np.zeros(weights.shape[0]), 0)


def _elementwise(node: _Node) -> Operator:
    """Add, Sub, Mul or Div with a constant."""
    constant = node.constants[1 - node.place]
    constant = np.broadcast_to(constant, node.after).ravel()
    weights = _chosen(np.broadcast_to(node.index, node.after), node.index.size)
    nothing = np.zeros(len(constant))
    if node.kind == "Add":
        return Operator(weights, constant, 1)
    if node.kind == "Sub":
        sign = -1.0 if node.place else 1.0
        return Operator(csr_array(weights * sign), -sign * constant, 1)
    if node.kind == "Div" and node.place:
        node.refuse("divides by what depends on the image; expected a constant below the line")
    factors = constant if node.kind == "Mul" else 1 / constant
    return Operator(csr_array(diags_array(factors) @ weights), nothing, 1)


def _matmul(node: _Node) -> Operator:
    if node.place or node.constants[1].ndim != 2 or np.prod(node.before[:-1]) != 1:
        node.refuse("multiplies by other than a matrix from the right; expected a dense layer")
    return _dense(node.constants[1].T, np.zeros(node.constants[1].shape[1]))


def _gemm(node: _Node) -> Operator:
    if node.place or node.get("transA", 0):
        node.refuse("transposes what depends on the image; expected a dense layer")
    matrix = node.constants[1] if node.get("transB", 0) else node.constants[1].T
    bias = np.broadcast_to(node.constant(2, 0.0), node.after).ravel() * node.get("beta", 1.0)
    return _dense(matrix * node.get("alpha", 1.0), bias)


def _dense(matrix: np.ndarray, bias: np.ndarray) -> Operator:
    return Operator(csr_array(matrix), bias, matrix.shape[1] + 3)


def _convolution(node: _Node) -> Operator:
    kernels, groups = node.constants[1], node.get("group", 1)
    if kernels.ndim != 4:
        node.refuse(f"has {kernels.ndim - 2} axes; expected two")
    windows = _windows(node, kernels.shape[2:], node.get("dilations", [1, 1]))
    filters, channels = kernels.shape[:2]
    if windows[0].size * channels * filters > MOST_WEIGHTS:
        node.refuse(
            f"has {windows[0].size * channels * filters} weights in its matrix; expected at most "
            f"{MOST_WEIGHTS}"
        )
    size = windows[0, ..., 0, 0].size
    rows, columns, data = [], [], []
    for number, kernel in enumerate(kernels):
        first = number // (filters // groups) * channels
        seen = np.moveaxis(windows[first : first + channels], 0, 2)
        seen = seen.reshape(size, -1)
        rows.append(np.repeat(np.arange(size) + number * size, seen.shape[1]))
        columns.append(seen.ravel())
        data.append(np.tile(kernel.ravel(), size))
    rows, columns, data = map(np.concatenate, (rows, columns, data))
    inside = columns >= 0
    weights = csr_array(
        (data[inside], (rows[inside], columns[inside])), shape=(filters * size, node.index.size)
    )
    bias = np.repeat(node.constant(2, np.zeros(filters)), size)
    return Operator(weights, bias, kernel.size + 2)


def _average_pool(node: _Node) -> Operator:
    if node.get("ceil_mode", 0):
        node.refuse("has ceil_mode; expected none")
    windows = _windows(node, node.get("kernel_shape"), node.get("dilations", [1, 1]))
    seen = windows.reshape(int(np.prod(node.after)), -1)
    inside = seen >= 0
    counts = inside.sum(axis=1) if not node.get("count_include_pad", 0) else seen.shape[1]
    return _means(seen, inside, np.broadcast_to(counts, len(seen)), node)


def _mean(node: _Node) -> Operator:
    """GlobalAveragePool or ReduceMean."""
    axes = node.get("axes")
    if axes is None and node.constant(1) is not None:
        axes = node.constant(1).astype(int)
    if axes is None:
        axes = range(2, len(node.before)) if node.kind == "GlobalAveragePool" else None
    if axes is None or 0 in {axis % len(node.before) for axis in axes}:
        node.refuse("takes a mean over the images of a batch; expected one over an image")
    axes = [axis % len(node.before) for axis in axes]
    index = np.moveaxis(node.index, axes, range(-len(axes), 0))
    seen = index.reshape(int(np.prod(node.after)), -1)
    return _means(seen, np.ones(seen.shape, bool), np.full(len(seen), seen.shape[1]), node)


def _means(seen: np.ndarray, inside: np.ndarray, counts: np.ndarray, node: _Node) -> Operator:
    rows, _ = np.nonzero(inside)
    weights = csr_array(
        (1 / counts[rows].astype(float), (rows, seen[inside])), shape=(len(seen), node.index.size)
    )
    return Operator(weights, np.zeros(len(seen)), seen.shape[1] + 2)


def _normalization(node: _Node) -> Operator:
    """BatchNormalization with the moments of training."""
    if node.get("training_mode", 0):
        node.refuse("takes the moments of its batch (training_mode); expected those of training")
    scale, bias, mean, variance = node.constants[1:5]
    factors = scale / np.sqrt(variance + node.get("epsilon", 1e-5))
    shape = (1, -1, *[1] * (len(node.before) - 2))
    size = np.abs(bias) + np.abs(mean * factors)  # they may cancel, float32 rounds both
    factors, offsets, size = (
        np.broadcast_to(values.reshape(shape), node.before).ravel()
        for values in (factors, bias - mean * factors, size)
    )
    return Operator(csr_array(diags_array(factors)), offsets, 8, size)


def _windows(node: _Node, kernel: Sequence[int], dilations: Sequence[int]) -> np.ndarray:
    """Positions under a kernel, (channel, row, column, kernel row, kernel column); -1 outside."""
    strides = node.get("strides", [1, 1])
    reach = [(size - 1) * step + 1 for size, step in zip(kernel, dilations, strict=True)]
    pads = _pads(node, reach, strides)
    index = np.pad(node.index[0], ((0, 0), *pads), constant_values=-1)
    windows = sliding_window_view(index, reach, axis=(1, 2))
    return windows[:, :: strides[0], :: strides[1], :: dilations[0], :: dilations[1]]


def _pads(node: _Node, reach: Sequence[int], strides: Sequence[int]) -> list[tuple[int, int]]:
    automatic = node.get("auto_pad", b"NOTSET")
    automatic = automatic.decode() if isinstance(automatic, bytes) else automatic
    if automatic == "NOTSET":
        pads = node.get("pads", [0, 0, 0, 0])
        return [(pads[0], pads[2]), (pads[1], pads[3])]
    if automatic == "VALID":
        return [(0, 0), (0, 0)]
    pairs = []
    for side, size, stride in zip(node.before[2:], reach, strides, strict=True):
        whole = max((-(-side // stride) - 1) * stride + size - side, 0)
        less, more = whole // 2, whole - whole // 2
        pairs.append((less, more) if automatic == "SAME_UPPER" else (more, less))
    return pairs


OPERATORS: dict[str, Callable[[_Node], Operator]] = {
    "Add": _elementwise,
    "Sub": _elementwise,
    "Mul": _elementwise,
    "Div": _elementwise,
    "MatMul": _matmul,
    "Gemm": _gemm,
    "Conv": _convolution,
    "AveragePool": _average_pool,
    "GlobalAveragePool": _mean,
    "ReduceMean": _mean,
    "BatchNormalization": _normalization,
    "Transpose": _transposed,
}
