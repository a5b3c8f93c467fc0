"""The framework by searches of a few lines, and what every search has to keep to."""

import threading

import numpy as np
import pytest

from reconattack.attacks.method import declared, load_method, method_names
from reconattack.attacks.path import Target, rounded_margins
from reconattack.attacks.search import PATIENCE, attack
from reconattack.attacks.space import search_space
from reconattack.classifiers.decisions.binary import RESOLUTION, Binary
from tests.attacks.analytic_oracle import START, AnalyticOracle, bowl, bump, linear, toward_corner

KEPT = linear(50, 0, 0, 0)
# hop_skip_jump and minimal go on after their first flip.
SEARCHES = [
    name
    for name in method_names()
    if "max_queries" in declared(name).settings and name not in ("hop_skip_jump", "minimal")
]


@pytest.fixture(autouse=True)
def no_thread_is_left():
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


def run(oracle, space, search, references=None, cutoff=0.5, max_queries=100, **settings):
    count = len(oracle.classifiers)
    references = np.ones(count, int) if references is None else np.array(references)
    seeds = settings.pop("seeds", range(count))
    target = Target(oracle, references, Binary(cutoff), seeds)
    return attack(target, space, search, max_queries, **settings)


def asking(*requests, heard=None):
    """A search that puts the same requests to every frame and then returns."""

    def search(evaluate, space, random):
        for request in requests:
            answer = evaluate(np.array(request, float))
            if heard is not None:
                heard.append(answer)

    return search


def betas(*values):
    return [[value, 10, 55] for value in values]


# References and the start


def test_initial_setting_is_the_first_query(space):
    oracle = AnalyticOracle(KEPT)
    (path,) = run(oracle, space, asking(betas(1.0, 1.1)))
    np.testing.assert_array_equal(path.parameters, betas(0.9, 1.0, 1.1))
    np.testing.assert_array_equal(oracle.asked[0], betas(0.9, 1.0, 1.1))
    assert path.scores == [50, 50, 50]
    np.testing.assert_allclose(path.losses, np.log1p(np.exp([-50.0] * 3)))
    assert (path.stop_reason, path.queries, path.repeats) == ("exhausted", 3, 0)


def test_frame_misjudged_at_the_start_costs_one_query(space):
    oracle = AnalyticOracle(KEPT, KEPT)
    wrong, right = run(oracle, space, asking(betas(1.0)), references=[0, 1])
    assert (wrong.stop_reason, wrong.queries, wrong.best) == ("wrong_at_start", 1, 0)
    assert right.stop_reason == "exhausted"
    assert oracle.queries == [1, 2]


def test_own_decision_is_the_reference_of_unlabelled_frames(space):
    oracle = AnalyticOracle(linear(1, -20, 0, 0), linear(-1, 20, 0, 0))
    paths = run(oracle, space, asking(betas(1.0)), references=[-1, -1])
    assert [path.reference for path in paths] == [1, 0]
    assert [path.stop_reason for path in paths] == ["flipped", "flipped"]


def test_no_frames(space):
    assert run(AnalyticOracle(), space, asking(betas(1.0))) == []


# Flips


@pytest.mark.parametrize(("start", "reference"), [(0.3, 1), (-0.3, 0)])
def test_first_flip_of_a_request_ends_it_and_what_follows_is_not_counted(space, start, reference):
    oracle = AnalyticOracle(linear(start, -4 * start / 0.4, 0, 0))
    never = []
    search = asking(betas(0.95), betas(0.8, 1.1, 1.2, 0.7), betas(0.6), heard=never)
    (path,) = run(oracle, space, search, references=[reference])
    np.testing.assert_array_equal(path.parameters, betas(0.9, 0.95, 0.8, 1.1))
    assert (path.stop_reason, path.queries, path.best) == ("flipped", 4, 3)
    assert oracle.queries == [6]  # 1.2 and 0.7 were in the same batch
    assert len(never) == 1


def test_flip_is_told_from_the_unrounded_logit(space):
    below = RESOLUTION / 100
    oracle = AnalyticOracle(lambda vector: -below if vector[0] == 1.0 else below)
    heard = []
    (path,) = run(oracle, space, asking(betas(0.8), betas(1.0), heard=heard))
    assert (path.stop_reason, path.queries) == ("flipped", 3)
    assert np.array(heard).tolist() == [[0]]  # kept by less than the resolution


def test_search_may_go_on_after_a_flip(space):
    oracle = AnalyticOracle(linear(1, -20, 0, 0))
    heard = []
    search = asking(betas(0.91, 1.1, 1.0), betas(1.3), heard=heard)
    (path,) = run(oracle, space, search, stop_at_flip=False)
    np.testing.assert_array_equal(path.parameters, betas(0.9, 0.91, 1.1, 1.0, 1.3))
    assert (path.stop_reason, path.queries, path.queries_to_flip) == ("flipped", 5, 3)
    assert path.best == 4  # the lowest margin
    np.testing.assert_allclose(np.concatenate(heard), [0.8, -3, -1, -7], atol=RESOLUTION / 2)


@pytest.mark.parametrize("reference", [0, 1])
def test_margin_of_a_flip_is_below_zero_however_small(space, reference):
    tiny = RESOLUTION / 100 * (-1 if reference == 1 else 1)
    oracle = AnalyticOracle(lambda vector: tiny if vector[0] == 1.0 else -tiny)
    heard = []
    search = asking(betas(1.0, 1.1), heard=heard)
    (path,) = run(oracle, space, search, references=[reference], stop_at_flip=False)
    assert np.array(heard).tolist() == [[-RESOLUTION, 0]]
    assert path.stop_reason == "flipped"


def test_probability_at_the_cutoff_is_fatty(space):
    at_cutoff = AnalyticOracle(lambda vector: 0.0 if vector[0] == 1.0 else 1.0)
    (path,) = run(at_cutoff, space, asking(betas(1.0)))
    assert path.stop_reason == "exhausted"
    risen = AnalyticOracle(lambda vector: 0.0 if vector[0] == 1.0 else -1.0)
    (path,) = run(risen, space, asking(betas(1.0)), references=[0])
    assert path.stop_reason == "flipped"


@pytest.mark.parametrize(("cutoff", "queries"), [(0.5, 4), (0.8, 3), (0.05, 5)])
def test_cutoff_decides_when_the_frame_has_flipped(space, cutoff, queries):
    # Logits 6, 3.5, 1, -1.5, -4: the cut-offs lie at logits 0, 1.39 and -2.94.
    oracle = AnalyticOracle(linear(6, -25, 0, 0))
    (path,) = run(oracle, space, asking(betas(1.0, 1.1, 1.2, 1.3)), cutoff=cutoff)
    assert (path.stop_reason, path.queries) == ("flipped", queries)


# Margins


def test_margins_by_hand():
    def margins(cutoff, logits, reference):
        return rounded_margins(Binary(cutoff), logits, reference)

    logits = np.array([2.0, 0.5])
    np.testing.assert_allclose(margins(0.5, logits, 1), [2, 0.5], atol=RESOLUTION / 2)
    np.testing.assert_allclose(margins(0.5, -logits, 0), [2, 0.5], atol=RESOLUTION / 2)
    odds = np.log(0.8 / 0.2)
    np.testing.assert_allclose(margins(0.8, logits, 1), logits - odds, atol=RESOLUTION / 2)
    np.testing.assert_allclose(margins(0.8, logits, 0), odds - logits, atol=RESOLUTION / 2)


def test_margins_tell_no_difference_below_a_millionth_of_probability():
    assert len(set(rounded_margins(Binary(0.5), np.array([1.0, 1 + 1e-7, 1 - 1e-7]), 1))) == 1
    assert len(set(rounded_margins(Binary(0.5), np.array([0.0, 4.1e-6]), 1))) == 2


def test_search_is_told_margins_in_its_order(space):
    heard = []
    oracle = AnalyticOracle(linear(-2, -2, 0, 0))
    run(oracle, space, asking(betas(1.1, 0.9, 0.8, 1.1), heard=heard), references=[0])
    np.testing.assert_allclose(heard, [[2.4, 2, 1.8, 2.4]], atol=RESOLUTION / 2)


@pytest.mark.parametrize(("sign", "reference"), [(1, 1), (-1, 0)])
def test_best_is_the_earliest_of_the_lowest_margins(space, sign, reference):
    oracle = AnalyticOracle(lambda vector: sign * (1 + 5 * abs(vector[0] - 1.0)))
    search = asking(betas(0.7, 1.1), betas(0.95, 1.05))
    (path,) = run(oracle, space, search, references=[reference])
    assert (path.stop_reason, path.best) == ("exhausted", 3)


# Budget and repeats


def test_last_request_is_cut_to_what_is_left(space):
    oracle = AnalyticOracle(KEPT)
    (path,) = run(oracle, space, asking(betas(1.0, 1.1), betas(1.2, 1.3, 0.8)), max_queries=4)
    np.testing.assert_array_equal(path.parameters, betas(0.9, 1.0, 1.1, 1.2))
    assert (path.stop_reason, path.queries) == ("budget", 4)
    assert oracle.queries == [4]


def test_flip_at_the_last_query_is_a_success(space):
    oracle = AnalyticOracle(linear(6, -25, 0, 0))
    search = asking(betas(1.0, 1.1), betas(1.2, 1.3))
    assert run(oracle, space, search, max_queries=4)[0].stop_reason == "flipped"
    assert run(oracle, space, search, max_queries=3)[0].stop_reason == "budget"


def test_search_that_needs_all_of_its_budget_has_ended_by_itself(space):
    (path,) = run(AnalyticOracle(KEPT), space, asking(betas(1.0, 1.1)), max_queries=3)
    assert (path.stop_reason, path.queries) == ("exhausted", 3)


def test_repeats_are_free(space):
    oracle = AnalyticOracle(KEPT)
    search = asking(betas(0.9, 1.0, 1.0), betas(1.0 + 4e-10, 1.1), betas(0.9))
    (path,) = run(oracle, space, search, max_queries=3)
    assert oracle.asked == [[tuple(point) for point in betas(0.9, 1.0, 1.1)]]
    assert (path.stop_reason, path.queries, path.repeats) == ("exhausted", 3, 4)


def test_frames_do_not_share_their_memory(space):
    oracle = AnalyticOracle(KEPT, KEPT)
    paths = run(oracle, space, asking(betas(1.0)))
    assert [path.repeats for path in paths] == [0, 0]
    assert oracle.queries == [2, 2]


def test_search_that_only_repeats_is_ended(space):
    def search(evaluate, space, random):
        evaluate(np.array(betas(1.0)))
        while True:
            evaluate(np.array(betas(1.0)))

    (path,) = run(AnalyticOracle(KEPT), space, search)
    assert (path.stop_reason, path.queries, path.repeats) == ("exhausted", 2, PATIENCE)


def test_search_that_never_leaves_its_start_is_ended(space):
    def search(evaluate, space, random):
        while True:
            evaluate(START[np.newaxis])

    (path,) = run(AnalyticOracle(KEPT), space, search)
    assert (path.stop_reason, path.queries, path.repeats) == ("exhausted", 1, PATIENCE)


def test_no_parameter_that_moves_leaves_nothing_to_try(initial, ranges):
    still = {name: {"box": [initial[name]] * 2} for name in ranges}
    oracle = AnalyticOracle(KEPT)
    (path,) = run(oracle, search_space(initial, still, "search"), asking(betas(1.0)))
    assert (path.stop_reason, oracle.queries) == ("exhausted", [1])


# Slopes


def run_white_box(oracle, space, search, **settings):
    return run(oracle, space, search, slopes=oracle.slopes, **settings)


@pytest.mark.parametrize(("at_start", "reference"), [(2, 1), (-2, 0)])
def test_slopes_are_those_of_the_margin_and_the_loss_is_kept(space, at_start, reference):
    heard = []

    def search(evaluate, space, random, slopes):
        evaluate(np.array(betas(1.0, 1.1)))
        heard.append(slopes(np.array(betas(1.1, 0.9))))

    oracle = AnalyticOracle(linear(at_start, 0.5, -0.1, 0))
    (path,) = run_white_box(oracle, space, search, references=[reference])
    sign = 1 if reference else -1
    np.testing.assert_allclose(heard, [[[0.5 * sign, -0.1 * sign, 0]] * 2], rtol=1e-5)
    assert np.isnan(path.gradients[1]).all()
    for step in (0, 2):
        per_logit = -sign / (1 + np.exp(sign * path.scores[step]))  # of softplus(-+logit)
        expected = per_logit * np.array([0.5, -0.1, 0])
        np.testing.assert_allclose(path.gradients[step], expected, rtol=1e-5)
    assert (path.queries, path.slopes, path.stop_reason) == (5, 2, "exhausted")
    assert oracle.queries == [3]


def test_slope_without_budget_ends_the_search(space):
    def search(evaluate, space, random, slopes):
        slopes(np.array(betas(0.9)))
        evaluate(np.array(betas(1.0)))
        slopes(np.array(betas(1.0)))

    oracle = AnalyticOracle(KEPT)
    (path,) = run_white_box(oracle, space, search, max_queries=3)
    assert (path.stop_reason, path.queries, path.slopes) == ("budget", 3, 1)
    (path,) = run_white_box(oracle, space, search, max_queries=4)
    assert (path.stop_reason, path.queries, path.slopes) == ("exhausted", 4, 2)


def test_slope_asked_again_is_free(space):
    def search(evaluate, space, random, slopes):
        evaluate(np.array(betas(1.0)))
        first, second = slopes(np.array(betas(1.0, 1.0)))
        np.testing.assert_array_equal(first, second)
        slopes(np.array(betas(1.0)))

    (path,) = run_white_box(AnalyticOracle(KEPT), space, search, max_queries=3)
    assert (path.stop_reason, path.queries, path.slopes, path.repeats) == ("exhausted", 3, 1, 2)


def test_slope_that_moves_no_margin_over_the_box_is_zero(space):
    """0.8 of beta times 4e-6 is less than the resolution, 10 dB times a tenth of it just that."""
    heard = []

    def search(evaluate, space, random, slopes):
        heard.append(slopes(np.array(betas(0.9))))

    class Steep(AnalyticOracle):
        def slopes(self, frame, points):
            return np.array([[4e-6, RESOLUTION / 10, -3e-7]])

    run_white_box(Steep(KEPT), space, search)
    np.testing.assert_array_equal(heard, [[[0, RESOLUTION / 10, 0]]])


def test_slope_of_a_point_that_was_not_judged_is_an_error_of_the_method(space):
    def search(evaluate, space, random, slopes):
        slopes(np.array(betas(1.0)))

    with pytest.raises(RuntimeError, match=r"slope of .* not judged"):
        run_white_box(AnalyticOracle(KEPT), space, search)


# The box


@pytest.mark.parametrize("point", [[1.31, 10, 55], [0.9, 4.9, 55], [0.9, 10, np.nan]])
def test_point_outside_the_box_is_an_error_of_the_method(space, point):
    with pytest.raises(RuntimeError, match="left the box"):
        run(AnalyticOracle(KEPT, KEPT), space, asking(betas(1.0), [START, point]))


@pytest.mark.parametrize("points", [[1.0, 10, 55], [[1.0, 10]], [[1.0]], [[1.0, 10, 55, 0]]])
def test_point_of_another_shape_is_an_error_of_the_method(space, points):
    with pytest.raises(RuntimeError, match="shape"):
        run(AnalyticOracle(KEPT), space, asking(points))


def test_rounding_errors_at_the_box_are_taken_off(space):
    over = [[1.3 + 1e-10, 5 - 1e-10, 60 * (1 + 1e-16)]]
    (path,) = run(AnalyticOracle(KEPT), space, asking(over))
    assert path.parameters[1].tolist() == [1.3, 5, 60]


# Threads


def test_frames_share_the_calls_of_the_oracle(space):
    oracle = AnalyticOracle(KEPT, KEPT, KEPT)
    search = asking(betas(1.0, 1.1), betas(1.2))
    run(oracle, space, search)
    assert oracle.calls == 3
    apart = AnalyticOracle(KEPT, KEPT, KEPT)
    run(apart, space, search, side_by_side=False)
    assert apart.calls == 7
    assert apart.asked == oracle.asked


def test_error_of_a_search_ends_all(space):
    def search(evaluate, space, random):
        evaluate(np.array(betas(1.0)))
        if random.random() > 0.5:
            raise ZeroDivisionError("by the search")
        evaluate(np.array(betas(1.1)))

    chances = {seed: np.random.default_rng(seed).random() > 0.5 for seed in range(4)}
    assert set(chances.values()) == {True, False}
    with pytest.raises(ZeroDivisionError, match="by the search"):
        run(AnalyticOracle(KEPT, KEPT, KEPT, KEPT), space, search)


def test_search_cannot_hold_on_to_its_end(space):
    def search(evaluate, space, random):
        for beta in np.linspace(0.5, 1.3, 50):
            try:
                evaluate(np.array(betas(beta)))
            except Exception:  # as some optimizers do
                raise AssertionError("the end was caught") from None

    def stubborn(evaluate, space, random):
        try:
            search(evaluate, space, random)
        finally:
            evaluate(np.array(betas(1.234)))

    for method in (search, stubborn):
        oracle = AnalyticOracle(KEPT)
        (path,) = run(oracle, space, method, max_queries=10)
        assert (path.stop_reason, oracle.queries) == ("budget", [10])


class Failing(AnalyticOracle):
    def __init__(self, error, after, *classifiers):
        super().__init__(*classifiers)
        self.error, self.after = error, after

    def __call__(self, frames, parameters):
        if self.calls == self.after:
            raise self.error
        return super().__call__(frames, parameters)


# Every search

BOXES = {
    "three": {},
    "two": {"alpha_upper": {"box": [55, 55]}},
    "one": {"alpha_lower": {"box": [10, 10]}, "alpha_upper": {"box": [55, 55]}},
    "edge": {"beta": {"box": [0.9, 1.3]}, "alpha_upper": {"box": [50, 55]}},
}
FRAMES = (
    toward_corner(1, 1, -1),
    bump([1.1, 12, 57]),
    bowl([0.7, 8, 52], height=3),
    linear(1, -1, 0.05, 0.05),
)


@pytest.fixture(params=SEARCHES)
def method(request):
    """An attack by one of the searches, as a job runs it."""
    name = request.param
    flags = declared(name)
    settings = {} if flags.side_by_side and not flags.white_box else {"side_by_side": False}

    def attacked(oracle, space, **changes):
        slopes = {"slopes": oracle.slopes} if flags.white_box else {}
        return run(oracle, space, search=load_method(name).search, **settings, **slopes, **changes)

    return attacked


def facts(path):
    return (
        [tuple(point) for point in path.parameters],
        path.scores,
        (path.stop_reason, path.best, path.queries, path.repeats),
    )


@pytest.mark.parametrize("error", [ValueError("of the oracle"), KeyboardInterrupt()])
@pytest.mark.parametrize("after", [0, 1, 5])
def test_error_of_the_oracle_ends_every_thread(space, method, error, after):
    with pytest.raises(type(error)) as raised:
        method(Failing(error, after, *FRAMES), space)
    assert raised.value is error


@pytest.mark.parametrize("box", BOXES)
def test_every_query_lies_in_the_box_and_none_is_asked_twice(initial, ranges, method, box):
    space = search_space(initial, ranges | BOXES[box], "search")
    oracle = AnalyticOracle(bowl(START), bump([0.6, 6, 51], depth=-0.5))
    paths = method(oracle, space, max_queries=60)
    for path in paths:
        points = np.array(path.parameters)
        assert path.queries == len(points) + path.slopes == 60
        assert path.stop_reason == "budget"
        assert len(np.unique(points, axis=0)) == len(points)
        assert ((points >= space.lower) & (points <= space.upper)).all()
        np.testing.assert_array_equal(points, np.round(points, 9))
        assert (np.ptp(points, axis=0) > 0).tolist() == space.free.tolist()
    assert oracle.queries == [len(path.parameters) for path in paths]


def test_a_flip_in_a_corner_and_one_inside_are_found(space, method):
    oracle = AnalyticOracle(toward_corner(1, 1, -1), bump([1.1, 12, 57]), toward_corner(-1, 1, 1))
    corner, inside, other = method(oracle, space, max_queries=400)
    for path in (corner, inside, other):
        assert path.stop_reason == "flipped"
        assert path.best == len(path.parameters) - 1
        assert path.scores[-1] < 0 < min(path.scores[:-1])
    assert (((corner.parameters[-1] - START) * [1, 1, -1]) > 0).all()
    assert np.abs((inside.parameters[-1] - [1.1, 12, 57]) / [0.4, 5, 5]).max() < 0.4


def test_what_cannot_flip_uses_its_budget_to_the_last_query(space, method):
    oracle = AnalyticOracle(KEPT, bowl([1.0, 9, 58]))
    paths = method(oracle, space, max_queries=97)
    for path in paths:
        assert (path.stop_reason, path.queries) == ("budget", 97)
        assert path.scores[path.best] == min(path.scores)
    assert oracle.queries == [97 - path.slopes for path in paths]


def test_same_seeds_same_paths(space, method):
    first, second = (
        [facts(path) for path in method(AnalyticOracle(*FRAMES), space)] for _ in range(2)
    )
    assert first == second


def test_side_by_side_is_one_by_one_to_the_last_bit(space, method):
    together = method(AnalyticOracle(*FRAMES), space, seeds=[5, 6, 7, 8])
    for frame, path in enumerate(together):
        (alone,) = method(AnalyticOracle(FRAMES[frame]), space, seeds=[5 + frame])
        assert facts(alone) == facts(path)


def test_further_frame_changes_no_other_path(space, method):
    few = method(AnalyticOracle(*FRAMES[1:]), space, seeds=[2, 3, 4])
    many = method(AnalyticOracle(*FRAMES), space, seeds=[1, 2, 3, 4])
    assert [facts(path) for path in many[1:]] == [facts(path) for path in few]


def test_global_random_numbers_are_left_alone(space, method):
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    first = [facts(path) for path in method(AnalyticOracle(*FRAMES), space)]
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002
    np.random.seed(4)  # noqa: NPY002
    assert [facts(path) for path in method(AnalyticOracle(*FRAMES), space)] == first


def test_nothing_is_printed_or_written(space, method, capfd, tmp_path, monkeypatch, recwarn):
    monkeypatch.chdir(tmp_path)
    method(AnalyticOracle(*FRAMES), space)
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []
    assert [str(warning.message) for warning in recwarn] == []
