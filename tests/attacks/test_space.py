import numpy as np
import pytest

from reconattack.attacks.space import search_space
from reconattack.errors import InputError


def test_space_is_in_the_order_of_the_parameters(initial, knobs):
    space = search_space(initial, dict(reversed(knobs.items())), "zoo")
    assert space.names == ("beta", "alpha_lower", "alpha_upper")
    np.testing.assert_array_equal(space.initial, [0.9, 10, 55])
    np.testing.assert_array_equal(space.lower, [0.5, 5, 50])
    np.testing.assert_array_equal(space.upper, [1.3, 15, 60])
    np.testing.assert_array_equal(space.probe, [0.05, 0.1, 0.1])
    np.testing.assert_array_equal(space.rate, [0.05, 0.5, 0.5])


def test_points_of_the_papers_box_are_exact_decimals(paper_space):
    visited = {0: {0.9}, 1: {10.0}, 2: {55.0}}
    for sign in (1, -1):
        point = paper_space.initial[None]
        for _ in range(10):
            point = paper_space.move(point, np.full((1, 3), sign))
            for column, values in visited.items():
                values.add(point[0, column])
    hundredths = range(50, 131, 5)
    assert visited[0] == {float(f"{value / 100:.2f}") for value in hundredths}
    assert visited[1] == {float(value) / 2 for value in range(10, 31)}
    assert visited[2] == {float(value) / 2 for value in range(100, 121)}


def test_eight_steps_of_beta_are_exactly_its_bound(paper_space):
    point = paper_space.initial[None]
    for _ in range(8):
        assert not paper_space.at_bound(point)[0, 0]
        point = paper_space.move(point, np.array([[1, 0, 0]]))
    assert point.tolist() == [[1.3, 10.0, 55.0]]
    assert paper_space.at_bound(point).tolist() == [[True, False, False]]


def test_either_end_of_a_box_is_a_bound(paper_space):
    points = np.array([[0.5, 10, 55], [0.9, 15, 50], [0.55, 5.5, 59.5]])
    expected = [[True, False, False], [False, True, True], [False, False, False]]
    assert paper_space.at_bound(points).tolist() == expected


def test_a_step_over_the_box_ends_on_it(initial, knobs):
    knobs["beta"] |= {"box": [0.88, 0.93]}
    space = search_space(initial, knobs, "zoo")
    moved = space.move(np.tile(space.initial, (2, 1)), np.array([[1, 0, 0], [-1, 0, 0]]))
    assert moved[:, 0].tolist() == [0.93, 0.88]


def test_probes_move_one_parameter_each_and_may_leave_the_box(paper_space):
    (probes,) = paper_space.probes(np.array([[1.3, 5, 55]]))
    assert probes.shape == (3, 2, 3)
    minus, plus = probes.swapaxes(0, 1)
    assert minus.tolist() == [[1.25, 5, 55], [1.3, 4.9, 55], [1.3, 5, 54.9]]
    assert plus.tolist() == [[1.35, 5, 55], [1.3, 5.1, 55], [1.3, 5, 55.1]]


def test_a_parameter_with_a_box_of_one_point_is_never_at_its_bound(initial, knobs):
    knobs["alpha_upper"]["box"] = [55, 55]
    space = search_space(initial, knobs, "zoo")
    moved = space.move(space.initial[None], np.ones((1, 3)))
    assert moved.tolist() == [[0.95, 10.5, 55]]
    assert not space.at_bound(moved).any()


@pytest.mark.parametrize("box", [[1.0, 1.3], [0.5, 0.8], [1.3, 0.5]])
def test_a_box_without_the_initial_value_is_named(initial, knobs, box):
    knobs["beta"]["box"] = box
    with pytest.raises(InputError, match=r"attacks\.zoo\.parameters\.beta\.box") as error:
        search_space(initial, knobs, "zoo")
    assert "initial value 0.9" in str(error.value)


def test_every_box_that_leaves_out_its_initial_value_is_named(initial, knobs):
    knobs["beta"]["box"] = [1.0, 1.3]
    knobs["alpha_upper"]["box"] = [50, 54]
    with pytest.raises(InputError, match=r"(?s)beta\.box.*alpha_upper\.box"):
        search_space(initial, knobs, "zoo")


def test_a_method_without_steps_needs_boxes_only(initial, ranges):
    space = search_space(initial, ranges, "corners")
    np.testing.assert_array_equal(space.lower, [0.5, 5, 50])
    np.testing.assert_array_equal(space.upper, [1.3, 15, 60])
    assert space.probe.tolist() == space.rate.tolist() == [0, 0, 0]


def test_box_may_reach_as_far_as_no_probe_leaves_it(initial, ranges, knobs):
    close = {"alpha_lower": {"box": [5, 49.95]}}
    search_space(initial, ranges | close, "corners")
    knobs["alpha_lower"]["box"] = [5, 49.95]
    with pytest.raises(InputError, match="with their probes alpha_lower reaches up to"):
        search_space(initial, knobs, "zoo")
    crossing = {"alpha_lower": {"box": [5, 50]}}
    with pytest.raises(InputError, match=r"parameters: alpha_lower reaches up to 50 dB"):
        search_space(initial, ranges | crossing, "corners")


def test_shares_of_the_box_and_back(space):
    points = np.array([[0.5, 5, 50], [1.3, 15, 60], [0.9, 7.5, 58]])
    shares = space.scaled(points)
    np.testing.assert_allclose(shares, [[0, 0, 0], [1, 1, 1], [0.5, 0.25, 0.8]])
    np.testing.assert_allclose(space.points(shares), points)


def test_parameter_with_a_box_of_one_point_has_no_share(initial, ranges):
    space = search_space(initial, ranges | {"alpha_lower": {"box": [10, 10]}}, "corners")
    assert space.free.tolist() == [True, False, True]
    assert space.scaled(np.array([[1.3, 10, 52.5]])).tolist() == [[1, 0.25]]
    assert space.points(np.array([[1, 0.25]])).tolist() == [[1.3, 10, 52.5]]


def test_parameters_of_the_paper_that_are_not_moved_stand_still(initial, ranges):
    del ranges["alpha_lower"]
    space = search_space(initial, ranges, "corners")
    assert space.names == ("beta", "alpha_lower", "alpha_upper")
    assert space.free.tolist() == [True, False, True]
    assert space.lower[1] == space.upper[1] == 10


def test_further_parameters_stand_where_they_act(initial, ranges):
    further = {"gamma": {"box": [0.5, 2]}, "gain": {"box": [-6, 6]}, "zoom": {"box": [1, 1.2]}}
    space = search_space(initial | {"gain": 2}, further, "corners")
    assert space.names == ("beta", "gain", "zoom", "alpha_lower", "alpha_upper", "gamma")
    assert space.initial.tolist() == [0.9, 2, 1, 10, 55, 1]  # neutral where nothing is set
    assert space.free.tolist() == [False, True, True, False, False, True]


@pytest.mark.parametrize(
    ("name", "knob", "said"),
    [
        ("gamma", {"box": [-1, 2]}, r"\.box is \[-1, 2\]; expected values from 0.1 to 10$"),
        ("median", {"box": [0, 1.5]}, "expected values from 0 to 1$"),
        ("median", {"box": [0, 1], "probe": 0.1, "rate": 0.1}, "its probes among them"),
    ],
)
def test_box_beyond_what_means_anything_is_refused(initial, name, knob, said):
    with pytest.raises(InputError, match=rf"attacks\.mine\.parameters\.{name}.*{said}"):
        search_space(initial, {name: knob}, "mine")


@pytest.mark.parametrize(
    "knob", [{"box": [0, 1]}, {"box": [0.25, 0.75], "probe": 0.25, "rate": 0.25}]
)
def test_box_may_reach_as_far_as_values_mean_anything(initial, knob):
    space = search_space(initial | {"median": 0.5}, {"median": knob}, "mine")
    column = space.names.index("median")
    assert [space.lower[column], space.upper[column]] == knob["box"]
