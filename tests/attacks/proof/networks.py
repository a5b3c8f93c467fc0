"""Networks of affine operations and rectifiers as ONNX files, with weights drawn by chance."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 24
RESIZE = {"kernel": "bilinear", "aspect": "stretch"}


def write_network(path, seed=0, convolutions=1, offset=0.0, gain=1.0, told=False, columns=1):
    """A network with the names of this project's exports: pooling, convolutions, a dense layer.

    One that is `told` its setting has it in maps beside the picture, also times the depth.
    """
    random = np.random.default_rng(seed)
    constants, nodes = {}, []

    def constant(name, values, dtype=np.float32):
        constants[name] = np.asarray(values, dtype)
        return name

    def node(kind, inputs, output, **attributes):
        nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    flow = node("Mul", ["image", constant("scale", 1 / 64)], "scaled")
    flow = node("Add", [flow, constant("shift", -1.4)], "shifted")
    flow = node("Transpose", [flow], "turned", perm=[0, 3, 1, 2])
    flow = node("AveragePool", [flow], "pooled", kernel_shape=[2, 2], strides=[2, 2])
    channels, side = 1, SIDE // 2
    inputs = [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", SIDE, SIDE, 1])]
    if told:
        inputs.append(helper.make_tensor_value_info("parameters", TensorProto.FLOAT, ["batch", 3]))
        even = node("Mul", ["parameters", constant("widths", [2.5, 0.2, 0.2])], "widths_away")
        even = node("Add", [even, constant("middles", [-2.25, -2, -11])], "normalised")
        even = node("Unsqueeze", [even, constant("axes", [2, 3], np.int64)], "unsqueezed")
        even = node("Tile", [even, constant("repeats", [1, 1, side, side], np.int64)], "even")
        depth = np.linspace(0, 1, side)[:, np.newaxis]
        deep = node("Mul", [even, constant("depth", depth)], "deep")
        flow = node("Concat", [flow, even, deep], "beside", axis=1)
        channels = 7
    for number in range(convolutions):
        kernels = random.standard_normal((4, channels, 3, 3)) / np.sqrt(9 * channels)
        flow = node(
            "Conv",
            [
                flow,
                constant(f"kernels{number}", kernels),
                constant(f"biases{number}", random.standard_normal(4) * 0.1),
            ],
            f"convolved{number}",
            pads=[1, 1, 1, 1],
        )
        flow = node("Relu", [flow], f"rectified{number}")
        channels = 4
    flow = node("AveragePool", [flow], "small", kernel_shape=[2, 2], strides=[2, 2])
    flow = node("Flatten", [flow], "flat")
    size = channels * (side // 2) ** 2
    dense = random.standard_normal((size, columns)) * gain / np.sqrt(size)
    biases = [flow, constant("dense", dense), constant("bias", [offset] * columns)]
    node("Gemm", biases, "logit")
    node("Sigmoid" if columns == 1 else "Softmax", ["logit"], "probability")
    graph = helper.make_graph(
        nodes,
        "network",
        inputs,
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", columns])
            for name in ("logit", "probability")
        ],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    if told:
        helper.set_model_props(model, {"takes": "image+parameters"})
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return str(path)


def write_pixel_network(path, weights, bias, cancelled=0.0):
    """The weighted sum of the pixels of a picture as a logit, without a rectifier.

    `cancelled` is added to each pixel and taken off again, as float32 does it.
    """
    constants = {
        "cancelled": np.float32(cancelled),
        "weights": np.asarray(weights, np.float32).reshape(-1, 1),
        "bias": np.float32([bias]),
    }
    nodes = [
        helper.make_node("Add", ["image", "cancelled"], ["added"]),
        helper.make_node("Sub", ["added", "cancelled"], ["taken"]),
        helper.make_node("Flatten", ["taken"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weights", "bias"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["probability"]),
    ]
    shape = ["batch", *np.shape(weights), 1]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 1])
            for name in ("logit", "probability")
        ],
        [numpy_helper.from_array(np.asarray(values), name) for name, values in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return str(path)
