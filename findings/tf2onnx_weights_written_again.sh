#!/usr/bin/env bash
# tf2onnx 1.17.0: a conversion writes all weights of a network more than twenty times.
#
# tf2onnx keeps the weights in the graph's nodes. After every optimisation, and several times in
# between, `Graph.update_proto` writes the attributes of all nodes into their messages, the weights
# among them, although the messages are read only once, when the model is made. So the time of a
# conversion grows with the weights times the number of optimisations: of a network with a hundred
# megabytes, gigabytes are copied.
#
# It matters to whoever exports large networks, or many of them: about a third of the time of an export
# of ResNet50 went into these copies. Nobody sees them: the result is the same.
#
# The script exits with 0 as long as the weights are written at least ten times, else with 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    tf2onnx==1.17.0 tensorflow==2.21.0 onnx==1.23.2
TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES='' "$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import tensorflow as tf
import tf2onnx
from tf2onnx.graph import Graph

weights = np.random.default_rng(0).standard_normal((1000, 1000)).astype(np.float32)
constant = tf.constant(weights)


@tf.function(input_signature=[tf.TensorSpec((None, 1000), tf.float32, "x")], autograph=False)
def network(x):
    return tf.nn.relu(x @ constant)


written = []
write = Graph.update_proto


def counted(graph, *arguments, **options):
    write(graph, *arguments, **options)
    written.append(sum(node.op.ByteSize() for node in graph.get_nodes()))


Graph.update_proto = counted
model, _ = tf2onnx.convert.from_function(network, input_signature=network.input_signature)
size = weights.nbytes
print(f"weights: {size / 1e6:.0f} MB; the model in ONNX: {model.ByteSize() / 1e6:.0f} MB")
print(f"written while it was converted: {sum(written) / 1e6:.0f} MB, {sum(written) / size:.0f} times")
raise SystemExit(0 if sum(written) > 10 * size else 1)
PYTHON
