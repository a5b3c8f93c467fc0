import keras
import numpy as np
import pytest

from reconattack.classifiers.training.building import build_network

SIZE = (32, 32)


@pytest.fixture
def images():
    return np.random.default_rng(2).uniform(0, 255, (3, *SIZE, 1)).astype(np.float32)


def test_compact_network_gives_a_logit_and_its_probability(seeded, images):
    network = build_network("compact", SIZE, dropout=0.5)
    outputs = network.predict_on_batch(images)
    assert network.input_shape == (None, *SIZE, 1)
    assert {name: value.shape for name, value in outputs.items()} == {
        "logit": (3, 1),
        "probability": (3, 1),
    }
    np.testing.assert_allclose(
        outputs["probability"], 1 / (1 + np.exp(-outputs["logit"])), rtol=1e-6
    )
    assert np.ptp(outputs["logit"]) > 0


def test_compact_network_takes_images_of_any_shape():
    assert build_network("compact", (48, 32), dropout=0).input_shape == (None, 48, 32, 1)


def test_compact_network_scales_grey_levels_to_about_unit_spread(images):
    network = build_network("compact", SIZE, dropout=0)
    scaling = keras.Model(network.input, network.layers[1].output)
    np.testing.assert_allclose(scaling.predict_on_batch(images), images / 64 - 1.4, atol=1e-6)


def test_compact_network_sees_levels_not_speckle(seeded, images):
    """Pixels that change places within a square of 4 x 4 change nothing."""
    network = build_network("compact", SIZE, dropout=0)
    squares = images.reshape(len(images), SIZE[0] // 4, 4, SIZE[1] // 4, 4, 1)
    shuffled = squares[:, :, ::-1, :, ::-1].reshape(images.shape)
    assert (shuffled != images).any()
    np.testing.assert_allclose(
        network.predict_on_batch(shuffled)["logit"],
        network.predict_on_batch(images)["logit"],
        rtol=1e-4,
        atol=1e-5,
    )
