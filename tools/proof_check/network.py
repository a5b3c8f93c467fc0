"""A network of an ONNX file as affine layers with rectifiers between them.

Each operation is written down here once more, as a function of arrays after ONNX's specification.
Its matrix is what the function makes of a picture with a single 1 in it. The shapes on the way are
those of ONNX's reference evaluator for a black picture.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator
from scipy.sparse import block_diag, csr_array, hstack, vstack

from reconattack.classifiers.backends.onnx_classifier import PARAMETERS, OnnxClassifier
from reconattack.classifiers.output import Columns, Output
from reconattack.errors import InputError
from tools.proof_check.enclosure import SINGLE, gamma, raised

AT_ONCE = 256  # pictures with a single 1
TOLD = 3  # beta, alpha_lower and alpha_upper, where a network is given its setting
LAYOUTS = {"nhwc": (0, 1, 2, 3), "nchw": (0, 3, 1, 2)}


@dataclass(frozen=True)
class Operation:
    """matrix @ input + bias.

    Attributes
    ----------
    matrix
        float64 (out, in).
    bias, size
        (out,): the bias, and the sum of the absolute values that it was computed from.
    roundings
        float32 operations that a product or a bias goes through, at most.
    takes_setting
        Whether its last `TOLD` inputs are the setting.
    """

    matrix: csr_array
    bias: np.ndarray
    size: np.ndarray
    roundings: int
    takes_setting: bool = False

    def beside_setting(self) -> "Operation":
        """The same with a setting behind its inputs, and unchanged behind its outputs."""
        kept, nothing = np.eye(TOLD), np.zeros(TOLD)
        return Operation(
            csr_array(block_diag([self.matrix, kept])),
            np.concatenate([self.bias, nothing]),
            np.concatenate([self.size, nothing]),
            self.roundings,
        )


@dataclass(frozen=True)
class Layer:
    """Operations one after the other.

    Attributes
    ----------
    matrix, bias
        float64 (out, in), (out,), computed; the exact ones are within `doubled` times `absolute`
        and `size`.
    absolute, size
        The same of absolute values.
    roundings
        float32 operations on the way, at most.
    doubled
        Relative error of this arithmetic, also of a product with the matrix.
    """

    matrix: csr_array
    bias: np.ndarray
    absolute: csr_array
    size: np.ndarray
    roundings: int
    doubled: float

    @classmethod
    def of(cls, operations: Sequence[Operation], inputs: int) -> "Layer":
        """Join operations on some inputs."""
        every = np.arange(inputs)
        matrix = absolute = csr_array((np.ones(inputs), (every, every)), shape=(inputs, inputs))
        bias = size = np.zeros(inputs)
        terms = 8
        for operation in operations:
            positive = abs(operation.matrix)
            matrix, bias = operation.matrix @ matrix, operation.matrix @ bias + operation.bias
            absolute, size = positive @ absolute, positive @ size + operation.size
            terms += longest(operation.matrix) + 8
        terms += longest(matrix)
        roundings = sum(operation.roundings for operation in operations)
        matrix, absolute = csr_array(matrix), csr_array(absolute * (1 + 2.0**-30))
        return cls(matrix, bias, absolute, raised(size), roundings, gamma(terms))

    @cached_property
    def parts(self) -> tuple[csr_array, csr_array]:
        """The matrix's positive and negative part."""
        return self.matrix.maximum(0), self.matrix.minimum(0)

    def weighed(self, row: np.ndarray) -> "Layer":
        """The layer whose one output is a weighted sum of the outputs, `row` (out,), in float64."""
        weights = csr_array(np.asarray(row, float)[np.newaxis])
        positive = abs(weights)
        return Layer(
            csr_array(weights @ self.matrix),
            weights @ self.bias,
            csr_array(positive @ self.absolute),
            raised(positive @ self.size),
            self.roundings,
            self.doubled + gamma(longest(weights) + 8),
        )

    def moved(self, values: np.ndarray, error: np.ndarray) -> np.ndarray:
        """What float32 may change in the outputs, (out,), for inputs up to `values`, in error."""
        within = self.absolute @ (values + error) + self.size
        return raised(self.absolute @ error + gamma(self.roundings, SINGLE) * within)


@dataclass(frozen=True)
class Network:
    """A network.

    Attributes
    ----------
    entry
        From the flat picture to the fewest numbers, without negative weights.
    layers
        The others, a rectifier behind each but the last, which gives the positive class's logit, or
        a score of each class, or the number.
    probability
        Whether the file makes probabilities of them.
    told
        How many numbers of the setting stand behind the entry's; 0 if the network is not given it.
    """

    entry: Layer
    layers: tuple[Layer, ...]
    probability: bool
    told: int = 0

    def weighed(self, row: np.ndarray) -> "Network":
        """The network whose one output is a weighted sum of the outputs, `row` (output,)."""
        *others, last = self.layers
        return replace(self, layers=(*others, last.weighed(row)))

    def outputs(
        self, pictures: np.ndarray, settings: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Outputs for resized pictures (n, height, width), and what float32 may change in them.

        `settings` (n, told) is what a network is given of the setting. Both results are (n,
        output).
        """
        found, errors = [], []
        if settings is None:
            settings = np.empty((len(pictures), 0))
        flat = pictures.reshape(len(pictures), -1).astype(float)
        for picture, setting in zip(flat, settings, strict=True):
            values = self.entry.matrix @ picture + self.entry.bias
            error = self.entry.moved(np.abs(picture), np.zeros_like(picture))
            values, error = np.append(values, setting), np.append(error, np.zeros(self.told))
            for number, layer in enumerate(self.layers):
                if number:
                    values = np.maximum(values, 0)
                error = layer.moved(np.abs(values), error)
                values = layer.matrix @ values + layer.bias
            found.append(values)
            errors.append(error)
        return np.array(found), np.array(errors)


def longest(matrix: csr_array) -> int:
    """Largest number of terms in a row."""
    return int(np.diff(csr_array(matrix).indptr).max(initial=0))


def read_network(path: str, classifier: OnnxClassifier) -> Network:
    """Read a network.

    Raises
    ------
    InputError
        If an operation is not known here; the message names it.
    """
    found, (height, width) = classifier.found, classifier.found["input_size"]
    given = {"image": [], "image+parameters": [PARAMETERS]}.get(classifier.takes)
    if given is None or found["input_type"] != "float32":
        raise InputError(
            f"model {path} takes {classifier.takes} in {found['input_type']}; expected the B-mode "
            "image in float32, with its setting or without"
        )
    model = onnx.load(path)
    wanted, probability = _end(model.graph, found["output_name"], classifier.output.form)
    sections = [[_prepared(found, height, width)]]
    constants = _tensors(model, found, height, width, given)
    shapes = {name: np.shape(value) for name, value in constants.items()}
    setting = _Setting(given, constants, {one.domain: one.version for one in model.opset_import})
    flow, moving = found["input_name"], {found["input_name"]}
    for node in model.graph.node:
        if flow == wanted:
            break
        taken = [name for name in node.input if name in moving]
        if not taken:
            setting.follow(node)
        if not taken or node.op_type == "Shape":
            continue
        moving.update(node.output)
        if taken != [flow]:
            raise InputError(f"model {path}: its {node.op_type} {node.name} joins two ways")
        before, after = shapes[flow], shapes[node.output[0]]
        if setting.is_in(node):
            if len(sections) > 1 or any(one.takes_setting for one in sections[0]):
                raise InputError(f"model {path}: its setting comes in at more than one place")
            found_node = _Node(node, flow, before, after, constants)
            sections[0].append(setting.joined(found_node))
        elif node.op_type == "Relu":
            sections.append([])
        elif constants[node.output[0]].dtype not in (np.float32, np.float64):
            raise InputError(
                f"model {path}: its {node.op_type} {node.name} gives "
                f"{constants[node.output[0]].dtype}; expected float32"
            )
        elif node.op_type not in UNCHANGED:
            if node.op_type not in OPERATIONS:
                raise InputError(
                    f"model {path}: its operation {node.op_type} is not known to this check; "
                    f"expected {', '.join(sorted(OPERATIONS))}"
                )
            found_node = _Node(node, flow, before, after, constants)
            sections[-1].append(OPERATIONS[node.op_type](found_node))
        flow = node.output[0]
    if flow != wanted:
        raise InputError(f"model {path}: its output {wanted} does not depend on the image alone")
    sections[-1].append(_answer(classifier.output))
    return _joined(sections, height * width, probability)


def _joined(sections: Sequence[list[Operation]], pixels: int, probability: bool) -> Network:
    first, cut, fewest = sections[0], 0, pixels
    told = TOLD if any(operation.takes_setting for operation in first) else 0
    for number, operation in enumerate(first, 1):
        if operation.takes_setting:
            break
        if operation.matrix.nnz and operation.matrix.data.min() < 0:
            break
        if operation.matrix.shape[0] <= fewest:
            cut, fewest = number, operation.matrix.shape[0]
    entry = Layer.of(first[:cut], pixels)
    rest = first[cut:]
    if told:
        place = [operation.takes_setting for operation in rest].index(True)
        rest[:place] = [operation.beside_setting() for operation in rest[:place]]
    layers, inputs = [], entry.matrix.shape[0] + told
    for section in (rest, *sections[1:]):
        layers.append(Layer.of(section, inputs))
        inputs = layers[-1].matrix.shape[0]
    return Network(entry, tuple(layers), probability, told)


def _end(graph: onnx.GraphProto, output: str, form: str) -> tuple[str, bool]:
    """The tensor of the logits, and whether a probability is made of it."""
    last = {"probability": "Sigmoid", "probabilities": "Softmax"}.get(form)
    if last is None:
        return output, False
    for node in graph.node:
        if output in node.output and node.op_type == last:
            return node.input[0], True
    raise InputError(f"its output {output} is a {form}; expected one that {last} makes")


def _tensors(
    model: onnx.ModelProto, found: dict[str, Any], height: int, width: int, given: Sequence[str]
) -> dict[str, np.ndarray]:
    """Values of all tensors for one black picture, and a setting of zeros where it is `given`."""
    layout, channels = found["layout"], found["channels"]
    shape = {
        "nhwc": (1, height, width, channels),
        "nchw": (1, channels, height, width),
        "nhw": (1, height, width),
        "flat": (1, height * width),
    }[layout]
    values = {found["input_name"]: np.zeros(shape, np.float32)}
    values |= {name: np.zeros((1, TOLD), np.float32) for name in given}
    values |= {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    opsets = {opset.domain: opset.version for opset in model.opset_import}
    for node in model.graph.node:
        taken = {name: values[name] for name in node.input if name}
        made = [name for name in node.output if name]
        values |= dict(zip(made, _evaluated(node, taken, made, opsets), strict=True))
    return values


def _evaluated(
    node: onnx.NodeProto,
    given: dict[str, np.ndarray],
    made: Sequence[str],
    opsets: dict[str, int],
) -> list[np.ndarray]:
    """What one node makes of its inputs, by ONNX's reference evaluator."""
    types = {
        name: onnx.helper.np_dtype_to_tensor_dtype(value.dtype) for name, value in given.items()
    }
    inputs = [
        onnx.helper.make_tensor_value_info(name, types[name], value.shape)
        for name, value in given.items()
    ]
    outputs = [onnx.ValueInfoProto(name=name) for name in made]
    model = onnx.helper.make_model(
        onnx.helper.make_graph([node], "node", inputs, outputs),
        opset_imports=[onnx.helper.make_opsetid(*opset) for opset in opsets.items()],
    )
    return ReferenceEvaluator(model).run(None, given)


@dataclass(frozen=True)
class _Node:
    """A node, the tensor that comes from the image, the shapes around it and the other tensors."""

    node: onnx.NodeProto
    flow: str
    before: tuple[int, ...]
    after: tuple[int, ...]
    values: dict[str, np.ndarray]

    def get(self, name: str, default: Any = None) -> Any:
        for attribute in self.node.attribute:
            if attribute.name == name:
                return onnx.helper.get_attribute_value(attribute)
        return default

    def constant(self, place: int) -> np.ndarray | None:
        name = self.node.input[place] if len(self.node.input) > place else ""
        return self.values[name].astype(float) if name else None

    @property
    def place(self) -> int:
        return list(self.node.input).index(self.flow)

    def refuse(self, why: str) -> None:
        raise InputError(f"its {self.node.op_type} {self.node.name} {why}: not known to this check")

    def operation(
        self,
        function: Callable[[np.ndarray], np.ndarray],
        roundings: int,
        bias: Any = 0.0,
        size: Any = None,
    ) -> Operation:
        """The operation whose linear part is a function of pictures, (n, ...) -> (n, ...)."""
        count, parts = int(np.prod(self.before)), []
        for start in range(0, count, AT_ONCE):
            some = np.zeros((min(AT_ONCE, count - start), count))
            some[np.arange(len(some)), start + np.arange(len(some))] = 1
            made = function(some.reshape(len(some), *self.before[1:]))
            parts.append(csr_array(made.reshape(len(some), -1)))
        matrix = csr_array(vstack(parts).T)
        size = np.abs(bias) if size is None else size
        bias, size = (np.broadcast_to(values, self.after).ravel() for values in (bias, size))
        return Operation(matrix, bias, size, roundings)


class _Setting:
    """What a file computes of the setting before it joins the image.

    Each operation moves numbers, adds a constant or multiplies by one. So a tensor is affine in
    the setting, and no two numbers of the setting meet. Its factors are what becomes of a setting
    with a single 1 in it when nothing is added; its constant is what becomes of a setting of zeros.

    Parameters
    ----------
    names
        Inputs of the file that are the setting; none for a network that is not given it.
    values
        Every tensor for a black picture and a setting of zeros.
    opsets
        Version of each domain of operators.
    """

    MOVING = ("Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Tile", "Transpose")

    def __init__(
        self, names: Sequence[str], values: dict[str, np.ndarray], opsets: dict[str, int]
    ) -> None:
        self._values = values
        self._opsets = opsets
        self._roundings = 1  # of the setting to float32
        every = np.eye(TOLD)[:, np.newaxis]
        nothing = np.zeros((1, TOLD))
        self._factors = {name: [*every] for name in names}
        self._constants = dict.fromkeys(names, nothing)
        self._sizes = dict.fromkeys(names, nothing)

    def is_in(self, node: onnx.NodeProto) -> bool:
        """Whether an operation takes a tensor that depends on the setting."""
        return any(name in self._factors for name in node.input)

    def follow(self, node: onnx.NodeProto) -> None:
        """Note what an operation makes of the setting, if it takes nothing of the image."""
        if not self.is_in(node):
            return
        own, *more = (name for name in node.input if name in self._factors)
        if more or node.op_type not in ("Add", "Mul", *self.MOVING):
            raise InputError(
                f"its operation {node.op_type} {node.name} on the setting is not known to this "
                f"check; expected Add or Mul of a constant, {', '.join(self.MOVING)}"
            )
        (name,) = node.output
        adds = node.op_type == "Add"
        self._factors[name] = [
            self._made(node, own, factor, np.zeros_like if adds else np.asarray)
            for factor in self._factors[own]
        ]
        self._constants[name] = self._made(node, own, self._constants[own], np.asarray)
        self._sizes[name] = self._made(node, own, self._sizes[own], np.abs)
        self._roundings += node.op_type in ("Add", "Mul")

    def _made(
        self, node: onnx.NodeProto, own: str, value: np.ndarray, of: Callable[..., np.ndarray]
    ) -> np.ndarray:
        """What a node makes of a tensor and a function `of` its constants, in float64."""
        given = {own: value}
        for name in node.input:
            if name and name != own:
                constant = self._values[name]
                given[name] = of(constant.astype(float)) if constant.dtype.kind == "f" else constant
        return _evaluated(node, given, node.output, self._opsets)[0]

    def joined(self, node: _Node) -> Operation:
        """The image's tensor and those of the setting, one behind the other."""
        names, axis = node.node.input, node.get("axis", 0)
        others = [name for name in names if name != node.flow]
        if node.node.op_type != "Concat" or not {*others} <= {*self._factors}:
            raise InputError(
                f"its {node.node.op_type} {node.node.name} joins image and setting in a way that "
                "is not known to this check; expected a Concat"
            )
        if axis % len(node.before) == 0:
            node.refuse("joins pictures")

        def beside(images: np.ndarray, tensors: dict[str, np.ndarray]) -> np.ndarray:
            parts = [
                images
                if name == node.flow
                else np.broadcast_to(tensors[name], (len(images), *tensors[name].shape[1:]))
                for name in names
            ]
            return np.concatenate(parts, axis)

        black = np.zeros(node.before)
        columns = [
            beside(black, {name: self._factors[name][number] for name in others}).ravel()
            for number in range(TOLD)
        ]
        nothing = {name: np.zeros_like(self._constants[name]) for name in others}
        of_image = node.operation(
            lambda images: beside(images, nothing),
            self._roundings,
            beside(black, self._constants),
            beside(black, self._sizes),
        )
        return Operation(
            csr_array(hstack([of_image.matrix, csr_array(np.stack(columns, axis=1))])),
            of_image.bias,
            of_image.size,
            of_image.roundings,
            takes_setting=True,
        )


def _arithmetic(node: _Node) -> Operation:
    """Add, Sub, Mul or Div of the flow and a constant."""
    kind, first = node.node.op_type, node.place == 0
    other = node.constant(1 if first else 0)
    spread = np.zeros(node.after)
    if kind == "Add":
        return node.operation(lambda x: x + spread, 1, other)
    if kind == "Sub":
        sign = 1 if first else -1
        return node.operation(lambda x: sign * x + spread, 1, -sign * other)
    if kind == "Div" and not first:
        node.refuse("divides by the image")
    return node.operation(lambda x: x * other + spread if kind == "Mul" else x / other + spread, 2)


def _product(node: _Node) -> Operation:
    """MatMul of rows and a matrix."""
    matrix = node.constant(1)
    if node.place or matrix.ndim != 2 or len(node.before) != 2:
        node.refuse("is no dense layer")
    return node.operation(lambda x: x @ matrix, len(matrix) + 1)


def _gemm(node: _Node) -> Operation:
    if node.place or node.get("transA", 0):
        node.refuse("transposes the image")
    matrix = node.constant(1).T if node.get("transB", 0) else node.constant(1)
    matrix = matrix * node.get("alpha", 1.0)
    bias = node.constant(2)
    bias = 0.0 if bias is None else bias * node.get("beta", 1.0)
    return node.operation(lambda x: x @ matrix, len(matrix) + 3, bias)


def _convolution(node: _Node) -> Operation:
    weights, bias = node.constant(1), node.constant(2)
    if weights.ndim != 4:
        node.refuse("is no convolution of images")
    steps, gaps = node.get("strides", [1, 1]), node.get("dilations", [1, 1])
    groups, pads = node.get("group", 1), _pads(node, weights.shape[2:], steps, gaps)

    def convolve(images: np.ndarray) -> np.ndarray:
        parts = np.split(images, groups, axis=1)
        kernels = np.split(weights, groups)
        made = [
            _slide(image, kernel, steps, gaps, pads, node.after[2:])
            for image, kernel in zip(parts, kernels, strict=True)
        ]
        return np.concatenate(made, axis=1)

    bias = np.zeros(len(weights)) if bias is None else bias
    return node.operation(convolve, weights[0].size + 1, bias.reshape(1, -1, 1, 1))


def _slide(
    images: np.ndarray,
    kernel: np.ndarray,
    steps: Sequence[int],
    gaps: Sequence[int],
    pads: Sequence[tuple[int, int]],
    size: Sequence[int],
) -> np.ndarray:
    """Sum of the kernel's elements times the pixels under them."""
    padded = np.pad(images, ((0, 0), (0, 0), *pads))
    total = np.zeros((len(images), len(kernel), *size))
    for row, column in np.ndindex(*kernel.shape[2:]):
        places = zip((row, column), gaps, steps, size, strict=True)
        rows, columns = (
            slice(offset * gap, offset * gap + (count - 1) * step + 1, step)
            for offset, gap, step, count in places
        )
        seen = padded[:, :, rows, columns]
        total += np.einsum("nchw,fc->nfhw", seen, kernel[:, :, row, column])
    return total


def _pads(
    node: _Node, kernel: Sequence[int], steps: Sequence[int], gaps: Sequence[int]
) -> list[tuple[int, int]]:
    automatic = node.get("auto_pad", b"NOTSET")
    automatic = automatic.decode() if isinstance(automatic, bytes) else automatic
    if automatic == "VALID":
        return [(0, 0), (0, 0)]
    if automatic == "NOTSET":
        top, left, bottom, right = node.get("pads", [0, 0, 0, 0])
        return [(top, bottom), (left, right)]
    pads = []
    sides = zip(node.before[2:], node.after[2:], kernel, steps, gaps, strict=True)
    for before, after, side, step, gap in sides:
        whole = max((after - 1) * step + (side - 1) * gap + 1 - before, 0)
        pair = (whole // 2, whole - whole // 2)
        pads.append(pair if automatic == "SAME_UPPER" else pair[::-1])
    return pads


def _pooling(node: _Node) -> Operation:
    side, steps = node.get("kernel_shape"), node.get("strides", [1, 1])
    gaps = node.get("dilations", [1, 1])
    if node.get("ceil_mode", 0):
        node.refuse("rounds its size up")
    pads, one = _pads(node, side, steps, gaps), np.ones((1, 1, *side))
    inside = np.ones((1, 1, *node.before[2:]))
    counts = _slide(inside, one, steps, gaps, pads, node.after[2:])
    if node.get("count_include_pad", 0):
        counts = np.full_like(counts, np.prod(side))

    def pool(images: np.ndarray) -> np.ndarray:
        count, channels = images.shape[:2]
        alone = images.reshape(count * channels, 1, *images.shape[2:])
        sums = _slide(alone, one, steps, gaps, pads, node.after[2:])
        return sums.reshape(count, channels, *node.after[2:]) / counts

    return node.operation(pool, int(np.prod(side)) + 1)


def _mean(node: _Node) -> Operation:
    """GlobalAveragePool or ReduceMean."""
    axes = node.get("axes")
    if axes is None and node.constant(1) is not None:
        axes = node.constant(1).astype(int)
    if node.node.op_type == "GlobalAveragePool":
        axes = range(2, len(node.before))
    if axes is None or 0 in {axis % len(node.before) for axis in axes}:
        node.refuse("takes a mean over pictures")
    axes = tuple(int(axis) % len(node.before) for axis in axes)
    terms = int(np.prod([node.before[axis] for axis in axes]))
    return node.operation(lambda x: x.mean(axis=axes), terms + 1)


def _normalization(node: _Node) -> Operation:
    if node.get("training_mode", 0):
        node.refuse("takes the moments of its batch")
    scale, bias, mean, variance = (
        node.constant(place).reshape(-1, *[1] * (len(node.before) - 2)) for place in range(1, 5)
    )
    factor = scale / np.sqrt(variance + node.get("epsilon", 1e-5))
    # Mean and bias may cancel each other; float32 rounds both.
    size = np.abs(bias) + np.abs(mean * factor)
    return node.operation(lambda x: x * factor, 7, bias - mean * factor, size)


def _transposed(node: _Node) -> Operation:
    order = list(node.get("perm") or range(len(node.before))[::-1])
    if order[0] != 0:
        node.refuse("moves the axis of pictures")
    return node.operation(lambda x: x.transpose(order), 0)


def _prepared(found: dict[str, Any], height: int, width: int) -> Operation:
    """What is done to a resized picture before the file's own operations."""
    channels, scaling = found["channels"], found["scaling"]
    divide = float(np.float32(scaling["divide"]))
    mean, std = (
        np.broadcast_to(np.float32(scaling[name]), channels).astype(float)
        for name in ("mean", "std")
    )
    plain = divide == 1 and not mean.any() and (std == 1).all()
    order, shape = LAYOUTS.get(found["layout"], LAYOUTS["nhwc"]), (1, height, width, channels)
    pixels = np.arange(height * width).reshape(1, height, width, 1)
    index, channel = (
        np.broadcast_to(values, shape).transpose(order).ravel()
        for values in (pixels, np.arange(channels))
    )
    weights = (1 / (divide * std))[channel], (np.arange(index.size), index)
    matrix = csr_array(weights, shape=(index.size, height * width))
    bias = -(mean / std)[channel]
    return Operation(matrix, bias, np.abs(bias), 0 if plain else 3)


def _answer(output: Columns) -> Operation:
    """From the network's numbers to the logit of the positive class, or to all of them."""
    if not isinstance(output, Output):
        every = np.arange(output.columns)
        same = csr_array((np.ones(len(every)), (every, every)))
        return Operation(same, np.zeros(len(every)), np.zeros(len(every)), 0)
    sign = 1.0 if output.positive_class == 1 else -1.0
    two = output.form in ("logits", "probabilities")
    matrix = csr_array(np.array([[-sign, sign]] if two else [[sign]]))
    return Operation(matrix, np.zeros(1), np.zeros(1), int(two))


UNCHANGED = ("Identity", "Cast", "Dropout", "Reshape", "Flatten", "Squeeze", "Unsqueeze")
OPERATIONS: dict[str, Callable[[_Node], Operation]] = {
    **dict.fromkeys(("Add", "Sub", "Mul", "Div"), _arithmetic),
    "MatMul": _product,
    "Gemm": _gemm,
    "Conv": _convolution,
    "AveragePool": _pooling,
    **dict.fromkeys(("GlobalAveragePool", "ReduceMean"), _mean),
    "BatchNormalization": _normalization,
    "Transpose": _transposed,
}
