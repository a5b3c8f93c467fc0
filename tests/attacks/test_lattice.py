import itertools

import numpy as np
import pytest

from reconattack.attacks.lattice import box_shares, distances, lattice_axes
from reconattack.attacks.space import search_space
from reconattack.errors import InputError

PAPER = {"beta": 0.05, "alpha_lower": 0.5, "alpha_upper": 0.5}
COARSE = {"beta": 0.2, "alpha_lower": 2.5, "alpha_upper": 5}
LIMIT = 7497
START = np.array([0.9, 10, 55])


def test_the_papers_lattice_has_its_points(paper_space):
    beta, lower, upper = lattice_axes(paper_space, PAPER, LIMIT)
    assert beta.tolist() == [float(f"{value / 100:.2f}") for value in range(50, 131, 5)]
    assert lower.tolist() == [value / 2 for value in range(10, 31)]
    assert upper.tolist() == [value / 2 for value in range(100, 121)]
    assert len(beta) * len(lower) * len(upper) == 7497


def test_coarser_steps_make_a_smaller_lattice(paper_space):
    assert [axis.tolist() for axis in lattice_axes(paper_space, COARSE, LIMIT)] == [
        [0.5, 0.7, 0.9, 1.1, 1.3],
        [5, 7.5, 10, 12.5, 15],
        [50, 55, 60],
    ]


def test_a_parameter_that_stands_still_needs_no_step(initial, knobs):
    knobs["alpha_lower"]["box"] = [10, 10]
    steps = {name: step for name, step in COARSE.items() if name != "alpha_lower"}
    axes = lattice_axes(search_space(initial, knobs, "grid"), steps, LIMIT)
    assert [axis.tolist() for axis in axes] == [[0.5, 0.7, 0.9, 1.1, 1.3], [10], [50, 55, 60]]


@pytest.mark.parametrize("signs", [*itertools.product([-1, 1], repeat=3)])
def test_every_point_that_moves_reach_is_a_point_of_the_lattice_to_the_last_bit(paper_space, signs):
    axes = lattice_axes(paper_space, PAPER, LIMIT)
    reached = [{value} for value in paper_space.initial]
    point = paper_space.initial[None]
    for turn in (1, -1, 1):
        for _ in range(25):
            point = paper_space.move(point, turn * np.array([signs]))
            for values, value in zip(reached, point[0], strict=True):
                values.add(value)
    assert [sorted(values) for values in reached] == [axis.tolist() for axis in axes]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (0.3, r"lattice\.beta is 0\.3, which does not divide the box \[0\.5, 1\.3\]"),
        (0.07, r"lattice\.beta is 0\.07, which does not divide the box"),
        (0.8, r"lattice\.beta is 0\.8: from 0\.5 its steps pass the initial value 0\.9"),
        (0.0, r"lattice\.beta is 0\.0, which does not divide"),
        (-0.05, r"lattice\.beta is -0\.05, which does not divide"),
        (1e-10, r"lattice\.beta: step 1E-10, .* at most 9 decimals"),
        (1e-300, r"lattice\.beta: step 1E-300, .* at most 9 decimals"),
    ],
)
def test_steps_that_make_no_lattice_are_refused(paper_space, step, said):
    with pytest.raises(InputError, match=said):
        lattice_axes(paper_space, PAPER | {"beta": step}, LIMIT)


def test_all_steps_that_do_not_fit_are_named(paper_space):
    with pytest.raises(InputError, match=r"(?s)lattice\.beta.*lattice\.alpha_upper"):
        lattice_axes(paper_space, {"beta": 0.3, "alpha_lower": 0.5, "alpha_upper": 3}, LIMIT)


def test_a_missing_and_an_unknown_step_are_named(paper_space):
    with pytest.raises(InputError, match="lattice: alpha_lower, gamma stand"):
        lattice_axes(paper_space, {"beta": 0.05, "gamma": 1, "alpha_upper": 0.5}, LIMIT)


def test_a_huge_lattice_is_refused_without_being_made(paper_space):
    with pytest.raises(InputError, match="800000001 x"):
        lattice_axes(paper_space, PAPER | {"beta": 1e-9}, LIMIT)


@pytest.mark.parametrize(("limit", "fits"), [(75, True), (74, False)])
def test_lattice_of_more_than_the_stated_points_is_refused(paper_space, limit, fits):
    if fits:
        assert len(lattice_axes(paper_space, COARSE, limit)) == 3
    else:
        with pytest.raises(InputError, match=r"5 x 5 x 3 = 75 points; .* max_points = 74"):
            lattice_axes(paper_space, COARSE, limit)


def test_distance_is_in_half_widths_of_the_box(paper_space):
    points = np.array([[0.9, 10, 55], [0.5, 10, 55], [0.95, 9.5, 55.5], [1.1, 12.5, 60]])
    farthest, length = distances(points, paper_space)
    assert farthest.tolist() == [0, 1, 0.125, 1]
    np.testing.assert_allclose(length, np.sqrt([0, 1, 0.125**2 + 0.02, 0.5 + 1]), atol=1e-9)


def test_distance_along_a_still_parameter_is_zero(initial, knobs):
    knobs["alpha_lower"]["box"] = [10, 10]
    space = search_space(initial, knobs, "grid")
    farthest, length = distances(np.array([[1.1, 10, 55]]), space)
    assert farthest.tolist() == length.tolist() == [0.5]


def test_mirrored_points_are_equally_far_to_the_last_bit(paper_space):
    steps = np.array([[0.05, 0.1, 0.15, 0.35]]).T * [[1, 10, 10]]
    there, back = (distances(START + sign * steps, paper_space) for sign in (1, -1))
    np.testing.assert_array_equal(there, back)


def test_box_shares_scale_each_side_by_its_own_distance():
    axes = [np.array([0.5, 0.7, 0.9, 1.0]), np.array([5.0, 10.0, 15.0]), np.array([55.0])]
    shares = box_shares(axes, np.array([0.9, 10.0, 55.0]))
    assert shares.shape == (4, 3, 1)
    assert shares[:, 1, 0].tolist() == [1, 0.5, 0, 1]
    assert shares[2, :, 0].tolist() == [1, 0, 1]
    assert shares[1, 0, 0] == 1
    assert box_shares(axes[1:], np.array([15.0, 55.0]))[:, 0].tolist() == [1, 0.5, 0]
