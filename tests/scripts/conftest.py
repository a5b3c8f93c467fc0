"""Chunks of small images and a network whose logit is the mean grey level less a cut."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from reconattack.reconstruction import label_image
from reconattack.storage import write_chunk


@pytest.fixture
def write_images(tmp_path):
    """Write a chunk of even grey images from (name, patient, label, grey level, scanner)."""

    def write(file, *rows):
        images = {}
        for name, patient, label, grey, scanner in rows:
            shape = (8, 10)
            image = label_image(
                np.full(shape, grey, np.uint8),
                np.ones(shape, bool),
                np.arange(8.0),
                np.arange(10.0),
            )
            image.attrs = {"patient": patient, "scanner": scanner}
            if label is not None:
                image.attrs["label"] = label
            images[name] = image
        write_chunk(tmp_path / file, images, {})
        return str(tmp_path / file)

    return write


@pytest.fixture
def write_model(tmp_path):
    def write(file, cut):
        graph = helper.make_graph(
            [
                helper.make_node("ReduceMean", ["image", "axes"], ["mean"], keepdims=0),
                helper.make_node("Sub", ["mean", "cut"], ["difference"]),
                helper.make_node("Div", ["difference", "ten"], ["scaled"]),
                helper.make_node("Unsqueeze", ["scaled", "last"], ["logit"]),
                helper.make_node("Sigmoid", ["logit"], ["probability"]),
            ],
            "mean",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, ("batch", 8, 10, 1))],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, ("batch", 1))
                for name in ("logit", "probability")
            ],
            [
                helper.make_tensor("axes", TensorProto.INT64, [3], [1, 2, 3]),
                helper.make_tensor("cut", TensorProto.FLOAT, [], [float(cut)]),
                helper.make_tensor("ten", TensorProto.FLOAT, [], [10.0]),
                helper.make_tensor("last", TensorProto.INT64, [1], [1]),
            ],
        )
        opset = [helper.make_opsetid("", 18)]
        onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=10), tmp_path / file)
        return str(tmp_path / file)

    return write
