import subprocess
import sys

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from scipy.special import expit, logit

from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.errors import InputError
from tests.places import ROOT

DATA = ROOT / "tests" / "data"
IMAGENET = {"divide": 255, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
GREY = {"divide": 1}


@pytest.fixture
def own_export(tmp_path):
    """A network with this project's names: the logit is the mean grey level less 100."""
    nodes = [
        helper.make_node("ReduceMean", ["image", "axes"], ["mean"], keepdims=0),
        helper.make_node("Sub", ["mean", "cut"], ["difference"]),
        helper.make_node("Unsqueeze", ["difference", "last"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["probability"]),
    ]
    outputs = {"logit": ("batch", 1), "probability": ("batch", 1)}
    constants = [
        helper.make_tensor("axes", TensorProto.INT64, [3], [1, 2, 3]),
        helper.make_tensor("cut", TensorProto.FLOAT, [], [100.0]),
        helper.make_tensor("last", TensorProto.INT64, [1], [1]),
    ]
    return save(tmp_path / "own.onnx", nodes, ("batch", 6, 8, 1), outputs, constants, name="image")


@pytest.fixture
def brought(tmp_path):
    """A foreign model: the mean over each channel, `weights` (channel, column), then `last`."""

    def write(
        shape=("n", 3, 6, 8),
        weights=((0.01,), (0.02,), (0.03,)),
        last=("Sigmoid",),
        axes=(2, 3),
        dtype=TensorProto.FLOAT,
        metadata=None,
        **outputs,
    ):
        nodes = [helper.make_node("Cast", ["x"], ["real"], to=TensorProto.FLOAT)]
        nodes += [helper.make_node("ReduceMean", ["real", "axes"], ["means"], keepdims=0)]
        nodes += [helper.make_node("MatMul", ["means", "weights"], ["step_0"])]
        for number, kind in enumerate(last):
            nodes += [helper.make_node(kind, [f"step_{number}"], [f"step_{number + 1}"])]
        outputs = outputs or {f"step_{len(last)}": (shape[0], len(weights[0]))}
        constants = [
            helper.make_tensor("axes", TensorProto.INT64, [2], axes),
            helper.make_tensor("weights", TensorProto.FLOAT, np.shape(weights), np.ravel(weights)),
        ]
        path = tmp_path / "brought.onnx"
        return save(path, nodes, shape, outputs, constants, dtype=dtype, metadata=metadata)

    return write


def save(path, nodes, shape, outputs, constants, name="x", dtype=TensorProto.FLOAT, metadata=None):
    graph = helper.make_graph(
        nodes,
        "made by hand",
        [helper.make_tensor_value_info(name, dtype, shape)],
        [helper.make_tensor_value_info(key, TensorProto.FLOAT, s) for key, s in outputs.items()],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    helper.set_model_props(model, metadata or {})
    onnx.save(model, path)
    return path


@pytest.fixture
def images():
    return np.random.default_rng(3).integers(0, 256, (40, 24, 16)).astype(np.uint8)


# This project's own exports


def test_own_exports_need_no_declaration(own_export, images):
    classifier = OnnxClassifier(own_export)
    logits = classifier.answers(images)
    assert logits.shape == (40,)
    assert logits.dtype == np.float64
    by_hand = classifier.network_input(images).mean(axis=(1, 2)) - 100
    np.testing.assert_allclose(logits, by_hand, atol=1e-4)
    assert classifier.found["scaling"] == {"divide": 1, "mean": [0], "std": [1]}
    assert classifier.found["output"] == "logit"


def test_own_exports_probability_can_be_judged_by(own_export):
    dark = np.full((1, 6, 8), 97, np.uint8)
    assert OnnxClassifier(own_export, output_name="probability").answers(dark) == pytest.approx(-3)


def test_declaration_that_contradicts_an_own_export(own_export):
    with pytest.raises(InputError, match=r"disagree on the input's numbers.*255.*as this project"):
        OnnxClassifier(own_export, scaling={"divide": 255})
    with pytest.raises(InputError, match=r"disagree on the output logit.*declares probability"):
        OnnxClassifier(own_export, output="probability")


def test_input_rule_follows_the_models_size(own_export):
    classifier = OnnxClassifier(own_export, {"kernel": "nearest", "aspect": "pad"})
    assert (classifier.network_input.height, classifier.network_input.width) == (6, 8)
    assert (classifier.network_input.kernel, classifier.network_input.aspect) == ("nearest", "pad")


def test_logits_do_not_depend_on_the_batch(own_export, images):
    classifier = OnnxClassifier(own_export)
    together = classifier.answers(images)
    order = np.random.default_rng(0).permutation(len(images))
    np.testing.assert_array_equal(classifier.answers(images[order]), together[order])
    for number, image in enumerate(images):
        assert classifier.answers(image[None])[0] == together[number]


# PyTorch's exports, whose outputs PyTorch itself has told


@pytest.fixture(scope="module")
def torch_outputs():
    with np.load(DATA / "torch_outputs.npz") as file:
        return dict(file)


@pytest.mark.parametrize(
    ("name", "settings", "logits"),
    [
        ("torch_two_logits", {}, lambda outputs: outputs[:, 1] - outputs[:, 0]),
        (
            "torch_one_sigmoid_any_size",
            {"input_size": [32, 32]},
            lambda outputs: logit(outputs[:, 0]),
        ),
        ("torch_two_softmax_legacy", {}, lambda outputs: logit(outputs[:, 1])),
    ],
)
def test_torch_exports_say_what_torch_says(torch_outputs, name, settings, logits):
    classifier = OnnxClassifier(DATA / f"{name}.onnx", scaling=IMAGENET, **settings)
    expected = logits(torch_outputs[name].astype(np.float64))
    found = classifier.answers(torch_outputs["images"])
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    assert np.ptp(expected) > 5
    assert (classifier.found["layout"], classifier.found["channels"]) == ("nchw", 3)
    alone = np.concatenate([classifier.answers(image[None]) for image in torch_outputs["images"]])
    np.testing.assert_allclose(alone, found, rtol=1e-6)


def test_the_other_class_of_two_can_be_the_positive_one(torch_outputs):
    path = DATA / "torch_two_logits.onnx"
    one, other = (OnnxClassifier(path, scaling=IMAGENET, positive_class=n) for n in (1, 0))
    np.testing.assert_array_equal(
        one.answers(torch_outputs["images"]), -other.answers(torch_outputs["images"])
    )


def test_weights_beside_the_file_are_used_and_missed(torch_outputs, tmp_path):
    """PyTorch's default keeps them in a file of their own."""
    path = tmp_path / "torch_two_logits.onnx"
    path.write_bytes((DATA / path.name).read_bytes())
    with pytest.raises(InputError, match=r"torch_two_logits\.onnx cannot be opened.*\.data"):
        OnnxClassifier(path, scaling=IMAGENET)
    (tmp_path / f"{path.name}.data").write_bytes((DATA / f"{path.name}.data").read_bytes())
    OnnxClassifier(path, scaling=IMAGENET).answers(torch_outputs["images"])


def test_weights_in_a_file_of_another_name_are_refused(tmp_path):
    model = onnx.load(DATA / "torch_two_logits.onnx")
    onnx.save(
        model, tmp_path / "m.onnx", save_as_external_data=True, location="w.bin", size_threshold=64
    )
    with pytest.raises(InputError, match=r"weights lie in w\.bin; expected .* m\.onnx\.data"):
        OnnxClassifier(tmp_path / "m.onnx", scaling=IMAGENET)


# Models from elsewhere


@pytest.mark.parametrize(
    ("shape", "axes", "weights", "found"),
    [
        (("n", 3, 6, 8), (2, 3), ((0.01,), (0.02,), (0.03,)), ("nchw", 3)),
        (("n", 6, 8, 3), (1, 2), ((0.01,), (0.02,), (0.03,)), ("nhwc", 3)),
        (("n", 1, 6, 8), (2, 3), ((0.06,),), ("nchw", 1)),
        (("n", 6, 8, 1), (1, 2), ((0.06,),), ("nhwc", 1)),
        ((4, 3, 6, 8), (2, 3), ((0.01,), (0.02,), (0.03,)), ("nchw", 3)),
        (("n", 3, "h", 8), (2, 3), ((0.01,), (0.02,), (0.03,)), ("nchw", 3)),
        ((None, None, None, 3), (1, 2), ((0.01,), (0.02,), (0.03,)), ("nhwc", 3)),
    ],
)
def test_layout_channels_and_sizes(brought, images, shape, axes, weights, found):
    path = brought(shape, weights, axes=axes, last=())
    size = {} if set(shape[1:]) >= {6, 8} else {"input_size": [6, 8]}
    classifier = OnnxClassifier(path, scaling=GREY, **size)
    assert (classifier.found["layout"], classifier.found["channels"]) == found
    assert classifier.found["input_size"] == [6, 8]
    by_hand = 0.06 * classifier.network_input(images).mean(axis=(1, 2))
    np.testing.assert_allclose(classifier.answers(images), by_hand, rtol=1e-5)
    assert classifier.found["output_from"] == "last node MatMul"


def test_images_are_not_transposed(tmp_path):
    """The logit is the pixel of the last row and the first column, in both layouts."""
    images = np.zeros((2, 6, 8), np.uint8)
    images[1, 5, 0] = 200
    for shape, rows, columns in ((("n", 1, 6, 8), 2, 3), (("n", 6, 8, 1), 1, 2)):
        names = ("from", "to", "axes")
        numbers = [[5, 0], [6, 1], [rows, columns]]
        constants = [
            helper.make_tensor(name, TensorProto.INT64, [2], values)
            for name, values in zip(names, numbers, strict=True)
        ]
        nodes = [
            helper.make_node("Slice", ["x", *names], ["pixel"]),
            helper.make_node("Flatten", ["pixel"], ["y"]),
        ]
        path = save(tmp_path / "pixel.onnx", nodes, shape, {"y": ("n", 1)}, constants)
        classifier = OnnxClassifier(path, scaling=GREY, output="logit")
        assert classifier.answers(images).tolist() == [0, 200]


def test_fixed_batch_is_filled_up_and_repeated(brought, images):
    fixed = OnnxClassifier(brought((4, 3, 6, 8)), scaling=GREY)
    free = OnnxClassifier(brought(("n", 3, 6, 8)), scaling=GREY)
    for number in (1, 3, 4, 5, 9):
        np.testing.assert_allclose(
            fixed.answers(images[:number]), free.answers(images[:number]), rtol=1e-6
        )
    assert (fixed.found["batch"], free.found["batch"]) == (4, "any")


def test_bytes_are_grey_levels(brought, images):
    path = brought(dtype=TensorProto.UINT8, last=())
    classifier = OnnxClassifier(path)
    by_hand = 0.06 * np.rint(classifier.network_input(images)).mean(axis=(1, 2))
    np.testing.assert_allclose(classifier.answers(images), by_hand, rtol=1e-5)
    assert classifier.found["scaling_from"] == "type uint8"
    with pytest.raises(InputError, match=r"disagree.*255.*type uint8 says"):
        OnnxClassifier(path, scaling={"divide": 255})


def test_bytes_do_not_wrap_where_the_kernel_overshoots(brought):
    stripes = np.zeros((1, 12, 16), np.uint8)
    stripes[:, :, 5:11] = 255
    classifier = OnnxClassifier(brought(dtype=TensorProto.UINT8, last=()), {"kernel": "bicubic"})
    assert classifier.network_input(stripes).max() > 255
    by_hand = 0.06 * np.clip(np.rint(classifier.network_input(stripes)), 0, 255).mean()
    assert classifier.answers(stripes)[0] == pytest.approx(by_hand, rel=1e-5)


@pytest.mark.parametrize("dtype", [TensorProto.FLOAT16, TensorProto.DOUBLE])
def test_other_floating_point_numbers(brought, images, dtype):
    found = OnnxClassifier(brought(dtype=dtype, last=()), scaling={"divide": 255}).answers(images)
    expected = OnnxClassifier(brought(last=()), scaling={"divide": 255}).answers(images)
    np.testing.assert_allclose(found, expected, rtol=2e-3)


@pytest.mark.parametrize(
    ("stated", "black", "white"),
    [
        ("NominalRange_0_255", 0, 255),
        ("Normalized_0_1", 0, 1),
        ("normalized_1_1", -1, 1),
        ("NominalRange_16_235", 16, 235),
    ],
)
def test_pixel_range_of_the_metadata(brought, stated, black, white):
    """https://onnx.ai/onnx/repo-docs/MetadataProps.html: keys and values in any case."""
    path = brought(("n", 1, 6, 8), ((1.0,),), (), metadata={"image.nominalPixelRange": stated})
    ends = np.stack([np.zeros((6, 8), np.uint8), np.full((6, 8), 255, np.uint8)])
    np.testing.assert_allclose(OnnxClassifier(path).answers(ends), [black, white], atol=1e-4)


def test_metadata_that_the_configuration_contradicts(brought):
    path = brought(metadata={"Image.NominalPixelRange": "Normalized_0_1"})
    OnnxClassifier(path, scaling={"divide": 255})
    with pytest.raises(InputError, match=r"disagree.*'mean': \[0\.5\].*Normalized_0_1 says"):
        OnnxClassifier(path, scaling={"divide": 255, "mean": 0.5})
    path = brought(metadata={"Image.NominalPixelRange": "Sideways"})
    with pytest.raises(InputError, match="'Sideways'; expected one of nominalrange_0_255"):
        OnnxClassifier(path)


def test_scaling_is_never_guessed(brought):
    with pytest.raises(InputError, match=r"brought\.onnx: nothing says which numbers.*add to the"):
        OnnxClassifier(brought())


def test_all_that_is_not_told_of_a_model_is_named_at_once(brought):
    path = brought(weights=((0.01,), (0.02,), (0.03,)), last=("Tanh",))
    with pytest.raises(InputError) as caught:
        OnnxClassifier(path)
    words = str(caught.value)
    assert words.count(str(path)) == 1
    assert "nothing says which numbers" in words and "scaling: {divide: 255}" in words
    assert "the last node is Tanh" in words and "configuration output: logit" in words
    with pytest.raises(InputError, match=r"which numbers .* Also: classes are declared"):
        OnnxClassifier(path, output="logit", classes=[0, 1])


ONE, TWO = ((0.01,), (0.02,), (0.03,)), ((0.0, 0.01), (0.0, 0.02), (0.0, 0.03))


@pytest.mark.parametrize(
    ("weights", "last", "form", "source"),
    [
        (ONE, (), "logit", "last node MatMul"),
        (ONE, ("Sigmoid",), "probability", "last node Sigmoid"),
        (ONE, ("Sigmoid", "Identity", "Flatten"), "probability", "last node Sigmoid"),
        (TWO, (), "logits", "last node MatMul"),
        (TWO, ("Softmax",), "probabilities", "last node Softmax"),
        (TWO, ("LogSoftmax",), "logits", "last node LogSoftmax"),
    ],
)
def test_form_is_read_from_the_last_node(brought, weights, last, form, source):
    classifier = OnnxClassifier(brought(weights=weights, last=last), scaling=GREY)
    assert (classifier.found["output"], classifier.found["output_from"]) == (form, source)
    grey = np.full((1, 6, 8), 50, np.uint8)
    assert classifier.answers(grey)[0] == pytest.approx(3, rel=1e-5)


def test_form_behind_a_bias_is_linear(tmp_path):
    nodes = [
        helper.make_node("Flatten", ["x"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["product"]),
        helper.make_node("Add", ["product", "b"], ["y"]),
    ]
    constants = [
        helper.make_tensor("w", TensorProto.FLOAT, [48, 1], [0.01] * 48),
        helper.make_tensor("b", TensorProto.FLOAT, [1], [-2.0]),
    ]
    path = save(tmp_path / "m.onnx", nodes, ("n", 6, 8, 1), {"y": ("n", 1)}, constants)
    assert OnnxClassifier(path, scaling=GREY).found["output_from"] == "last node MatMul"


@pytest.mark.parametrize(
    ("weights", "last", "forms"),
    [
        (ONE, ("Sigmoid", "Neg"), "probability or logit|logit or probability"),
        (ONE, ("Tanh",), "logit or probability"),
        (ONE, ("Softmax",), "logit or probability"),
        (TWO, ("Sigmoid",), "logits or probabilities"),
    ],
)
def test_form_that_the_last_node_does_not_tell_has_to_be_declared(brought, weights, last, forms):
    path = brought(weights=weights, last=last)
    with pytest.raises(InputError, match=rf"the last node is {last[-1]}, .* output: ({forms})"):
        OnnxClassifier(path, scaling=GREY)


def test_declared_form_is_taken(brought):
    path = brought(weights=ONE, last=("HardSigmoid",))
    classifier = OnnxClassifier(path, scaling={"divide": 255}, output="probability")
    black = np.zeros((1, 6, 8), np.uint8)
    assert expit(classifier.answers(black)[0]) == pytest.approx(0.5)
    assert classifier.found["output_from"] == "configuration"


def test_declared_form_of_another_number_of_outputs(brought):
    with pytest.raises(InputError, match=r"output: logits is declared, which is 2 .* found 1"):
        OnnxClassifier(brought(), scaling=GREY, output="logits")


def test_logits_declared_as_probability_are_noticed(brought, images):
    classifier = OnnxClassifier(brought(last=()), scaling=GREY, output="probability")
    with pytest.raises(InputError, match="expected probabilities from 0 to 1: are they logits"):
        classifier.answers(images)


def test_more_than_two_classes(brought):
    with pytest.raises(InputError, match="found 3 numbers for an image; expected one, or one of"):
        OnnxClassifier(brought(weights=np.eye(3)), scaling=GREY)


def test_several_outputs_need_a_name(brought):
    path = brought(step_0=("n", 1), step_1=("n", 1), means=("n", 3))
    with pytest.raises(InputError, match=r"found the outputs step_0 .*means .*add .*output_name"):
        OnnxClassifier(path, scaling=GREY)
    with pytest.raises(InputError, match=r"output_name is 'score'; expected one of .* step_0"):
        OnnxClassifier(path, scaling=GREY, output_name="score")
    assert OnnxClassifier(path, scaling=GREY, output_name="step_0").found["output"] == "logit"
    assert OnnxClassifier(path, scaling=GREY, output_name="step_1").found["output"] == "probability"


@pytest.mark.parametrize("shape", [("n", 3, 6, 3), ("n", 1, 8, 3), ("n", 1, 1, 1)])
def test_ambiguous_layout_has_to_be_declared(brought, shape):
    weights = ((0.01,),) * shape[1]
    path = brought(shape, weights)
    with pytest.raises(InputError, match=r"does not tell which axis is the channel; add .*nchw"):
        OnnxClassifier(path, scaling=GREY)
    assert OnnxClassifier(path, scaling=GREY, layout="nchw").found["channels"] == shape[1]


def test_layout_that_the_shape_contradicts(brought):
    with pytest.raises(InputError, match="layout: nhwc is declared; expected one input of images"):
        OnnxClassifier(brought(), scaling=GREY, layout="nhwc")


@pytest.mark.parametrize("shape", [("n", 3, "h", "w"), ("n", 3, 6, None)])
def test_dynamic_size_has_to_be_declared(brought, shape):
    with pytest.raises(InputError, match=r"images of any size; add .*input_size"):
        OnnxClassifier(brought(shape), scaling=GREY)


def test_size_that_the_input_contradicts(brought):
    with pytest.raises(InputError, match=r"input_size is \[8, 6\], the input is .*6, 8"):
        OnnxClassifier(brought(), scaling=GREY, input_size=[8, 6])


def test_size_that_the_network_cannot_take(tmp_path):
    nodes = [
        helper.make_node("Flatten", ["x"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["y"]),
    ]
    constants = [helper.make_tensor("w", TensorProto.FLOAT, [48, 1], [0.01] * 48)]
    path = save(tmp_path / "m.onnx", nodes, ("n", 1, "h", "w"), {"y": ("n", 1)}, constants)
    OnnxClassifier(path, scaling=GREY, input_size=[6, 8])
    with pytest.raises(InputError, match=r"cannot judge images of shape \[1, 1, 9, 8\]"):
        OnnxClassifier(path, scaling=GREY, input_size=[9, 8])


def test_other_inputs_are_refused(brought):
    with pytest.raises(InputError, match=r"found the input x tensor\(float\).*expected one input"):
        OnnxClassifier(brought(("n", 4, 6, 8), ((1.0,),) * 4), scaling=GREY)


# Axes that the file leaves open


@pytest.mark.parametrize("known", [True, False], ids=["four axes", "no shape"])
def test_all_axes_may_be_open_where_layout_and_size_are_declared(brought, images, known):
    path, declared = brought((None,) * 4, last=()), {"layout": "nchw", "input_size": [6, 8]}
    if not known:
        model = onnx.load(path)
        model.graph.input[0].type.tensor_type.ClearField("shape")
        onnx.save(model, path)
    classifier = OnnxClassifier(path, scaling=GREY, **declared)
    assert (classifier.found["channels"], classifier.found["batch"]) == (3, "any")
    by_hand = 0.06 * classifier.network_input(images).mean(axis=(1, 2))
    np.testing.assert_allclose(classifier.answers(images), by_hand, rtol=1e-5)
    with pytest.raises(InputError, match=r"does not tell which axis is the channel; add .* layout"):
        OnnxClassifier(path, scaling=GREY, input_size=[6, 8])
    with pytest.raises(InputError, match=r"images of any size; add .* input_size"):
        OnnxClassifier(path, scaling=GREY, layout="nchw")


def test_open_number_of_channels_is_that_which_the_network_takes(tmp_path, images):
    """The mean over all axes takes any number, a convolution its own alone."""
    axes = helper.make_tensor("axes", TensorProto.INT64, [3], [1, 2, 3])
    nodes = [helper.make_node("ReduceMean", ["x", "axes"], ["y"], keepdims=0)]
    path = save(tmp_path / "any.onnx", nodes, ("n", "c", "h", "w"), {"y": ("n",)}, [axes])
    declared = {"layout": "nchw", "input_size": [6, 8], "scaling": GREY, "output": "logit"}
    with pytest.raises(
        InputError, match=r"number of channels open, the network takes 1 and 3; add"
    ):
        OnnxClassifier(path, **declared)
    for channels in (1, 3):
        classifier = OnnxClassifier(path, channels=channels, **declared)
        assert classifier.found["channels"] == channels
    with pytest.raises(InputError, match=r"channels is 1, the input is .*; expected 3, or none"):
        OnnxClassifier(DATA / "torch_two_logits.onnx", scaling=GREY, channels=1)


def mean_of(tmp_path, shape, axes, keepdims=0, outputs=("n",)):
    """A network whose logit is the mean over some axes."""
    constant = helper.make_tensor("axes", TensorProto.INT64, [len(axes)], axes)
    nodes = [helper.make_node("ReduceMean", ["x", "axes"], ["y"], keepdims=keepdims)]
    return save(tmp_path / "mean.onnx", nodes, shape, {"y": outputs}, [constant])


@pytest.mark.parametrize("shape", [("n", 6, 8), (1, 6, 8), ("n", "h", "w")])
def test_images_without_an_axis_of_channels(tmp_path, images, shape):
    path = mean_of(tmp_path, shape, [1, 2], outputs=(shape[0],))
    classifier = OnnxClassifier(path, scaling=GREY, output="logit", input_size=[6, 8])
    assert (classifier.found["layout"], classifier.found["channels"]) == ("nhw", 1)
    by_hand = classifier.network_input(images).mean(axis=(1, 2))
    np.testing.assert_allclose(classifier.answers(images), by_hand, rtol=1e-5)


def test_three_axes_that_may_be_one_image_are_asked_for(tmp_path):
    path = mean_of(tmp_path, (6, 8, 3), [1, 2], outputs=(6,))
    with pytest.raises(
        InputError, match=r"does not tell whether an axis is the channel; .* nhw\. A"
    ):
        OnnxClassifier(path, scaling=GREY, output="logit")


@pytest.mark.parametrize(("outputs", "keepdims"), [((), 0), ((1,), 0), ((1, 1, 1, 1), 1)])
def test_batch_of_one_image(tmp_path, images, outputs, keepdims):
    axes = [1, 2, 3] if outputs else [0, 1, 2, 3]
    path = mean_of(tmp_path, (1, 1, 6, 8), axes, keepdims, outputs)
    classifier = OnnxClassifier(path, scaling=GREY, output="logit")
    by_hand = classifier.network_input(images).mean(axis=(1, 2))
    np.testing.assert_allclose(classifier.answers(images), by_hand, rtol=1e-5)
    assert classifier.found["batch"] == 1


def test_batch_that_is_called_free_and_is_one(tmp_path, images):
    """Exported with a symbol for the batch, though the graph reshapes to one image."""
    constants = [helper.make_tensor("one", TensorProto.INT64, [2], [1, 48])]
    constants += [helper.make_tensor("w", TensorProto.FLOAT, [48, 1], [1 / 48] * 48)]
    nodes = [helper.make_node("Reshape", ["x", "one"], ["flat"])]
    nodes += [helper.make_node("MatMul", ["flat", "w"], ["y"])]
    path = save(tmp_path / "m.onnx", nodes, ("n", 1, 6, 8), {"y": ("n", 1)}, constants)
    classifier = OnnxClassifier(path, scaling=GREY)
    assert classifier.found["batch"] == 1
    by_hand = classifier.network_input(images).mean(axis=(1, 2))
    np.testing.assert_allclose(classifier.answers(images), by_hand, rtol=1e-5)


# Converted models of scikit-learn and LightGBM, whose answers they have given themselves


@pytest.fixture(scope="module")
def answers():
    with np.load(DATA / "converted_answers.npz") as file:
        return dict(file)


FLAT = {"input_size": [6, 8], "scaling": {"divide": 255}}
CONVERTED = {
    "logistic": {},
    "words": {"classes": ["healthy", "fatty"]},
    "svc": {},
    "linear_svc": {},
    "forest": {},
    "lightgbm": {},
}


@pytest.mark.parametrize("name", CONVERTED)
def test_converted_models_say_what_the_models_say(answers, name):
    classifier = OnnxClassifier(DATA / f"converted_{name}.onnx", **FLAT, **CONVERTED[name])
    logits = classifier.answers(answers["images"])
    fatty = answers[f"{name}/predict"] == CONVERTED[name].get("classes", [0, 1])[1]
    np.testing.assert_array_equal(logits > 0, fatty)
    assert 0 < fatty.sum() < len(fatty)
    if f"{name}/decision" in answers:
        expected, form = answers[f"{name}/decision"], "logit"
    else:
        column = 0 if name == "words" else 1
        expected, form = logit(answers[f"{name}/probability"][:, column]), "probabilities"
    np.testing.assert_allclose(logits, expected, rtol=1e-3, atol=1e-5)
    assert (classifier.found["layout"], classifier.found["output"]) == ("flat", form)
    alone = [classifier.answers(image[np.newaxis])[0] for image in answers["images"]]
    np.testing.assert_allclose(expit(alone), expit(logits), rtol=0, atol=1e-6)


def test_exchanged_scores_of_a_support_vector_machine_are_told():
    opposite = OnnxClassifier(DATA / "converted_svc.onnx", **FLAT).found
    assert opposite["own_labels"].startswith("are opposite to its scores on 40 test images")
    assert opposite["positive_class"] == 0
    right = OnnxClassifier(DATA / "converted_logistic.onnx", **FLAT).found
    assert right["own_labels"] == "agree with its scores on 40 test images"


def test_the_other_class_of_a_converted_model(answers):
    path = DATA / "converted_svc.onnx"
    one = OnnxClassifier(path, **FLAT)
    other = OnnxClassifier(path, **FLAT, positive_class=0)
    np.testing.assert_array_equal(one.answers(answers["images"]), -other.answers(answers["images"]))
    swapped = OnnxClassifier(DATA / "converted_words.onnx", **FLAT, classes=["fatty", "healthy"])
    np.testing.assert_array_equal(
        swapped.answers(answers["images"]) > 0, answers["words/predict"] == "healthy"
    )


@pytest.mark.parametrize(
    ("name", "declared", "said"),
    [
        (
            "words",
            {},
            r"its classes are fatty and healthy; add .* classes: \[fatty, healthy\]",
        ),
        (
            "words",
            {"classes": ["good", "bad"]},
            r"classes are \['good', 'bad'\]; expected those of",
        ),
        ("words", {"classes": ["healthy", "fatty"], "positive_class": 1}, "expected one of them"),
        (
            "logistic",
            {"input_size": [6, 7]},
            r"takes 48 features, .*\[6, 7\] has 42 pixels; expected",
        ),
        (
            "logistic",
            {"input_size": None},
            r"takes rows of features; .* input_size: \[height, width",
        ),
        (
            "logistic",
            {"output_name": "output_label"},
            r"output_label is tensor\(int64\); expected fl",
        ),
        ("logistic", {"layout": "nhw"}, r"layout: nhw is declared; expected one input"),
    ],
)
def test_what_a_converted_model_leaves_open_is_asked_for(name, declared, said):
    with pytest.raises(InputError, match=said):
        OnnxClassifier(DATA / f"converted_{name}.onnx", **FLAT | declared)


def test_labels_of_another_threshold_are_told(tmp_path, caplog):
    """Scores of a mean grey level, and labels that change at another level."""
    nodes = [
        helper.make_node("ReduceMean", ["x", "axes"], ["mean"], keepdims=0),
        helper.make_node("Sub", ["mean", "hundred"], ["difference"]),
        helper.make_node("Sigmoid", ["difference"], ["p"]),
        helper.make_node("Greater", ["mean", "more"], ["above"]),
        helper.make_node("Cast", ["above"], ["label"], to=TensorProto.INT64),
    ]
    constants = [
        helper.make_tensor("axes", TensorProto.INT64, [3], [1, 2, 3]),
        helper.make_tensor("hundred", TensorProto.FLOAT, [], [100.0]),
        helper.make_tensor("more", TensorProto.FLOAT, [], [150.0]),
    ]
    path = save(tmp_path / "m.onnx", nodes, ("n", 1, 6, 8), {"p": ("n",)}, constants)
    model = onnx.load(path)
    model.graph.output.append(helper.make_tensor_value_info("label", TensorProto.INT64, ("n",)))
    onnx.save(model, path)
    found = OnnxClassifier(path, scaling=GREY).found
    assert found["own_labels"].startswith("differ from its scores on ")
    assert "its own labels differ from its scores on" in caplog.text
    assert "the run decides by its scores and run.cutoff" in caplog.text


def test_labels_alone_are_refused(tmp_path):
    nodes = [helper.make_node("ArgMax", ["x"], ["label"], axis=1, keepdims=0)]
    path = save(tmp_path / "m.onnx", nodes, ("n", 48), {"label": ("n",)}, [])
    model = onnx.load(path)
    model.graph.output[0].type.tensor_type.elem_type = TensorProto.INT64
    onnx.save(model, path)
    with pytest.raises(
        InputError, match=r"found the outputs label tensor\(int64\); expected scores"
    ):
        OnnxClassifier(path, **FLAT)


def test_classes_of_a_model_without_labels_are_refused():
    with pytest.raises(InputError, match="classes are declared; expected none"):
        OnnxClassifier(DATA / "torch_two_logits.onnx", scaling=GREY, classes=[0, 1])


def test_input_of_other_numbers_is_refused(brought):
    with pytest.raises(InputError, match=r"tensor\(int64\).* floating point numbers or uint8"):
        OnnxClassifier(brought(dtype=TensorProto.INT64), scaling=GREY)


def test_two_inputs_are_refused(tmp_path):
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ("n", 3, 6, 8)) for name in "ab"
    ]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, ("n", 3, 6, 8))
    graph = helper.make_graph([helper.make_node("Add", ["a", "b"], ["y"])], "g", inputs, [output])
    opset = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=10), tmp_path / "m.onnx")
    with pytest.raises(InputError, match=r"found the inputs a .*; b .*; expected one input"):
        OnnxClassifier(tmp_path / "m.onnx", scaling=GREY)


def test_operators_that_are_not_part_of_onnx_are_named(tmp_path):
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], keepdims=0),
        helper.make_node("SpeckleFilter", ["mean"], ["y"], domain="com.vendor"),
    ]
    value = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ("n", 1, 6, 8))]
    output = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ("n", 1))]
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.vendor", 1)]
    graph = helper.make_graph(nodes, "g", value, output)
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=10), tmp_path / "m.onnx")
    with pytest.raises(InputError, match=r"not part of ONNX: com\.vendor\.SpeckleFilter; expected"):
        OnnxClassifier(tmp_path / "m.onnx", scaling=GREY)


@pytest.mark.parametrize("content", [b"", b"no model", None])
def test_a_file_that_is_no_model_is_named(tmp_path, content):
    path = tmp_path / "brought.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"brought\.onnx cannot be opened"):
        OnnxClassifier(path)


def test_a_truncated_model_is_named(tmp_path):
    whole = (DATA / "torch_two_softmax_legacy.onnx").read_bytes()
    (tmp_path / "brought.onnx").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"brought\.onnx cannot be opened"):
        OnnxClassifier(tmp_path / "brought.onnx", scaling=IMAGENET)


def test_nothing_heavy_is_imported(own_export):
    code = (
        "import sys; from scripts.attacks import attack; from scripts.models import predict; "
        "predict.open_classifier({}, sys.argv[1], None); "
        "heavy = {'keras', 'tensorflow', 'torch', 'skops', 'sklearn', 'requests', 'onnx'}; "
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(own_export)], cwd=ROOT, check=True)
