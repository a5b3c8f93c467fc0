"""The boxes for another probe, in dB and as keys of a configuration."""

import pytest
import yaml

from reconattack.errors import InputError
from reconattack.run.as_module import laid_over
from reconattack.run.configuration import check_configuration
from reconattack.run.proposal import effect, proposal
from tests.places import ROOT

DEFAULT = yaml.safe_load((ROOT / "config.yaml").read_text())


def boxes(moved):
    return {name: block["parameters"]["beta"]["box"] for name, block in moved["attacks"].items()}


@pytest.mark.parametrize(("frequency", "depth"), [(12e6, 0.04), (7.5e6, 0.06), (2.5e6, 0.18)])
def test_box_changes_the_deepest_echo_as_much_as_the_papers(frequency, depth):
    moved = proposal(DEFAULT, frequency, depth)
    for low, high in (boxes(moved)["zoo"], moved["accidental"]["parameters"]["beta"]["box"]):
        decibels = (high - low) * (frequency / 1e6) * (depth * 100)
        assert decibels == pytest.approx(32, rel=0.02)
        assert (low + high) / 2 == pytest.approx(0.9)


def test_steps_reach_the_bounds_as_in_the_paper():
    beta = proposal(DEFAULT, 12e6, 0.04)["attacks"]["zoo"]["parameters"]["beta"]
    assert 8 * beta["rate"] == pytest.approx((beta["box"][1] - beta["box"][0]) / 2)
    assert beta["probe"] == beta["rate"]


def test_box_is_not_wider_than_the_papers_and_has_no_negative_beta():
    for depth in (0.05, 0.1596):  # the latter as in the default run
        assert boxes(proposal(DEFAULT, 2.5e6, depth))["corners"] == [0.5, 1.3]
    assert boxes(proposal(DEFAULT, 2.5e6, 0.05, beta=0.2))["corners"] == [0.0, 0.6]


@pytest.mark.parametrize("beta", [None, 0, 0.5])
def test_proposal_is_a_configuration(beta):
    moved = proposal(DEFAULT, 12e6, 0.04, beta)
    config = laid_over(DEFAULT, moved)
    check_configuration(config, ROOT / "schemas" / "config.schema.yaml")
    assert config["attacks"]["corners"]["parameters"].keys() == {
        *("beta", "alpha_lower", "alpha_upper")
    }
    assert set(boxes(moved)) == set(DEFAULT["run"]["attacks"])


def test_effect_is_told_in_decibels_at_depths():
    lines = effect(proposal(DEFAULT, 12e6, 0.04), 12e6, 0.04)
    assert lines[0] == "beta 0.9 dB/(cm MHz) at 12 MHz, widest box 0.568 to 1.232:"
    assert lines[3] == "  at  4.0 cm the initial setting adds 86 dB, the box -32 to +32 dB"


def test_all_numbers_in_other_units_are_told_at_once():
    with pytest.raises(InputError) as error:
        proposal(DEFAULT, 12, 4, 90)
    frequency, depth, beta = str(error.value).splitlines()
    assert frequency.endswith("is it in another unit? 12 MHz are 1.2e+07 Hz")
    assert depth.startswith("depth is 4 m; expected from 0.001 to 0.6 m")
    assert beta == "beta is 90; expected from 0 to 5 dB/(cm MHz)"
