import zipfile

import keras
import onnxruntime
import pytest
from keras import layers

from reconattack.errors import InputError
from scripts.models.convert_model import convert_model


def test_keras_file_becomes_onnx(tmp_path):
    image = keras.Input((16, 12, 1), name="image")
    network = keras.Model(image, layers.Dense(1)(layers.Flatten()(image)))
    network.save(tmp_path / "source.keras")
    convert_model(str(tmp_path / "source.keras"), str(tmp_path / "brought.onnx"), None)
    session = onnxruntime.InferenceSession(tmp_path / "brought.onnx")
    assert [value.shape for value in session.get_inputs()] == [["batch", 16, 12, 1]]


def test_pickle_in_place_of_the_zip_is_refused_before_keras_sees_it(tmp_path):
    with zipfile.ZipFile(tmp_path / "source.keras", "w") as archive:
        archive.writestr("data.pkl", b"\x80\x04.")
    with pytest.raises(InputError, match="a PyTorch file, which is a pickle"):
        convert_model(str(tmp_path / "source.keras"), str(tmp_path / "brought.onnx"), None)
