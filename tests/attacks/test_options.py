import re

import pytest
import yaml

from reconattack.attacks.method import declared, method_names
from reconattack.attacks.options import PAPER_ATTACK, PAPER_BOX, attack_settings, option_schemas
from reconattack.errors import InputError
from tests.places import ROOT

BOUNDS = {"beta": (0.5, 1.3), "gain": (-6.0, 6.0)}
STEP = {"beta": 0.05, "gain": 1.0}
ZOO = {"max_steps": 10, "stop_at_bounds": "all", "probe": STEP, "rate": STEP}


def test_paper_attack_is_that_of_the_default_configuration():
    options = {name: value for name, value in PAPER_ATTACK.items() if name != "method"}
    found = attack_settings(PAPER_ATTACK["method"], options, PAPER_BOX, has_slopes=False)
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    assert found == config["attacks"]["zoo"]


@pytest.mark.parametrize("method", method_names())
def test_options_are_what_the_method_declares(method):
    steps = {"probe", "rate"} if declared(method).steps else set()
    assert set(option_schemas(method)) == set(declared(method).settings) | steps


def test_steps_stand_with_each_parameter():
    found = attack_settings("zoo", ZOO, BOUNDS, has_slopes=False)
    assert found["parameters"]["gain"] == {"box": [-6.0, 6.0], "probe": 1.0, "rate": 1.0}
    assert "probe" not in found
    assert attack_settings("minimal", {"max_queries": 9}, BOUNDS, has_slopes=False) == {
        "method": "minimal",
        "max_queries": 9,
        "parameters": {"beta": {"box": [0.5, 1.3]}, "gain": {"box": [-6.0, 6.0]}},
    }


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("minimall", {}, "there is no method of attack called 'minimall'; expected one of"),
        (
            "minimal",
            {"max_query": 9},
            "method minimal has no 'max_query'; did you mean max_queries",
        ),
        ("minimal", {}, "method minimal also needs these options:\n  max_queries: "),
        ("minimal", {"max_queries": "9"}, "option max_queries: '9' is not of type 'integer'"),
        ("minimal", {"max_queries": 1}, "option max_queries: 1 is less than the minimum of 2"),
        ("minimal", {"max_queries": 9, "probe": STEP}, "method minimal has no 'probe'"),
        ("gradient", {"max_queries": 9}, "method gradient needs the slopes of the network"),
        ("zoo", ZOO | {"stop_at_bounds": "one"}, "option stop_at_bounds: 'one' is not one of"),
        ("zoo", ZOO | {"rate": {"beta": 1}}, "rate has a step for beta; expected one for each"),
        ("zoo", ZOO | {"rate": STEP | {"beta": 0}}, "option rate: 0 is less than or equal to"),
    ],
)
def test_one_error_says_what_is_wrong(method, options, message):
    with pytest.raises(InputError, match=re.escape(message)):
        attack_settings(method, options, BOUNDS, has_slopes=False)


def test_white_box_method_takes_a_model_with_slopes():
    assert attack_settings("gradient", {"max_queries": 9}, BOUNDS, has_slopes=True)
