import pytest

from reconattack.classifiers.kinds import base_of, is_brought, is_network, is_texture, takes_of

MODELS = {
    "plain": {"network": "compact"},
    "told": {"network": "compact", "takes": "image+parameters"},
    "svm": {"texture": "svm"},
    "file": {"source": "a.onnx"},
    "server": {"http": "http://localhost"},
}
DERIVED = {f"of_{name}": {"of": name, "offsets": [{}]} for name in MODELS}


@pytest.mark.parametrize("prefix", ["", "of_"])
def test_every_model_and_what_is_derived_from_it_has_one_kind(prefix):
    models = MODELS | DERIVED
    kinds = {
        name: [is_kind(models, prefix + name) for is_kind in (is_network, is_texture, is_brought)]
        for name in MODELS
    }
    network, texture, brought = [True, False, False], [False, True, False], [False, False, True]
    assert kinds == {
        "plain": network,
        "told": network,
        "svm": texture,
        "file": brought,
        "server": brought,
    }
    assert base_of(models, f"{prefix}svm") == "svm"
    assert takes_of(models, f"{prefix}told") == "image+parameters"
    assert takes_of(models, f"{prefix}file") == "image"
