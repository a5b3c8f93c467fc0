import re

import numpy as np
import pytest

from reconattack.classifiers.model import Model, open_model
from reconattack.errors import InputError
from reconattack.reconstruction.drawing import reconstruct
from reconattack.reconstruction.setting import PAPER_SETTING

BILINEAR = {"library": "pillow", "kernel": "bilinear"}
DARKER = PAPER_SETTING | {"alpha_upper": 60.0}


def mean_grey(images):
    assert images.dtype == np.uint8
    return images.mean((1, 2)) / 255


def test_function_is_given_the_image_as_it_is(noise_frame):
    model = open_model(mean_grey, rows=50)
    for setting in (PAPER_SETTING, DARKER):
        expected = reconstruct(noise_frame, setting, 50)["bmode"].values.mean() / 255
        assert model.probability(noise_frame, setting) == pytest.approx(expected)


def test_function_may_ask_for_a_size(noise_frame):
    shapes = []

    def shape_of(images):
        shapes.append((images.dtype, images.shape))
        return np.full(len(images), 0.5)

    model = open_model(shape_of, rows=50, input_size=(8, 10), resize=BILINEAR)
    model.probability(noise_frame, PAPER_SETTING)
    assert shapes == [(np.float32, (1, 8, 10))]


def level_of(images):
    return images.mean((1, 2)) / 255


def test_size_without_a_resize_is_asked_for(noise_frame):
    said = (
        r"images of 8 x 10 .*images have 50 rows.*bilinear of pillow is assumed. State .*resize: {"
    )
    with pytest.warns(UserWarning, match=said):
        asked = open_model(level_of, rows=50, input_size=(8, 10))
    stated = open_model(level_of, rows=50, input_size=(8, 10), resize=BILINEAR)
    probabilities = [model.probability(noise_frame, PAPER_SETTING) for model in (asked, stated)]
    assert probabilities[0] == probabilities[1]


def test_frames_of_a_list_get_a_list(noise_frame):
    model = open_model(mean_grey, rows=50)
    alone = model.probability(noise_frame, PAPER_SETTING)
    assert model.probability([noise_frame, noise_frame], PAPER_SETTING) == [alone, alone]
    assert type(alone) is float


def test_parameters_beyond_the_papers_count(noise_frame):
    model = open_model(mean_grey, rows=50)
    louder = model.probability(noise_frame, PAPER_SETTING | {"gain": 10})
    assert louder > model.probability(noise_frame, PAPER_SETTING) + 0.05


def test_file_is_opened_by_its_suffix(write_model, noise_frame):
    model = open_model(write_model("mean.onnx", 100), rows=50, classes=("benign", "malignant"))
    darker, brighter = (model.probability(noise_frame, s) for s in (DARKER, PAPER_SETTING))
    assert 0 < darker < brighter
    assert model.name == "mean.onnx"
    expected = "Model mean.onnx: images of 8 x 10 -> P(malignant); malignant from 0.5 on"
    assert repr(model) == expected
    assert model.keras is None


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        ("none.onnx", {}, "model none.onnx: expected a file"),
        (mean_grey, {"resize": {"kernel": "bilinear"}}, "found resize={'kernel': 'bilinear'}; exp"),
        (mean_grey, {"resize": BILINEAR}, "mean_grey gets images at their own size; expected no"),
        (
            mean_grey,
            {"resize": {"library": "cv2", "kernel": "cubic"}, "input_size": (8, 10)},
            "resize.kernel: found 'cubic'; expected one of cv2: nearest, bilinear",
        ),
        (mean_grey, {"scaling": {"divide": 255}}, "scaling cannot be set for python models"),
        ("http://user:word@localhost/judge", {}, "holds a user name or password"),
    ],
)
def test_what_cannot_be_opened_is_named(source, options, message):
    with pytest.raises(InputError, match=re.escape(message)):
        open_model(source, **options)


def test_pickle_is_refused(tmp_path):
    (tmp_path / "net.pt").write_bytes(b"\x80\x04K\x01.")
    with pytest.raises(InputError, match="is a pickle: opening it could run any code"):
        open_model(tmp_path / "net.pt")


def test_function_that_fails_is_named(noise_frame):
    def fails(images):
        raise RuntimeError("no weights")

    with pytest.raises(InputError, match="model fails: the function failed: RuntimeError: no wei"):
        open_model(fails, rows=50).probability(noise_frame, PAPER_SETTING)


def test_keras_file_is_used_as_onnx_and_kept_for_its_slopes(tmp_path, noise_frame):
    import keras  # slow to import

    network = keras.Sequential(
        [keras.Input((8, 10, 1)), keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")]
    )
    network.save(tmp_path / "own.keras")
    model = open_model(tmp_path / "own.keras", rows=50, scaling={"divide": 255}, resize=BILINEAR)
    assert isinstance(model, Model)
    assert model.keras == str(tmp_path / "own.keras")
    assert 0 < model.probability(noise_frame, PAPER_SETTING) < 1
    assert [path.name for path in tmp_path.iterdir()] == ["own.keras"]
