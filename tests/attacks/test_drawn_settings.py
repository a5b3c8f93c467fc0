import dataclasses

import numpy as np
import pytest
from scipy.stats import kstest, truncnorm

from reconattack.attacks.drawn_settings import (
    choose_settings,
    normal_settings,
    setting_space,
    uniform_settings,
)
from reconattack.errors import InputError
from reconattack.seeds import seed_of

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
BOXES = {
    "beta": {"box": [0.5, 1.3]},
    "alpha_lower": {"box": [5, 15]},
    "alpha_upper": {"box": [50, 60]},
}
SWEEPS = {"beta": 17, "alpha_lower": 3, "alpha_upper": 2}
NAMES = list(INITIAL)


@pytest.fixture
def space():
    return setting_space(INITIAL, BOXES)


@pytest.fixture
def chosen(space):
    return choose_settings(space, 40, 0.5, SWEEPS)


def test_settings_and_their_names(chosen):
    assert list(chosen) == ["setting", "distribution", *NAMES]
    assert chosen["setting"].is_unique
    counts = chosen["distribution"].value_counts(sort=False).to_dict()
    assert counts == {
        **{"initial": 1, "uniform": 40, "normal": 40},
        **{"sweep_beta": 17, "sweep_alpha_lower": 3, "sweep_alpha_upper": 2},
    }
    assert chosen["setting"].tolist()[:3] == ["initial-0", "uniform-0", "uniform-1"]
    assert chosen[NAMES].iloc[0].tolist() == [0.9, 10, 55]


def test_all_settings_lie_in_the_box_in_nine_decimals(chosen):
    values = chosen[NAMES].to_numpy()
    assert (values >= [0.5, 5, 50]).all()
    assert (values <= [1.3, 15, 60]).all()
    np.testing.assert_array_equal(values, values.round(9))


def test_sweeps_lead_from_bound_to_bound_and_leave_the_others(chosen):
    beta = chosen[chosen["distribution"] == "sweep_beta"]
    assert beta["beta"].tolist() == [round(0.5 + 0.05 * step, 2) for step in range(17)]
    assert (beta[["alpha_lower", "alpha_upper"]] == [10, 55]).all(axis=None)
    lower = chosen[chosen["distribution"] == "sweep_alpha_lower"]
    assert lower[NAMES].values.tolist() == [[0.9, 5, 55], [0.9, 10, 55], [0.9, 15, 55]]


def test_numbers_come_from_the_parameters_name(space):
    random = np.random.default_rng(seed_of("accidental", "uniform", "alpha_lower"))
    np.testing.assert_allclose(uniform_settings(space, 6)[:, 1], 5 + 10 * random.random(6))


@pytest.mark.parametrize("draw", [uniform_settings, lambda s, n: normal_settings(s, n, 0.4)])
def test_a_setting_does_not_depend_on_how_many_are_drawn_or_on_other_parameters(space, draw):
    many = draw(space, 50)
    np.testing.assert_array_equal(draw(space, 7), many[:7])
    fields = {f.name: getattr(space, f.name) for f in dataclasses.fields(space)}
    kept = {"names": ("alpha_upper", "beta")} | {
        name: values[[2, 0]] for name, values in fields.items() if name != "names"
    }
    fewer = dataclasses.replace(space, **kept)
    np.testing.assert_array_equal(draw(fewer, 7), many[:7, [2, 0]])


def test_distributions(space):
    uniform, normal = uniform_settings(space, 4000), normal_settings(space, 4000, 0.5)
    for column, (low, high) in enumerate(([0.5, 1.3], [5, 15], [50, 60])):
        half = (high - low) / 2
        expected = truncnorm(-2, 2, (low + high) / 2, half / 2)
        assert kstest(normal[:, column], expected.cdf).statistic < 0.04
        assert kstest((uniform[:, column] - low) / (2 * half), "uniform").statistic < 0.04
    correlation = np.corrcoef(np.concatenate([uniform, normal], axis=1).T)
    assert np.abs(correlation - np.eye(6)).max() < 0.06


def test_normal_draws_about_an_initial_value_on_the_bound():
    space = setting_space(INITIAL | {"alpha_lower": 5}, BOXES)
    lower = normal_settings(space, 4000, 0.5)[:, 1]
    assert kstest(lower, truncnorm(0, 4, 5, 2.5).cdf).statistic < 0.04


def test_parameter_whose_box_is_one_point_stays_and_is_not_swept():
    still = setting_space(INITIAL, BOXES | {"beta": {"box": [0.9, 0.9]}})
    chosen = choose_settings(still, 5, 0.5, SWEEPS)
    assert (chosen["beta"] == 0.9).all()
    assert chosen["alpha_lower"].nunique() > 5
    assert "sweep_beta" not in set(chosen["distribution"])


def test_box_that_leaves_out_the_initial_value_is_named_by_its_key():
    with pytest.raises(InputError, match=r"^accidental\.parameters\.beta\.box is \[0\.5, 1\.3\]"):
        setting_space(INITIAL | {"beta": 1.4}, BOXES)
