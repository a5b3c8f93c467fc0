import inspect
import re
import subprocess
import sys

import keras
import pytest

from reconattack.classifiers.training.building import build_network
from reconattack.classifiers.training.network import (
    SMALLEST_SIDE,
    declared_network,
    load_features,
    network_conflict,
    network_module,
    network_names,
    training_precision,
)
from reconattack.classifiers.views import VIEWS
from reconattack.errors import InputError
from tests.places import ROOT

SIZE = (32, 512)
TRAINING = "reconattack.classifiers.training"
GRADES = {"kind": "classes", "classes": ["S0", "S1"], "truth": "fat_fraction", "cuts": [5]}
KIDNEY = {"kind": "mask", "structures": ["kidney"], "dice": 0.8}
FROZEN = {
    "network": "VGG16",
    "weights": "imagenet",
    "frozen_backbone": True,
    "shift": 0,
    "flip": False,
}


def test_networks_are_found_by_the_names_of_their_modules():
    assert {"compact", "rf_lines"} <= set(network_names())
    assert network_module("rf_lines") == f"{TRAINING}.networks.rf_lines"
    assert network_module("VGG16") == f"{TRAINING}.keras_applications"


@pytest.mark.parametrize("network", [*network_names(), "VGG16"])
def test_every_network_declares_what_its_module_says(network):
    features = load_features(network)
    module = inspect.getmodule(getattr(features, "func", features))
    known = declared_network(network)
    assert (known.takes, known.backbone) == (module.TAKES, module.BACKBONE)
    assert set(known.takes) <= set(VIEWS)


def test_every_class_of_keras_applications_is_known_by_its_smallest_size():
    """Keras states it where the class is defined; some state none there, but are as their kin."""
    built = dict(inspect.getmembers(keras.applications, inspect.isfunction))
    assert set(SMALLEST_SIDE) == set(built)
    for name, build in built.items():
        source = inspect.getsource(sys.modules[build.__module__])
        assert set(re.findall(r"min_size=(\d+)", source)) <= {str(SMALLEST_SIDE[name])}


def test_only_networks_with_a_backbone_take_weights():
    assert declared_network("VGG16").backbone
    assert not any(declared_network(network).backbone for network in network_names())


@pytest.mark.parametrize(
    ("network", "takes", "expected"),
    [
        ("compact", "rf", "expected .*network rf_lines for takes rf, or takes out of image, "),
        ("VGG16", "rf", "expected .*network rf_lines for takes rf, or takes out of image, "),
        (
            "rf_lines",
            "image",
            "expected .*network compact or .*a class of keras.applications for takes image, or "
            "takes out of rf$",
        ),
    ],
)
def test_rf_and_pictures_have_networks_of_their_own(network, takes, expected):
    with pytest.raises(InputError, match=f"{network} cannot take {takes}; {expected}"):
        build_network(network, SIZE, dropout=0, takes=takes)


def test_conflicts_of_settings_are_named_by_their_key():
    assert network_conflict({"source": "model.onnx"}) is None
    assert network_conflict({"network": "compact"}) is None
    assert network_conflict(FROZEN) is None
    unknown = network_conflict({"network": "InceptionResnetV2"})
    assert unknown.startswith("network: 'InceptionResnetV2' is unknown; expected one of compact, ")
    small = network_conflict(FROZEN | {"input_size": [31, 40]})
    assert (
        small == "input_size: found [31, 40]; network VGG16 takes images of at least 32 x 32 pixels"
    )
    assert network_conflict(FROZEN | {"input_size": [32, 32]}) is None
    useless = network_conflict({"network": "compact", "weights": "imagenet"})
    assert useless.startswith("weights: found imagenet, but network compact has no backbone")
    unchecked = network_conflict({"network": "MobileNet", "weights": "imagenet"})
    assert unchecked.startswith("weights: Keras takes the ImageNet weights of MobileNet as they")
    rf = network_conflict({"network": "compact", "takes": "rf"})
    assert rf.startswith("takes: network compact cannot take rf")
    shifted = network_conflict(FROZEN | {"shift": 0.1})
    assert shifted.startswith("frozen_backbone: found shift, but")
    scratch = network_conflict(FROZEN | {"network": "compact"})
    assert scratch.startswith("frozen_backbone: network compact with weights imagenet has no")
    assert network_conflict({"network": "unet", "decision": KIDNEY}) is None
    alone = network_conflict({"network": "compact", "decision": KIDNEY})
    assert alone.startswith("decision.kind: found mask, but network compact gives one answer")
    assert alone.endswith("expected network unet")
    outlined = network_conflict({"network": "unet"})
    assert outlined.startswith("network: unet outlines structures, and the decision is binary")
    assert network_conflict({"network": "compact", "decision": GRADES}) is None
    assert network_conflict({"network": "VGG16", "decision": GRADES}) is None
    number = {"kind": "number", "unit": "%", "threshold": 5}
    untold = network_conflict({"network": "compact", "decision": number})
    assert untold.startswith("decision.truth: nothing tells the true number")
    told = network_conflict({"network": "compact", "decision": GRADES, "takes": "image+parameters"})
    assert told.startswith("takes: found image+parameters; expected image: networks for a decision")
    drawn = network_conflict(
        {"network": "compact", "decision": GRADES, "reconstructions": {"a": 1}}
    )
    assert drawn.startswith("reconstructions: networks are trained on random settings for a binary")
    double = network_conflict({"network": "VGG16", "precision": "float64"})
    assert double.startswith("precision: found float64, but network VGG16 is of the paper's size")
    assert network_conflict({"network": "VGG16", "precision": "float32"}) is None


def test_small_networks_are_trained_in_double_precision_unless_the_model_says_otherwise():
    assert {training_precision(network) for network in network_names()} == {"float64"}
    assert training_precision("InceptionResNetV2") == "float32"
    assert training_precision("compact", "float32") == "float32"


def test_keras_is_not_imported_for_what_is_declared():
    check = (
        f"import sys; from {TRAINING}.network import *\n"
        "declared_network('compact'), declared_network('VGG16'), network_module('rf_lines')\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=True)
