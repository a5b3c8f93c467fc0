import itertools

import numpy as np
import pytest
from scipy.special import expit

from reconattack.classifiers.backends.probe import NAMES, probe, probe_images
from reconattack.classifiers.classifier import Classifier
from reconattack.classifiers.output import Output
from reconattack.errors import InputError


class By(Classifier):
    """A model that is any function of the images."""

    def __init__(self, judge, form="logit"):
        super().__init__("mine", None, Output(form))
        self.scores = judge
        type(self).__abstractmethods__ = frozenset()

    def scores(self, images):
        raise NotImplementedError


def mean(images):
    return images.reshape(len(images), -1).mean(axis=1) / 64 - 2


def test_images_are_black_white_noise_and_a_gradient():
    images = probe_images()
    assert images.shape[0] == len(NAMES) == 5
    assert images.dtype == np.uint8
    assert (images[0] == 0).all()
    assert (images[1] == 255).all()
    assert np.ptp(images[2]) == 255
    assert (np.diff(images[4][:, 0].astype(int)) <= 0).all()
    np.testing.assert_array_equal(images, probe_images())


def test_what_was_found_is_plain_and_exact():
    found = probe(By(mean))
    logits = mean(probe_images())
    assert found["probability"] == pytest.approx(
        [expit(logits.min()), expit(logits.max())], rel=1e-5
    )
    assert found["repeats"] is True
    assert found["largest_difference_again"] == found["largest_difference_alone"] == 0
    assert found["saturated"] == "0 of 15"


def test_saturated_answers_are_counted():
    found = probe(By(lambda images: (mean(images) > 0).astype(float), "probability"))
    assert found["saturated"] == "15 of 15"


def test_model_that_changes_its_mind_is_an_error():
    count = itertools.count()
    with pytest.raises(
        InputError, match=r"model mine: .* differs by up to 0\.\d+ when asked again"
    ):
        probe(By(lambda images: mean(images) + 0.1 * next(count)))


def test_small_changes_are_told():
    count = itertools.count()
    found = probe(By(lambda images: mean(images) + 1e-6 * next(count)))
    assert found["repeats"] is False
    assert 0 < found["largest_difference_again"] < 1e-5
    assert found["warnings"] == ["does not repeat to the last bit"]


def test_model_that_looks_at_the_other_images_of_a_batch_is_an_error():
    def standardised(images):
        return (mean(images) - mean(images).mean()) / (mean(images).std() + 1)

    with pytest.raises(InputError, match=r"alone instead of in a batch; expected 1e-05 at most"):
        probe(By(standardised))


def test_model_that_says_the_same_of_everything_is_told():
    (warning,) = probe(By(lambda images: np.full(len(images), 0.3)))["warnings"]
    assert "says the same of every image" in warning


@pytest.mark.parametrize(
    ("judge", "form"),
    [
        (lambda images: 255 * mean(images) + 180, "logit"),
        (lambda images: expit(255 * mean(images) + 180), "probability"),
    ],
)
def test_certainty_of_an_input_outside_the_trained_range_is_told(judge, form):
    (warning,) = probe(By(judge, form))["warnings"]
    assert warning.startswith("is certain of ")
    assert "is scaling that of its training?" in warning


@pytest.mark.parametrize(("offset", "cutoff", "side"), [(3, 0.5, 1), (-6, 0.5, 0), (0, 0.01, 1)])
def test_probes_on_one_side_of_the_cut_off_are_told(offset, cutoff, side):
    found = probe(By(lambda images: mean(images) + offset), cutoff)
    (warning,) = found["warnings"]
    assert warning.startswith(f"calls all 5 test images class {side}")
    assert found["class_1"] == ("5 of 5" if side else "0 of 5")


def test_probes_on_both_sides_are_not_told():
    found = probe(By(mean))
    assert found["class_1"] == "2 of 5"
    assert found["warnings"] == []


def test_logits_that_look_like_probabilities_are_told():
    warnings = probe(By(lambda images: expit(mean(images))))["warnings"]
    assert any(text.startswith("has only logits between 0 and 1; if they are") for text in warnings)
