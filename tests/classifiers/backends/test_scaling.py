import numpy as np
import pytest

from reconattack.classifiers.backends.scaling import GREY_LEVELS, Scaling, declared_scaling
from reconattack.errors import InputError


@pytest.fixture
def images():
    return np.random.default_rng(1).uniform(0, 255, (2, 3, 5)).astype(np.float32)


def test_grey_levels_stay_as_they_are(images):
    scaled = GREY_LEVELS(images)
    assert scaled.dtype == np.float32
    np.testing.assert_array_equal(scaled, images[..., np.newaxis])


def test_each_channel_is_standardised_by_its_own_numbers(images):
    scaled = declared_scaling(255, [0.1, 0.2, 0.3], [0.5, 1, 2], channels=3)(images, 3)
    assert scaled.shape == (2, 3, 5, 3)
    for channel, (mean, std) in enumerate([(0.1, 0.5), (0.2, 1), (0.3, 2)]):
        np.testing.assert_allclose(scaled[..., channel], (images / 255 - mean) / std, rtol=1e-5)


def test_one_number_serves_all_channels(images):
    scaled = declared_scaling(255, 0.5, 0.25, channels=3)(images, 3)
    np.testing.assert_allclose(scaled, (images / 255 - 0.5)[..., None].repeat(3, 3) / 0.25)


def test_channels_are_copies_of_the_grey_level(images):
    np.testing.assert_array_equal(Scaling(1.0)(images, 3), images[..., None].repeat(3, axis=3))


@pytest.mark.parametrize(("name", "channels"), [("mean", 1), ("std", 1), ("mean", 2)])
def test_other_number_of_channels_is_named(name, channels):
    with pytest.raises(
        InputError, match=rf"scaling\.{name} has 3 numbers; .* there are {channels}"
    ):
        declared_scaling(255, **{name: [0.1, 0.2, 0.3]}, channels=channels)


def test_plain_data_declares_the_same_scaling():
    scaling = declared_scaling(255, [0.1, 0.2, 0.3], 0.5, channels=3)
    assert scaling.as_settings() == {"divide": 255, "mean": [0.1, 0.2, 0.3], "std": [0.5]}
    assert declared_scaling(**scaling.as_settings(), channels=3) == scaling
