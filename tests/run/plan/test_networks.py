"""Networks, files and settings of models."""

import re

import pytest


def test_network_for_every_seed_and_fold(plan_of):
    networks = plan_of(seeds=[0, 7]).models.networks()
    assert [(net["seed"], net["fold"]) for net in networks] == [
        *[("0", "0"), ("0", "1")],
        *[("7", "0"), ("7", "1")],
    ]
    assert networks[3]["file"] == "results/models/compact/seed-7/fold-1.onnx"


@pytest.mark.parametrize("protocol", ["held_out", "resubstitution"])
def test_without_folds_one_network_judges_all_frames(plan_of, protocol):
    plan = plan_of(protocol=protocol, training_cohorts=["further"])
    (network,) = plan.models.networks()
    assert network["fold"] == "all"
    assert plan.models.folds_files("compact") == (
        ["results/folds.csv"] if protocol == "held_out" else []
    )


def test_brought_model_is_one_network(plan_of):
    models = plan_of(models=["theirs", "product"], seeds=[0, 1]).models
    assert models.networks() == [
        {"model": "theirs", "seed": "0", "fold": "all", "file": "models/theirs.onnx"},
        {"model": "product", "seed": "0", "fold": "all", "file": None},
    ]
    assert models.protocol("theirs") == "brought"
    assert models.folds_files("theirs") == []
    assert models.brought_notes() == [
        "results/models/theirs/brought.json",
        "results/models/product/brought.json",
    ]
    assert models.validations() == []


def test_files_by_kind(plan_of):
    models = plan_of().models
    assert models.files("svm", 0, 1) == ["results/models/svm/seed-0/fold-1.skops"]
    assert models.files("keras") == ["results/models/keras/brought.onnx"]
    assert models.keras_files("keras") == ["models/theirs.keras"]
    assert models.keras_files("compact", 0, 1) == ["results/models/compact/seed-0/fold-1.keras"]
    assert models.files("product") == []


def test_weights_beside_an_onnx_file_belong_to_it(plan_of, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "theirs.onnx.data").touch()
    files = plan_of(models=["theirs"]).models.all_files()
    assert files == ["models/theirs.onnx", "models/theirs.onnx.data"]


def test_derived_model_has_the_files_of_its_base(plan_of):
    models = plan_of(models=["ensemble"]).models
    assert models.files("ensemble", 0, 1) == ["results/models/compact/seed-0/fold-1.onnx"]
    assert models.histories("ensemble")[0] == "results/models/compact/seed-0/fold-0.history.csv"
    assert models.validations()[1] == {
        "model": "ensemble",
        "seed": "0",
        "fold": "1",
        "file": "results/models/compact/seed-0/fold-1.onnx",
        "path": "results/models/compact/seed-0/fold-1.validation.csv",
    }
    assert models.settings("ensemble") == {"offsets": [{}, {"beta": 0.1}]}


def test_trained_model_is_opened_for_its_decision(plan_of):
    models = plan_of(models=["compact"]).models
    assert models.settings("compact") == {}
    number = {"kind": "number", "unit": "%", "threshold": 5, "truth": "fat_fraction"}
    models.definitions["compact"]["decision"] = number
    assert models.settings("compact") == {"decision": number}
    assert models.training_settings("compact")["decision"] == number
    assert models.settings("ensemble") == {"decision": number, "offsets": [{}, {"beta": 0.1}]}


def test_wildcard_takes_selected_bases_of_a_kind(plan_of):
    models = plan_of(models=["ensemble", "svm", "theirs"]).models
    expected = {"is_network": "compact", "is_texture": "svm", "is_brought": "theirs"}
    for question, name in expected.items():
        wildcard = models.wildcard(getattr(models, question))
        assert wildcard == f"{{model,{name}}}"
    none = re.search(r"\{model,(.*)\}", models.wildcard(models.is_keras))[1]
    assert not re.fullmatch(none, "compact")


def test_settings_are_those_that_change_logits(plan_of):
    models = plan_of().models
    assert models.settings("theirs") == {"scaling": {"divide": 255}}
    assert models.settings("svm") == {"features": "texture"}
    assert models.settings("compact") == {}


def test_resize_is_the_runs_for_its_own_models_and_declared_for_brought_ones(plan_of):
    area = {"library": "cv2", "kernel": "area"}
    keys = {
        "models": {"theirs": {"resize": area}},
        "reconstruction": {"resize": {"kernel": "bicubic", "aspect": "pad"}},
    }
    models = plan_of(keys).models
    for trained in ("compact", "ensemble", "svm"):
        assert models.resize(trained) == {"kernel": "bicubic", "aspect": "pad"}
    assert models.resize("theirs") == area
    assert models.resize("keras") is None
    assert "resize" not in models.settings("theirs")


def test_training_settings_leave_out_the_rest(plan_of):
    keys = {"models": {"compact": {"attacks": ["corners"], "image_cohorts": []}}}
    settings = plan_of(keys).models.training_settings("compact")
    assert settings == {"network": "compact", "max_epochs": 8, "threads": 1}


def test_threads_and_rate_limits_are_the_base_s(plan_of):
    models = plan_of({"models": {"shifted": {"of": "product", "offsets": [{}]}}}).models
    assert models.threads("large") == 4
    assert models.threads("svm") == 1
    assert models.rate_limited(["compact", "shifted"]) == 1
    assert models.rate_limited() == 0


def test_large_networks(plan_of):
    models = plan_of().models
    assert [name for name in models.definitions if models.is_large(name)] == [
        *["large", "theirs", "keras", "product"]
    ]


KINDS = {
    "plain": {},
    "augmented": {"reconstructions": {"beta": [0.5, 1.3]}},
    "adversarial": {"reconstructions": {"worst_of": 4}},
    "invariant": {"takes": "envelope"},
    "setting conditioned, augmented": {"takes": "image+parameters", "reconstructions": {"beta": 1}},
}


@pytest.mark.parametrize("words", KINDS)
def test_kind_in_words(plan_of, words):
    keys = {"models": {"compact": KINDS[words]}}
    assert plan_of(keys).models.kind("compact") == words


def test_kind_of_other_models(plan_of):
    models = plan_of().models
    assert models.kind("theirs") == "brought"
    assert models.kind("svm") == "texture, svm"
    assert models.kind("ensemble") == "ensemble"
    assert models.takes("ensemble") == "images"
    assert models.takes("compact") == "image"


def test_model_is_immune_to_what_acts_after_its_input(plan_of):
    invariant = {"models": {"compact": {"takes": "envelope"}}}
    assert plan_of(invariant).models.is_immune("compact")
    assert not plan_of().models.is_immune("compact")


def test_model_may_name_its_own_attacks(plan_of):
    models = plan_of({"models": {"compact": {"attacks": ["slopes"]}}}).models
    assert models.attacks("compact") == ["slopes"]
    assert models.attacks("svm") == ["steps", "corners"]


GUARDED = {
    "models": {"compact": {"guard": {"settings": 3}}},
    "attacks": {"past": {"method": "zoo", "guarded": True, "parameters": {}}},
}


def test_attack_that_has_to_pass_a_guard_is_one_on_models_with_a_guard(plan_of):
    plan = plan_of(GUARDED, models=["compact", "svm", "ensemble"], attacks=["steps", "past"])
    assert plan.models.guarded == ["compact"]
    assert plan.models.attacks("compact") == ["steps", "past"]
    assert plan.models.attacks("svm") == plan.models.attacks("ensemble") == ["steps"]
    assert plan.models.guard_file("compact", 0, 1) == (
        "results/models/compact/seed-0/fold-1.guard.json"
    )


def test_guard_is_no_part_of_a_training(plan_of):
    assert plan_of(GUARDED).models.training_settings("compact") == (
        plan_of().models.training_settings("compact")
    )
