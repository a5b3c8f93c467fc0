"""Values that YAML 1.1 or --config leaves as text."""

import copy
import json

import pytest
import yaml
from snakemake.cli import parse_config

from reconattack.run.configuration import check_configuration
from reconattack.run.typed_values import typed_values
from tests.places import ROOT
from tests.workflow.workflow_run import merged

SCHEMA = ROOT / "schemas" / "config.schema.yaml"
DEFAULT = yaml.safe_load((ROOT / "config.yaml").read_text())


def typed(changes, config=DEFAULT):
    found = typed_values(merged(config, changes), SCHEMA)
    check_configuration(found, SCHEMA)
    return found


def identical(one, other):
    """Equal, and of the same types: json tells 1 from 1.0 and from true."""
    return json.dumps(one) == json.dumps(other)


@pytest.mark.parametrize("path", [ROOT / "config.yaml", *sorted((ROOT / "config").glob("*.yaml"))])
def test_typed_configuration_stays_as_it_is(path):
    config = merged(DEFAULT, yaml.safe_load(path.read_text()))
    assert identical(typed_values(config, SCHEMA), config)


def test_given_configuration_is_not_changed():
    config = merged(DEFAULT, {"run": {"cutoff": "5e-1"}})
    before = copy.deepcopy(config)
    typed_values(config, SCHEMA)
    assert config == before


def test_numbers_that_yaml_1_1_takes_for_text():
    written = """
    run: {cutoff: 5e-1, folds: 5e0, seeds: [0, 1e1]}
    scanners: {scanner_b: {sampling_frequency: 40e6, center_frequency: 25e5}}
    attacks: {zoo: {max_steps: 1e2, parameters: {beta: {box: [5e-1, 13e-1], rate: 5e-2}}}}
    """
    changes = yaml.safe_load(written)
    assert changes["scanners"]["scanner_b"]["sampling_frequency"] == "40e6"
    config = typed(changes)
    assert config["scanners"]["scanner_b"]["sampling_frequency"] == 40e6
    assert config["attacks"]["zoo"]["parameters"]["beta"]["box"] == [0.5, 1.3]
    assert identical(
        [config["run"]["folds"], config["run"]["seeds"], config["attacks"]["zoo"]["max_steps"]],
        [5, [0, 10], 100],
    )


def test_whole_number_with_a_point_is_an_integer_where_one_is_wanted():
    config = typed({"run": {"folds": 5.0, "cutoff": 0.5}})
    assert identical(config["run"]["folds"], 5)


@pytest.mark.parametrize(
    "changes",
    [
        {"run": {"cutoff": 0.3, "seeds": [0, 1], "folds": 3}},
        {"run": {"classes": ["no", "1"], "models": ["compact"]}},
        {"models": {"compact": {"flip": True, "weights": None, "input_size": [48, 64]}}},
        {"models": {"m": {"source": "m.onnx", "scaling": {"divide": 1, "mean": [0.5, 0.4, 0.3]}}}},
        {"models": {"m": {"source": "m.onnx", "input_size": [8, 8], "positive_class": 0}}},
        {"accidental": None, "explorer": None},
    ],
)
def test_command_line_gives_what_a_file_gives(changes):
    """--config key={...} leaves every value inside the braces as text."""
    entries = [f"{key}={json.dumps(value)}" for key, value in changes.items()]
    given = parse_config(entries)
    assert identical(typed(given), typed(changes))


def test_text_stays_text_where_the_schema_wants_text():
    config = typed({"run": {"classes": ["1", "null"]}})
    assert config["run"]["classes"] == ["1", "null"]


@pytest.mark.parametrize("value", ["five", "5 Hz", "nan", "1e999", True, [1]])
def test_what_is_no_number_is_left_for_the_check(value):
    assert typed_values(merged(DEFAULT, {"run": {"folds": value}}), SCHEMA)["run"]["folds"] == value
