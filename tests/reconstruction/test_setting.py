import re

import pytest
import yaml

from reconattack.errors import InputError
from reconattack.reconstruction.setting import PAPER_SETTING, checked_setting
from tests.places import ROOT


def test_paper_setting_is_that_of_the_default_configuration():
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    assert config["reconstruction"]["initial"] == PAPER_SETTING


def test_values_are_numbers_in_the_order_of_the_reconstruction():
    found = checked_setting({"gamma": 1, "alpha_upper": 55, "beta": 1, "alpha_lower": 10})
    assert list(found.items()) == [
        *(("beta", 1.0), ("alpha_lower", 10.0), ("alpha_upper", 55.0), ("gamma", 1.0))
    ]
    assert all(type(value) is float for value in found.values())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"betta": 1}, "a setting has no 'betta'; did you mean beta?"),
        ({"zoom": 9}, "zoom is 9; expected a number from 0.25 to 4"),
        ({"beta": "1"}, "beta is '1'; expected a number"),
        ({"beta": float("nan")}, "beta is nan; expected a number"),
        ({"beta": [0.9]}, "beta is [0.9]; expected a number"),
        (
            {"alpha_lower": 55},
            "alpha_lower is 55 dB, alpha_upper 55 dB; expected alpha_lower below",
        ),
    ],
)
def test_what_cannot_be_a_setting_is_named(change, message):
    with pytest.raises(InputError, match=re.escape(message)):
        checked_setting(PAPER_SETTING | change)


def test_missing_parameters_are_named():
    with pytest.raises(InputError, match="the setting has no alpha_lower, alpha_upper; expected"):
        checked_setting({"beta": 0.9})
