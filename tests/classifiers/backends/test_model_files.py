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


def write_hdf5(path, trace, version="2.15.0"):
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = '{"class_name": "Sequential", "config": {"layers": []}}'
        if version:
            file.attrs["keras_version"] = version


@pytest.mark.parametrize(
    ("write", "name", "kind", "instead"),
    [
        (write_pickle, "model.pkl", "a pickle", r"skops\.io\.dump\(model, '.*/model\.skops'"),
        (write_pickle, "model.PICKLE", "a pickle", r"skops\.io\.dump"),
        (write_joblib, "model.joblib", "a pickle", r"skops\.io\.dump"),
        (write_pickle, "model.onnx", "a pickle", "networks as ONNX"),
        (write_pickle, "model.skops", "a pickle", "networks as ONNX"),
        (write_pickle, "model", "a pickle", "networks as ONNX"),
        (
            write_torch,
            "model.pt",
            "a PyTorch file",
            r"torch\.onnx\.export\(model, images, '.*model",
        ),
        (write_torch, "model.keras", "a PyTorch file", r"torch\.onnx\.export"),
        (write_torch, "model.pth", "a PyTorch file", r"torch\.onnx\.export"),
        (write_torch, "model.ckpt", "a PyTorch file", r"torch\.onnx\.export"),
    ],
)
def test_files_with_code_are_refused_whatever_their_name(tmp_path, write, name, kind, instead):
    path, trace = tmp_path / name, tmp_path / "opened"
    write(path, trace)
    with pytest.raises(InputError, match=rf"{name} is {kind}.* refused.*{instead}"):
        check_model_file(path)
    assert not trace.exists()


def test_pytorch_file_of_the_old_format_is_known_by_its_first_bytes(tmp_path):
    """torch.save once wrote this number first, as a pickle of its own."""
    (tmp_path / "model.bin").write_bytes(pickle.dumps(0x1950A86A20F9469CFC6C, 2))
    with pytest.raises(InputError, match=r"model\.bin is a PyTorch file.*torch\.onnx\.export"):
        check_model_file(tmp_path / "model.bin")


def test_exported_program_of_pytorch_is_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "model.pt2", "w") as archive:
        archive.writestr("archive/models/model.json", "{}")
    with pytest.raises(InputError, match=r"an exported program of PyTorch.*torch\.onnx\.export"):
        check_model_file(tmp_path / "model.pt2")


@pytest.mark.parametrize("name", ["model.h5", "model.hdf5", "model.keras"])
@pytest.mark.parametrize(
    ("version", "stated", "instead"),
    [
        ("2.15.0", r"2\.15\.0", r"pip install tf_keras tf2onnx.*load_model\('.*{}'.*model\.onnx"),
        (None, "2 or before", r"pip install tf_keras tf2onnx"),
        ("3.15.1", r"3\.15\.1", r"keras\.saving\.load_model\('.*{}', .*\.save\('.*model\.keras'"),
    ],
)
def test_old_keras_file_is_named_by_its_version(tmp_path, name, version, stated, instead):
    write_hdf5(tmp_path / name, None, version)
    instead = instead.format(name.replace(".", r"\."))
    with pytest.raises(InputError, match=rf"old HDF5 format, written by Keras {stated}.*{instead}"):
        check_model_file(tmp_path / name)


def test_hdf5_files_without_a_network_are_told_apart(tmp_path):
    with h5py.File(tmp_path / "former.h5", "w") as file:
        file.attrs["layer_names"] = ["dense"]
    with h5py.File(tmp_path / "present.weights.h5", "w") as file:
        file.create_group("layers"), file.create_group("vars")
    for name in ("former.h5", "present.weights.h5"):
        with pytest.raises(InputError, match=f"{name} is the weights of a network without its"):
            check_model_file(tmp_path / name)
    with h5py.File(tmp_path / "frames.h5", "w") as file:
        file["rf"] = np.zeros(3)
    with pytest.raises(InputError, match=r"frames\.h5 is an HDF5 file, but no model of Keras"):
        check_model_file(tmp_path / "frames.h5")
    (tmp_path / "cut.h5").write_bytes((tmp_path / "frames.h5").read_bytes()[:100])
    with pytest.raises(InputError, match=r"cut\.h5: found an HDF5 file, which is damaged"):
        check_model_file(tmp_path / "cut.h5")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            ["saved_model.pb"],
            r"a folder, a SavedModel .*--saved-model \S+net --output \S+net\.onnx",
        ),
        (["config.json", "model.weights.h5"], r"a folder, an unpacked \.keras file.*net\.keras"),
        (["a.onnx", "notes.txt"], r"a folder; expected a file, such as \S+net/a\.onnx"),
        ([], "a folder; expected a file$"),
    ],
)
def test_folder_is_named_by_what_lies_in_it(tmp_path, files, said):
    (tmp_path / "net").mkdir()
    for name in files:
        (tmp_path / "net" / name).touch()
    with pytest.raises(InputError, match=rf"net is {said}"):
        check_model_file(tmp_path / "net")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "net.tflite",
            b"",
            r"a model of TensorFlow Lite.*--tflite \S+net\.tflite --output",
        ),
        ("net.onnx", b"\x1c\0\0\0TFL3", "a model of TensorFlow Lite"),
        ("saved_model.pb", b"", r"a graph of TensorFlow.*--saved-model \S+ --output"),
        ("net.safetensors", b"", "the weights of a network without its layers"),
    ],
)
def test_files_of_other_programs_are_named_with_their_way_to_onnx(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=rf"{name} is {said}"):
        check_model_file(tmp_path / name)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_binary_pickle_is_known_by_its_first_bytes(tmp_path, protocol):
    write_pickle(tmp_path / "model.onnx", tmp_path / "opened", protocol)
    with pytest.raises(InputError, match="is a pickle"):
        check_model_file(tmp_path / "model.onnx")


def test_unknown_suffix_is_named_with_the_known_ones(tmp_path):
    path = tmp_path / "model.gz"
    path.write_bytes(gzip.compress(b"something"))
    with pytest.raises(InputError, match=r"'\.gz' is not known; .*\.onnx, \.keras, \.skops"):
        check_model_file(path)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"absent\.onnx: expected a file, and there is none at /"):
        check_model_file(tmp_path / "absent.onnx")
    (tmp_path / "net.onnx").touch()
    with pytest.raises(
        InputError, match=r"expected a file, such as .*/net\.onnx, and there is none"
    ):
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
