import pytest

from reconattack.classifiers.training.building import build_network
from reconattack.errors import InputError

TWO = {"kind": "mask", "structures": ["liver", "kidney"], "dice": 0.8}


def test_a_logit_for_each_structure_at_each_pixel():
    network = build_network("unet", (32, 48), dropout=0.1, decision=TWO)
    assert network.input.shape == (None, 32, 48, 1)
    assert network.output["mask"].shape == (None, 32, 48, 2)
    assert network.count_params() < 60_000


def test_sides_are_multiples_of_eight():
    with pytest.raises(InputError, match=r"found \[32, 44\]; network unet takes .*multiples of 8"):
        build_network("unet", (32, 44), dropout=0.1, decision=TWO)
