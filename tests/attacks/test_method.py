"""What methods of attack declare, and that their modules keep to the convention."""

import inspect

import pytest

from reconattack.attacks import method
from reconattack.attacks.method import declared, load_method, method_module, method_names
from reconattack.errors import InputError

METHODS = (
    *("certify", "cma", "cobyqa", "corners", "differential_evolution", "direct", "each_knob"),
    *("gradient", "grid", "hop_skip_jump", "minimal", "random", "sample", "zoo"),
)


def test_names_are_those_of_the_modules():
    assert method_names() == list(METHODS)


def test_unknown_method():
    with pytest.raises(
        InputError, match=r"no method of attack called 'zooo'; expected one of certify,"
    ):
        method_module("zooo")
    with pytest.raises(InputError, match="zooo"):
        declared("zooo")


@pytest.mark.parametrize("name", METHODS)
def test_constants_are_those_of_the_loaded_module(name):
    module = load_method(name)
    for key, value in vars(declared(name)).items():
        assert value == getattr(module, key.upper(), value)
    assert declared(name).settings


@pytest.mark.parametrize("name", METHODS)
def test_a_method_has_one_calling_convention(name):
    module = load_method(name)
    settings = set(declared(name).settings)
    if hasattr(module, "attack"):
        parameters = list(inspect.signature(module.attack).parameters)
        assert parameters[:2] == ["target", "space"]
        assert set(parameters[2:]) == settings
    else:
        parameters = list(inspect.signature(module.search).parameters)
        assert parameters == ["evaluate", "space", "random"]
        assert settings == {"max_queries"}
    if hasattr(module, "findings"):
        assert list(inspect.signature(module.findings).parameters)[:3] == [
            "paths",
            "target",
            "space",
        ]
    assert (declared(name).finds is None) == (not hasattr(module, "findings") or name == "gradient")


def test_a_module_with_a_constant_that_is_no_literal(tmp_path, monkeypatch):
    (tmp_path / "odd.py").write_text("WHITE_BOX = not False\n")
    monkeypatch.setattr(method, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match="malformed node"):
        method.declared.__wrapped__("odd")
