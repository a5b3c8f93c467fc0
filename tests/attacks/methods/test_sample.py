"""The sample: counts of drawn settings, and a bound that holds as often as it says."""

import numpy as np
import pytest
from scipy.stats import binomtest, kstest, truncnorm

from reconattack.attacks.lattice import distances
from reconattack.attacks.methods.sample import (
    attack,
    draw_settings,
    findings,
    in_words,
    share_bound,
)
from reconattack.attacks.path import Path, Target
from reconattack.attacks.space import search_space
from reconattack.classifiers.decisions.binary import Binary
from tests.attacks.analytic_oracle import AnalyticOracle, bowl, linear, toward_corner
from tests.attacks.conftest import INITIAL

SETTINGS = {"draws": 200, "distribution": "uniform", "confidence": 0.95}
CORNER_SHARE = (3 - 9 / 4) ** 3 / 6 / 8  # of the box, where `toward_corner` flips


@pytest.fixture
def sampled(space):
    def run(*classifiers, references=None, seeds=None, **changes):
        oracle = AnalyticOracle(*classifiers)
        count = len(classifiers)
        references = np.ones(count, int) if references is None else np.array(references)
        target = Target(oracle, references, Binary(0.5), range(count) if seeds is None else seeds)
        settings = SETTINGS | changes
        paths = attack(target, space, **settings)
        return paths, findings(paths, target, space, **settings), oracle

    return run


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
@pytest.mark.parametrize(("flips", "n"), [(0, 1), (1, 1), (0, 3000), (7, 200), (199, 200)])
def test_bound_is_scipy_s_exact_one(flips, n, confidence):
    exact = binomtest(flips, n, alternative="less").proportion_ci(confidence, method="exact")
    assert share_bound(flips, n, confidence) == pytest.approx(exact.high, rel=1e-12)


def test_bound_without_a_flip_is_the_rule_of_three():
    assert share_bound(0, 3000, 0.95) == pytest.approx(1 - 0.05 ** (1 / 3000))
    assert share_bound(0, 3000, 0.95) == pytest.approx(3 / 3000, rel=0.002)
    assert np.isnan(share_bound(0, 0, 0.95))


@pytest.mark.parametrize("confidence", [0.6, 0.9])
def test_bound_holds_as_often_as_it_says(sampled, confidence):
    """The share that flips is known in closed form; each frame has a sample of its own."""
    frames = 500
    _, found, _ = sampled(*[toward_corner(1, 1, 1)] * frames, confidence=confidence, draws=300)
    holds = (found["flip_share_upper"] >= CORNER_SHARE).mean()
    assert holds > confidence - 3 * np.sqrt(confidence * (1 - confidence) / frames)
    assert holds < 1
    share = float(found["n_flipping"].sum() / found["n_drawn"].sum())
    spread = np.sqrt(CORNER_SHARE / (300 * frames))
    assert share == pytest.approx(CORNER_SHARE, abs=4 * spread)


def test_every_setting_drawn_is_judged_and_counted(sampled, space):
    (path,), found, oracle = sampled(linear(1, 2, 0, 0.5))
    start, *drawn = oracle.asked[0]
    assert start == tuple(space.initial)
    assert len(drawn) == path.n_drawn == 200
    assert path.queries == oracle.queries[0] == 201
    flips = np.array([linear(1, 2, 0, 0.5)(np.array(point)) < 0 for point in drawn])
    assert 0 < flips.sum() < 200
    assert found["n_flipping"] == flips.sum()
    assert found["flip_share"] == flips.mean()
    assert found["flip_share_upper"] == share_bound(int(flips.sum()), 200, 0.95)
    assert path.queries_to_flip == 2 + flips.argmax()


def test_result_is_the_nearest_flip(sampled, space):
    (path,), _, oracle = sampled(linear(1, 2, 0, 0.5))
    drawn = np.array(oracle.asked[0][1:])
    flips = drawn[drawn @ [2, 0, 0.5] - space.initial @ [2, 0, 0.5] < -1]
    assert path.stop_reason == "flipped"
    assert path.scores[path.best_step] < 0
    np.testing.assert_array_equal(
        path.parameters[path.best_step], flips[distances(flips, space)[0].argmin()]
    )


def test_what_no_drawn_setting_flips_is_called_sampled_and_not_proved(sampled):
    (path,), found, oracle = sampled(bowl([0.7, 8, 52]))
    assert path.stop_reason == "sampled"
    assert found["n_flipping"] == 0
    assert found["flip_share"] == 0
    assert 0 < found["flip_share_upper"] < 0.015
    lowest = min(bowl([0.7, 8, 52])(np.array(point)) for point in oracle.asked[0])
    assert path.scores[path.best_step] == lowest
    (path,), _, _ = sampled(bowl([0.9, 10, 55]))  # lowest at the initial setting
    assert path.best_step == 0


def test_a_frame_judged_wrong_is_not_sampled(sampled):
    paths, found, oracle = sampled(linear(-1, 0, 0, 0), linear(1, 0, 0, 0))
    assert [path.stop_reason for path in paths] == ["wrong_at_start", "sampled"]
    assert oracle.queries == [1, 201]
    assert [path.queries for path in paths] == [1, 201]
    assert found["n_drawn"].values.tolist() == [0, 200]
    for name in ("flip_share", "flip_share_upper", "confidence"):
        assert found[name].isnull().values.tolist() == [True, False]


def test_own_decision_is_the_reference_of_a_frame_without_label(sampled):
    (path,), found, _ = sampled(lambda vector: -linear(1, 2, 0, 0.5)(vector), references=[-1])
    assert path.reference == 0
    assert path.stop_reason == "flipped"
    assert path.scores[path.best_step] > 0
    assert found["n_flipping"] > 0


def test_a_model_that_nothing_reaches_is_not_sampled(space):
    found = findings([Path(1, stop_reason="immune")], None, space, **SETTINGS)
    assert found["n_drawn"] == 0
    assert found["flip_share_upper"].isnull()


def test_settings_do_not_depend_on_other_frames_nor_on_how_many_are_drawn(sampled):
    _, _, together = sampled(*[linear(9, 0, 0, 0)] * 3, seeds=[5, 6, 7])
    _, _, alone = sampled(linear(9, 0, 0, 0), seeds=[6], draws=40)
    assert alone.asked[0] == together.asked[1][:41]
    assert set(together.asked[0][1:]).isdisjoint(together.asked[1][1:])


def test_settings_are_of_the_declared_distribution(space):
    uniform = draw_settings(space, 4000, "uniform", 3)
    normal = draw_settings(space, 4000, {"normal": 0.5}, 3)
    for drawn in (uniform, normal):
        assert ((drawn >= space.lower) & (drawn <= space.upper)).all()
        np.testing.assert_array_equal(drawn, drawn.round(9))
        assert np.abs(np.corrcoef(drawn.T) - np.eye(3)).max() < 0.06
    for column in space.scaled(uniform).T:
        assert kstest(column, "uniform").statistic < 0.03
    for column in (space.scaled(normal) * 2 - 1).T:
        assert kstest(column, truncnorm(-2, 2, 0, 0.5).cdf).statistic < 0.03
    assert in_words("uniform") == "uniform over the box"
    assert "0.5 half-widths" in in_words({"normal": 0.5})


def test_box_of_a_point_has_one_setting(ranges):
    boxes = {name: {"box": [INITIAL[name]] * 2} for name in ranges}
    still = search_space(INITIAL, boxes, "sample")
    for distribution in ("uniform", {"normal": 1}):
        assert (draw_settings(still, 5, distribution, 0) == still.initial).all()
