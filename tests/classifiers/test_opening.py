from pathlib import Path

import pytest

from reconattack.classifiers.opening import BACKENDS, backend_name, open_classifier
from reconattack.errors import InputError
from tests.places import DATA

RESIZE = {"kernel": "nearest", "aspect": "pad"}


@pytest.mark.parametrize(
    ("settings", "path", "kind"),
    [
        ({}, "results/models/m/seed-0/fold-0.onnx", "onnx"),
        ({"scaling": {"divide": 1}}, "M.ONNX", "onnx"),
        ({"input_size": [8, 8]}, Path("m.skops"), "skops"),
        ({"python": "m:f"}, "m.py", "python"),
        ({"python": "m:f"}, None, "python"),
        ({"http": "http://host/"}, None, "http"),
    ],
)
def test_kind_follows_settings_and_suffix(settings, path, kind):
    assert backend_name(settings, path) == kind


def test_settings_reach_the_classifier():
    settings = {"scaling": {"divide": 255}, "positive_class": 0}
    classifier = open_classifier(settings, DATA / "torch_two_logits.onnx", RESIZE)
    assert isinstance(classifier, BACKENDS["onnx"])
    assert classifier.found["scaling"]["divide"] == 255
    assert classifier.output.positive_class == 0
    assert (classifier.network_input.kernel, classifier.network_input.aspect) == ("nearest", "pad")


@pytest.mark.parametrize(
    ("settings", "path", "said"),
    [
        (
            {"layout": "nchw", "input_size": [8, 8]},
            "m.skops",
            "m.skops: layout cannot be set for skops",
        ),
        ({"http": "http://host/", "scaling": {"divide": 1}}, None, "host/: scaling cannot be set"),
        (
            {"timeout": 3},
            "m.onnx",
            "timeout cannot be set for onnx models; expected only input_size",
        ),
    ],
)
def test_setting_of_another_kind_is_named(settings, path, said):
    with pytest.raises(InputError, match=said):
        open_classifier(settings, path, RESIZE)
