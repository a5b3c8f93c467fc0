import re

import pytest

from reconattack.attacks.box import box
from reconattack.errors import InputError

START = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}


def test_box_says_its_bounds():
    found = box(START, beta=(0.5, 1.3), gamma=[0.5, 2])
    assert found.start == START
    assert found.bounds == {"beta": (0.5, 1.3), "gamma": (0.5, 2.0)}
    assert repr(found) == "Box: beta 0.5 to 1.3 dB/(cm MHz), from 0.9; gamma 0.5 to 2, from 1"


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({}, "a box needs a parameter that moves"),
        ({"betta": (0, 1)}, "the reconstruction has no 'betta'; did you mean beta?"),
        ({"beta": 1}, "beta is 1; expected two numbers"),
        ({"beta": (1, 2, 3)}, "beta is (1, 2, 3); expected two numbers"),
        ({"beta": ("low", "high")}, "beta is ('low', 'high'); expected two numbers"),
        ({"beta": (0, float("inf"))}, "beta is (0, inf); expected two numbers"),
        ({"beta": (1, 1.3)}, "beta.box is [1, 1.3], which leaves out the initial value 0.9"),
        ({"zoom": (0.1, 1)}, "zoom.box is [0.1, 1]; expected values from 0.25 to 4"),
        ({"alpha_lower": (5, 55)}, "alpha_lower reaches up to 55 dB and alpha_upper down to 55 dB"),
    ],
)
def test_what_cannot_be_a_box_is_named(bounds, message):
    with pytest.raises(InputError, match=f"^{re.escape(message)}"):
        box(START, **bounds)
