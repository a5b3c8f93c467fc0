import gzip
import os
import pickle
import zipfile
from pathlib import Path

import h5py
import joblib
import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression

from reconattack.classifiers.backends.model_files import check_model_file, files_of
from reconattack.errors import InputError
from tests.places import DATA


class Code:
    """A pickle that would leave a trace where it is opened."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return os.mkdir, (str(self.trace),)


def write_pickle(path, trace, protocol=4):
    path.write_bytes(pickle.dumps(Code(trace), protocol))


def write_joblib(path, trace):
    joblib.dump(Code(trace), path, compress=3)


def write_torch(path, trace):
    """The zip that torch.save writes, as far as it matters here."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Code(trace), 2))
        archive.writestr("archive/version", "3\n")


def write_hdf5(path, trace):
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = '{"class_name": "Sequential", "config": {"layers": []}}'


@pytest.mark.parametrize(
    ("write", "name", "kind", "instead"),
    [
        (write_pickle, "model.pkl", "a pickle", r"skops\.io\.dump"),
        (write_pickle, "model.PICKLE", "a pickle", r"skops\.io\.dump"),
        (write_joblib, "model.joblib", "a pickle", r"skops\.io\.dump"),
        (write_pickle, "model.onnx", "a pickle", "networks as ONNX"),
        (write_pickle, "model.skops", "a pickle", "networks as ONNX"),
        (write_pickle, "model", "a pickle", "networks as ONNX"),
        (write_pickle, "model.pt", "a pickle", "networks as ONNX"),
        (write_torch, "model.pt", "a PyTorch file", r"torch\.onnx\.export"),
        (write_torch, "model.keras", "a PyTorch file", r"torch\.onnx\.export"),
        (write_torch, "model.pth", "a PyTorch file", r"torch\.onnx\.export"),
        (write_hdf5, "model.h5", "a Keras file of the old HDF5 format", r"save\('model\.keras'\)"),
        (write_hdf5, "model.keras", "a Keras file of the old", r"save\('model\.keras'\)"),
    ],
)
def test_files_with_code_are_refused_whatever_their_name(tmp_path, write, name, kind, instead):
    path, trace = tmp_path / name, tmp_path / "opened"
    write(path, trace)
    with pytest.raises(InputError, match=rf"{name} is {kind}.* refused.*{instead}"):
        check_model_file(path)
    assert not trace.exists()


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_binary_pickle_is_known_by_its_first_bytes(tmp_path, protocol):
    write_pickle(tmp_path / "model.onnx", tmp_path / "opened", protocol)
    with pytest.raises(InputError, match="is a pickle"):
        check_model_file(tmp_path / "model.onnx")


def test_unknown_suffix_is_named_with_the_known_ones(tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes(gzip.compress(b"something"))
    with pytest.raises(InputError, match=r"'\.tflite' is not known; .*\.onnx, \.keras, \.skops"):
        check_model_file(path)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"absent\.onnx: no such file"):
        check_model_file(tmp_path / "absent.onnx")


def test_files_without_code_pass(tmp_path):
    check_model_file(DATA / "torch_two_logits.onnx")
    model = LogisticRegression().fit(np.eye(4), [0, 1, 0, 1])
    skops.io.dump(model, tmp_path / "model.skops")
    check_model_file(tmp_path / "model.skops")


def test_weights_beside_an_onnx_file_belong_to_it(tmp_path):
    source = str(tmp_path / "model.onnx")
    assert files_of({"source": source}) == [source]
    Path(f"{source}.data").touch()
    assert files_of({"source": source}) == [source, f"{source}.data"]


def test_module_in_the_current_folder_belongs_to_its_function(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert files_of({"python": "models.mine:judge"}) == []
    (tmp_path / "models" / "mine").mkdir(parents=True)
    (tmp_path / "models" / "mine.py").touch()
    assert files_of({"python": "models.mine:judge"}) == ["models/mine.py"]
    (tmp_path / "models" / "mine" / "__init__.py").touch()  # Python takes it first, too
    assert files_of({"python": "models.mine:judge"}) == ["models/mine/__init__.py"]


def test_server_has_no_file():
    assert files_of({"http": "http://127.0.0.1/"}) == []
