import time

import h5py
import keras
import numpy as np
import pytest

from reconattack.classifiers.training.building import build_network
from reconattack.errors import InputError
from reconattack.storage import sha256

SIZE = (32, 32)


@pytest.fixture
def images():
    return np.random.default_rng(2).uniform(0, 255, (3, *SIZE, 1)).astype(np.float32)


@pytest.fixture
def legacy_file(tmp_path, seeded):
    """Weights of a random VGG16 in the layout of the "notop" files of keras.applications."""
    backbone = keras.applications.VGG16(include_top=False, weights=None, input_shape=(*SIZE, 3))
    path = tmp_path / "vgg16_notop.h5"
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in backbone.layers]
        file.attrs["backend"] = b"tensorflow"
        file.attrs["keras_version"] = b"2.0.0"
        for layer in backbone.layers:
            group = file.create_group(layer.name)
            names = [f"{layer.name}/{weight.name}:0" for weight in layer.weights]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, weight in zip(names, layer.weights, strict=True):
                group[name] = weight.numpy()
    return path, {layer.name: layer.get_weights() for layer in backbone.layers if layer.weights}


@pytest.mark.parametrize(("name", "module"), [("MobileNetV2", "mobilenet_v2"), ("VGG16", "vgg16")])
def test_backbone_gets_three_channels_in_its_own_scaling(seeded, images, name, module):
    """-1 to 1 for the one; blue, green, red about their means for the other."""
    network = build_network(name, SIZE, dropout=0)
    position = [layer.name for layer in network.layers].index("three_channels")
    first_convolution = next(
        layer for layer in network.layers[position:] if isinstance(layer, keras.layers.Conv2D)
    )
    expected = getattr(keras.applications, module).preprocess_input(np.repeat(images, 3, axis=3))
    before = keras.Model(network.input, first_convolution.input)
    np.testing.assert_allclose(before.predict_on_batch(images), expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("takes", ["image", "image+parameters"])
def test_network_whose_module_keras_hides_is_built(seeded, takes):
    """`keras.applications.mobilenet_v3` does not list the networks that it defines."""
    network = build_network("MobileNetV3Small", SIZE, dropout=0, takes=takes)
    assert len(network.inputs) == (2 if takes == "image+parameters" else 1)
    assert network.get_layer("dropout").input.shape == (
        None,
        64 if len(network.inputs) > 1 else 576,
    )


def test_unknown_network_is_named_with_those_that_exist():
    with pytest.raises(InputError, match="network: 'InceptionResnetV2' is unknown") as error:
        build_network("InceptionResnetV2", SIZE, dropout=0)
    for known in ("compact", "InceptionResNetV2", "MobileNetV2", "VGG16"):
        assert known in str(error.value)


def test_input_that_is_too_small_for_the_network_is_named(seeded):
    """With ImageNet weights too: that is no failed download."""
    with pytest.raises(InputError, match=r"input_size: found \[16, 16\]; network VGG16 takes"):
        build_network("VGG16", (16, 16), 0, "imagenet")


def test_weights_of_a_local_file_are_loaded(legacy_file, seeded):
    path, weights = legacy_file
    seeded(seed=1)
    keras.applications.VGG16(weights=path, include_top=False)  # the layout is the one Keras reads
    network = build_network("VGG16", SIZE, 0, {"file": str(path), "sha256": sha256(path)})
    for name, values in weights.items():
        for loaded, value in zip(network.get_layer(name).get_weights(), values, strict=True):
            np.testing.assert_array_equal(loaded, value)


def test_random_weights_differ_from_the_files(legacy_file, seeded):
    _, weights = legacy_file
    seeded(seed=1)
    network = build_network("VGG16", SIZE, 0)
    kernel = network.get_layer("block1_conv1").get_weights()[0]
    assert (kernel != weights["block1_conv1"][0]).any()


def test_wrong_sha256_is_refused_before_anything_is_built(legacy_file):
    path, _ = legacy_file
    with pytest.raises(InputError, match="SHA-256 is") as error:
        build_network("VGG16", SIZE, 0, {"file": str(path), "sha256": "0" * 64})
    assert str(path) in str(error.value)
    assert sha256(path) in str(error.value)


def test_missing_weights_file_is_named(tmp_path):
    missing = {"file": str(tmp_path / "nowhere.h5"), "sha256": "0" * 64}
    with pytest.raises(InputError, match=r"nowhere\.h5: expected a file, and there is none at /"):
        build_network("VGG16", SIZE, 0, missing)


@pytest.mark.parametrize("fault", ["truncated", "of another network"])
def test_weights_file_that_cannot_be_loaded_is_named(legacy_file, fault):
    path, _ = legacy_file
    if fault == "truncated":
        path.write_bytes(path.read_bytes()[:5000])
    name = "VGG16" if fault == "truncated" else "VGG19"
    with pytest.raises(InputError, match=rf"{name} cannot be built.*vgg16_notop\.h5"):
        build_network(name, SIZE, 0, {"file": str(path), "sha256": sha256(path)})


def test_download_that_fails_names_the_file_option_and_leaves_nothing(tmp_path, monkeypatch):
    """A closed port of this machine stands in the way of every download."""
    for scheme in ("http", "https"):
        monkeypatch.setenv(f"{scheme}_proxy", "http://127.0.0.1:9")
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))
    start = time.monotonic()
    with pytest.raises(InputError, match="could not be downloaded") as error:
        build_network("VGG16", SIZE, 0, "imagenet")
    assert [folder.name for folder in tmp_path.iterdir()] == ["models"]  # the cache was used
    assert time.monotonic() - start < 20
    assert "weights: {file: path/to/weights_notop.h5, sha256: ...}" in str(error.value)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
