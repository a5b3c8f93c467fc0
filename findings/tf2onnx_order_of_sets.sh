#!/usr/bin/env bash
# tf2onnx 1.17.0 with TensorFlow 2.21.0: the same network becomes another ONNX graph from one Python process to the next.
#
# Its optimisations go through sets of names. Python orders those by a hash that differs in each process, and
# which Reshape of a layer normalization is taken out depends on that order. A small network of ConvNeXt
# blocks becomes graphs with different numbers of nodes; nothing but PYTHONHASHSEED differs.
#
# It matters where a model's file is signed, cached or compared by its digest: an export that is made again
# does not give the file. Sorting the nodes afterwards does not help, since there are more or fewer of them.
#
# The script exits with 0 as long as this is so, else with 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    tf2onnx==1.17.0 tensorflow==2.21.0 keras==3.15.1 onnx==1.23.2 numpy==2.4.6 protobuf==7.36.2
cat > "$folder/convert.py" <<'PYTHON'
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
from collections import Counter

import keras
import tensorflow as tf
import tf2onnx
from keras.src.applications.convnext import ConvNeXt

keras.utils.set_random_seed(0)
options = {"include_top": False, "weights": None, "input_shape": (32, 32, 3), "pooling": "avg"}
network = ConvNeXt([3] * 4, [4] * 4, name="blocks", **options)
signature = [tf.TensorSpec((None, 32, 32, 3), name="image")]
function = tf.function(lambda image: network(image, training=False), signature)
model, _ = tf2onnx.convert.from_function(function, signature)
kinds = Counter(node.op_type for node in model.graph.node)
print(f"{len(model.graph.node)} nodes, {kinds['Reshape']} of them Reshape")
PYTHON
for seed in 1 2 3 4 5 6 7 8; do
    found=$(PYTHONHASHSEED=$seed "$folder/venv/bin/python" "$folder/convert.py" 2> "$folder/log") ||
        { cat "$folder/log"; exit 1; }
    echo "PYTHONHASHSEED=$seed: $found"
done | tee "$folder/found"
[ "$(cut -d: -f2 "$folder/found" | sort -u | wc -l)" -gt 1 ]
