"""What holds of any configuration: it is valid, or every error names its key."""

import copy

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reconattack.errors import InputError
from reconattack.run.configuration import check_configuration
from tests.places import ROOT
from tests.workflow.workflow_run import merged

REPEATABLE = settings(derandomize=True, database=None, deadline=None, max_examples=120)
SCHEMA = ROOT / "schemas" / "config.schema.yaml"
DEFAULT = yaml.safe_load((ROOT / "config.yaml").read_text())
LAYERS = [yaml.safe_load(path.read_text()) for path in sorted((ROOT / "config").glob("*.yaml"))]


CONFIGURATIONS = [DEFAULT, *(merged(DEFAULT, layer) for layer in LAYERS)]


def places(node, path=()):
    """Where anything stands in a configuration, as the keys and indices that lead there."""
    if path:
        yield path
    parts = node.items() if isinstance(node, dict) else ()
    parts = enumerate(node) if isinstance(node, list) else parts
    for key, part in parts:
        yield from places(part, (*path, key))


PLACES = [(index, place) for index, config in enumerate(CONFIGURATIONS) for place in places(config)]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from([*DEFAULT["cohorts"], *DEFAULT["models"], *DEFAULT["attacks"], "grid", "rf"])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=4,
)


def parent_of(config, place):
    for key in place[:-1]:
        config = config[key]
    return config


def errors_of(config):
    """The errors' lines; none if the configuration is valid."""
    try:
        check_configuration(config, SCHEMA)
    except InputError as error:
        head, *lines = str(error).splitlines()
        assert head == "the configuration cannot be used:"
        assert lines
        return lines
    return []


def known_keys(config):
    return {str(key) for place in places(config) for key in place} | set(DEFAULT)


@REPEATABLE
@given(where=st.sampled_from(PLACES), value=VALUES)
def test_anything_in_any_place(where, value):
    index, place = where
    config = copy.deepcopy(CONFIGURATIONS[index])
    parent_of(config, place)[place[-1]] = value
    errors = errors_of(config)
    assert not errors or any(str(place[0]) in line for line in errors) or names_a_key(errors)


def names_a_key(errors):
    """Whether some line begins with a section: what a change breaks may stand elsewhere."""
    return any(line.strip().split(".")[0].split(":")[0] in DEFAULT for line in errors)


@REPEATABLE
@given(where=st.sampled_from(PLACES))
def test_without_any_one_entry(where):
    index, place = where
    config = copy.deepcopy(CONFIGURATIONS[index])
    del parent_of(config, place)[place[-1]]
    # config/*-smoke.yaml and the like lack what the file has that they are laid over.
    errors = set(errors_of(config)) - set(errors_of(CONFIGURATIONS[index]))
    assert not errors or any("'" in line or place[0] in line for line in errors)


@REPEATABLE
@given(
    where=st.sampled_from([(i, p) for i, p in PLACES if isinstance(p[-1], str)]),
    letter=st.sampled_from("aexz_"),
)
def test_misspelt_key_of_a_fixed_name_is_named(where, letter):
    index, place = where
    config = copy.deepcopy(CONFIGURATIONS[index])
    parent = parent_of(config, place)
    misspelt = place[-1] + letter
    parent[misspelt] = parent.pop(place[-1])
    assert all(line.startswith("  ") for line in errors_of(config))


@REPEATABLE
@given(config=VALUES)
def test_anything_as_a_configuration(config):
    assert errors_of(config)
