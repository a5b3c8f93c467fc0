import logging

import numpy as np
import pytest
from scipy.special import logit

from reconattack.classifiers.classifier import Classifier
from reconattack.classifiers.network_input import NetworkInput
from reconattack.classifiers.output import Output
from reconattack.errors import InputError


class Told(Classifier):
    """Says what it was told to say, an entry for each image."""

    def __init__(self, says, form="probability", network_input=None):
        super().__init__("told", network_input, Output(form))
        self.says = np.array(says)

    def scores(self, images):
        self.seen = images
        return self.says[: len(images)] if self.says.ndim else self.says


def pictures(number):
    return np.zeros((number, 6, 8), np.uint8)


def column(*values):
    return np.array(values, np.float64)[:, np.newaxis]


@pytest.mark.parametrize(
    ("form", "scores"),
    [
        ("logit", column(-1.0, 0.0, 3.0)),
        ("probability", column(*1 / (1 + np.exp([1.0, 0.0, -3.0])))),
        ("logits", np.array([[0.5, -0.5], [2, 2], [-1, 2]])),
        ("probabilities", 1 / (1 + np.exp([[-1.0, 1.0], [0, 0], [3, -3]]))),
    ],
)
@pytest.mark.parametrize(("positive_class", "sign"), [(1, 1), (0, -1)])
def test_every_form_is_a_logit(form, scores, positive_class, sign):
    logits, saturated = Output(form, positive_class).answers(scores)
    np.testing.assert_allclose(logits, sign * np.array([-1, 0, 3]), atol=1e-12)
    assert logits.dtype == np.float64
    assert saturated == 0


def test_probabilities_that_are_0_or_1_are_clipped_and_counted():
    logits, saturated = Output("probability").answers(column(0, 1e-9, 0.5, 1 - 1e-9, 1))
    np.testing.assert_allclose(logits, logit([1e-7, 1e-7, 0.5, 1 - 1e-7, 1 - 1e-7]))
    assert saturated == 4


def test_the_smaller_of_two_probabilities_tells_how_sure_the_model_is():
    sure = np.array([[1e-30, 1.0], [1.0, 1e-20], [0.0, 1.0]])
    logits, saturated = Output("probabilities").answers(sure)
    np.testing.assert_allclose(logits[:2], [30 * np.log(10), -20 * np.log(10)])
    assert np.isfinite(logits[2])
    assert saturated == 1


@pytest.mark.parametrize("wrong", [-0.01, 1.01, 7])
def test_a_probability_outside_0_to_1_is_an_error(wrong):
    with pytest.raises(InputError, match="expected probabilities from 0 to 1: are they logits"):
        Output("probability").answers(column(0.5, wrong))


def test_rounding_beyond_1_is_no_error():
    logits, saturated = Output("probability").answers(column(1 + 5e-7))
    assert np.isfinite(logits).all()
    assert saturated == 1


def test_two_probabilities_that_do_not_add_up_are_an_error():
    with pytest.raises(InputError, match=r"add up to 1\.2; expected probabilities of two classes"):
        Output("probabilities").answers(np.array([[0.5, 0.5], [0.6, 0.6]]))


@pytest.mark.parametrize(
    ("says", "form"),
    [
        ([1.0, 2, 3], "logit"),
        ([[1.0], [2], [3]], "logit"),
        ([[[1.0]], [[2]], [[3]]], "logit"),
        ([[0.0, 1], [0, 2], [0, 3]], "logits"),
    ],
)
def test_shapes_that_tell_one_row_for_each_image(says, form):
    np.testing.assert_array_equal(Told(says, form).answers(pictures(3)), [1, 2, 3])


def test_a_single_number_for_a_single_image():
    assert Told(2.5, "logit").answers(pictures(1)).tolist() == [2.5]


@pytest.mark.parametrize(
    ("says", "form"),
    [
        ([0.5, 0.5], "probability"),
        (0.5, "probability"),
        ([[0.5, 0.5]] * 3, "probability"),
        ([0.5] * 3, "probabilities"),
        ([[0.1, 0.2, 0.7]] * 3, "probabilities"),
        ([[0.1, 0.2, 0.7]], "probability"),
    ],
)
def test_another_shape_is_an_error_with_both(says, form):
    with pytest.raises(InputError, match=r"model told: found an output of shape .* for 3 images"):
        Told(says, form).answers(pictures(3))


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_what_is_not_finite_is_an_error(wrong):
    with pytest.raises(InputError, match="model told: found NaN or infinity for 1 of 2 images"):
        Told([0.5, wrong]).answers(pictures(2))


def test_images_come_at_the_models_size_or_as_they_are():
    images = np.random.default_rng(0).integers(0, 256, (2, 6, 8), np.uint8)
    classifier = Told([0.5, 0.5])
    classifier.answers(images)
    np.testing.assert_array_equal(classifier.seen, images)
    assert classifier.seen.dtype == np.uint8
    rule = NetworkInput(3, 4)
    classifier = Told([0.5, 0.5], network_input=rule)
    classifier.answers(images)
    np.testing.assert_array_equal(classifier.seen, rule(images))
    assert classifier.seen.dtype == np.float32


def test_use_is_counted_and_saturation_told(caplog):
    caplog.set_level(logging.INFO)
    classifier = Told([0.5, 1.0, 0.0])
    classifier.answers(pictures(1))
    classifier.log_use()
    assert caplog.messages == ["model told judged 1 images"]
    classifier.answers(pictures(3))
    classifier.log_use()
    assert (classifier.images, classifier.saturated) == (4, 2)
    assert "2 of 4 probabilities were so close to 0 or 1" in caplog.messages[-1]
