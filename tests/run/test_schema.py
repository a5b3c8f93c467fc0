"""The schema of the configuration, completed by what the library's modules declare."""

import pytest
from jsonschema import Draft202012Validator

from reconattack.attacks.method import declared, method_names
from reconattack.reconstruction.parameters import PARAMETERS
from reconattack.run.schema import complete_schema
from tests.places import ROOT

SCHEMA = complete_schema(ROOT / "schemas" / "config.schema.yaml")
ATTACK = SCHEMA["properties"]["attacks"]["additionalProperties"]


def test_it_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


def test_it_knows_every_method_and_parameter():
    assert ATTACK["properties"]["method"]["enum"] == method_names()
    assert SCHEMA["$defs"]["parameter"]["enum"] == list(PARAMETERS)
    initial = SCHEMA["properties"]["reconstruction"]["properties"]["initial"]["properties"]
    assert set(initial) == set(PARAMETERS)


@pytest.mark.parametrize("method", method_names())
def test_attack_has_the_settings_that_its_method_declares_and_no_others(method):
    (branch,) = (
        branch["then"]
        for branch in ATTACK["allOf"]
        if branch["if"]["properties"]["method"]["const"] == method
    )
    assert branch["additionalProperties"] is False
    assert branch["required"] == [*declared(method).settings, "parameters"]
    common = {"method", "guarded", "parameters"}
    further = {"start_from"} if declared(method).starts_from else set()
    assert set(branch["properties"]) == {*common, *declared(method).settings} | further
    for settings in declared(method).settings.values():
        assert "description" in settings or "$ref" in settings
