"""Defaults under the configuration of a module, and the library that its jobs import."""

import os

import pytest

from reconattack.run.as_module import let_jobs_import, with_defaults


@pytest.fixture
def defaults(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("run: {models: [a, b], folds: 5}\nattacks: {zoo: {rate: 1}}\ncontainer: {}\n")
    return path


def test_maps_are_merged_and_lists_replaced(defaults):
    config = {"run": {"models": ["c"]}, "attacks": {"own": {"rate": 2}}, "container": None}
    assert with_defaults(config, defaults) == {
        "run": {"models": ["c"], "folds": 5},
        "attacks": {"zoo": {"rate": 1}, "own": {"rate": 2}},
        "container": None,
    }
    assert config["run"] == {"models": ["c"]}


def test_empty_configuration_is_the_default(defaults):
    assert with_defaults({}, defaults)["run"] == {"models": ["a", "b"], "folds": 5}


@pytest.mark.parametrize("before", ["", "/older", "/checkout", "/older:/checkout"])
def test_jobs_look_into_the_checkout_first(monkeypatch, before):
    monkeypatch.setenv("PYTHONPATH", before)
    let_jobs_import("/checkout")
    let_jobs_import("/checkout")
    first, *others = os.environ["PYTHONPATH"].split(os.pathsep)
    assert first == "/checkout"
    assert others == (["/older"] if "/older" in before else [])


def test_jobs_look_into_the_checkout_without_a_search_path(monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    let_jobs_import("/checkout")
    assert os.environ["PYTHONPATH"] == "/checkout"
