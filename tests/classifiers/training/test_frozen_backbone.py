"""Training the last layer alone, on what a backbone that stays as it is makes of each image."""

import dataclasses
from functools import cache

import keras
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from reconattack.classifiers.training.building import build_network
from reconattack.classifiers.training.training import TrainingSettings, train_network
from reconattack.classifiers.training.validation_patients import validation_rows
from reconattack.errors import InputError
from reconattack.storage import sha256


@pytest.fixture(scope="module")
def weights_of(tmp_path_factory):
    """Settings that name a file of weights, by the class in `keras.applications`."""

    @cache
    def make(network):
        keras.backend.clear_session()
        keras.utils.set_random_seed(8)
        path = tmp_path_factory.mktemp("weights") / f"{network}.weights.h5"
        build = getattr(keras.applications, network)
        build(include_top=False, weights=None, input_shape=(32, 32, 3)).save_weights(path)
        return {"file": str(path), "sha256": sha256(path)}

    return make


@pytest.fixture(params=["VGG16", "MobileNetV2"])  # which normalises batches
def frozen(request, weights_of, seeded):
    """Settings that train the last layer on a backbone whose weights come from a file."""
    weights = weights_of(request.param)
    seeded()
    return TrainingSettings(
        network=request.param,
        weights=weights,
        frozen_backbone=True,
        dropout=0.2,
        learning_rate=1,
        momentum=0.9,
        batch_size=8,
        max_epochs=30,
        patience=30,
        validation_share=0.25,
        shift=0,
        flip=False,
    )


only_vgg16 = pytest.mark.parametrize("frozen", ["VGG16"], indirect=True)


def test_frozen_backbone_keeps_its_weights(toy, frozen):
    before = build_network(frozen.network, (32, 32), 0.2, frozen.weights)
    network, _, _ = train_network(*toy, dataclasses.replace(frozen, max_epochs=2), seed=3)
    changed = {
        layer.name
        for layer, same in zip(network.layers, before.layers, strict=True)
        for now, then in zip(layer.get_weights(), same.get_weights(), strict=True)
        if (now != then).any()
    }
    assert changed == {"logit"}


@only_vgg16
def test_the_last_layer_learns(toy, frozen):
    images, cases = toy
    network, history, validation = train_network(images, cases, frozen, seed=3)
    logits = network.predict(images[..., None], verbose=0)["logit"][:, 0]
    assert roc_auc_score(cases["label"], logits) > 0.9
    assert history["loss"].iloc[-1] < history["loss"].iloc[0]
    stopping = validation_rows(cases, frozen.validation_share, seed=3)
    np.testing.assert_allclose(validation["logit"], logits[stopping], rtol=1e-4, atol=1e-4)


@only_vgg16
def test_each_image_passes_a_frozen_backbone_once(toy, frozen, monkeypatch):
    passed = []
    predict = keras.Model.predict
    monkeypatch.setattr(
        keras.Model,
        "predict",
        lambda self, inputs, **how: passed.append(inputs.shape) or predict(self, inputs, **how),
    )
    train_network(*toy, frozen, seed=3)
    assert [shape[:3] for shape in passed] == [(48, 32, 32), (48, 512)]


@only_vgg16
def test_training_on_a_frozen_backbone_repeats_bit_for_bit(seeded, toy, frozen):
    def bits():
        seeded(seed=3)
        network, history, _ = train_network(*toy, frozen, seed=3)
        return [*network.get_weights(), history.to_numpy()]

    for one, other in zip(bits(), bits(), strict=True):
        np.testing.assert_array_equal(one, other)


@only_vgg16
@pytest.mark.parametrize(
    ("change", "found"),
    [
        (
            {"shift": 0.1, "flip": True},
            "found shift and flip, but the backbone sees each image once",
        ),
        ({"network": "compact"}, "network compact with weights .* has no trained backbone"),
        ({"weights": None}, "with weights None has no trained backbone"),
        ({"takes": "image+parameters"}, "found takes"),
    ],
)
def test_what_a_frozen_backbone_cannot_do_is_named(toy, frozen, change, found):
    with pytest.raises(InputError, match=f"frozen_backbone: .*{found}"):
        train_network(*toy, dataclasses.replace(frozen, **change), seed=3)
