#!/usr/bin/env bash
# onnxmltools 1.16.0, LightGBM 4.7.0: the label of a converted classifier is declared for one row.
#
# The ONNX file that `convert_lightgbm` writes for a binary classifier takes any number of rows: the
# first axis of its input and of its probabilities is open. Its output `label` is declared with the
# shape [1]. ONNX Runtime gives as many labels as there are rows, and says at each run with more
# than one row that the shape of `label` is not the declared one. skl2onnx declares an open axis
# for the label of a classifier of scikit-learn.
#
# It matters because a program that reads the declared shapes, to find out whether a model takes
# batches, is told two different things by one file.
#
# The script exits with 0 as long as this is so, else with 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    onnxmltools==1.16.0 lightgbm==4.7.0 skl2onnx==1.20.0 onnxruntime==1.32.0 scikit-learn==1.9.1
"$folder/venv/bin/python" - <<'PYTHON'
import lightgbm
import numpy as np
import onnxruntime
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression

rows = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
labels = (rows[:, 0] > 0).astype(int)
boosted = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(rows, labels)
linear = LogisticRegression().fit(rows, labels)
models = {
    "LightGBM by onnxmltools": convert_lightgbm(
        boosted, initial_types=[("input", FloatTensorType([None, 4]))], zipmap=False
    ),
    "scikit-learn by skl2onnx": to_onnx(linear, rows[:1], options={"zipmap": False}),
}
options = onnxruntime.SessionOptions()
options.log_severity_level = 3
found = {}
for name, model in models.items():
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    (taken,), outputs = session.get_inputs(), session.get_outputs()
    declared = {value.name: value.shape for value in outputs}
    (label,) = [value.name for value in outputs if value.type == "tensor(int64)"]
    (given,) = session.run([label], {taken.name: rows[:5]})
    found[name] = declared[label], given.shape
    print(f"{name}: input {taken.shape}, outputs {declared}; labels of 5 rows: {given.shape}")
as_told = found["LightGBM by onnxmltools"] == ([1], (5,))
as_told &= found["scikit-learn by skl2onnx"][0] != [1]
raise SystemExit(0 if as_told else 1)
PYTHON
