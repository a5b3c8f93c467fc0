import numpy as np
import pytest
from scipy.stats import qmc

from reconattack.attacks.methods.corners import faces_and_corners, proposals, search
from reconattack.attacks.space import search_space
from tests.attacks.analytic_oracle import START, bump, linear, toward_corner

KEPT = linear(5, 0, 0, 0)
FACES = [
    *([0.5, 10, 55], [1.3, 10, 55]),
    *([0.9, 5, 55], [0.9, 15, 55]),
    *([0.9, 10, 50], [0.9, 10, 60]),
]
CORNERS = [[beta, low, high] for beta in (0.5, 1.3) for low in (5, 15) for high in (50, 60)]


def flipping_at(point):
    return lambda vector: -1.0 if np.array_equal(vector, point) else 5.0


def test_centre_faces_and_corners_come_first(space, search_frames):
    (path,), oracle = search_frames(search, space, KEPT, max_queries=15)
    np.testing.assert_array_equal(path.parameters, [START, *FACES, *CORNERS])
    assert (path.stop_reason, oracle.queries) == ("budget", [15])


@pytest.mark.parametrize(
    ("point", "queries"), list(zip(FACES + CORNERS, range(2, 16), strict=True))
)
def test_flip_costs_its_place_in_the_order(space, search_frames, point, queries):
    (path,), _ = search_frames(search, space, flipping_at(point))
    assert (path.stop_reason, path.queries) == ("flipped", queries)
    assert path.parameters[-1].tolist() == point


def test_flip_in_one_corner_only(space, search_frames):
    # (1.3, 15, 50) is the seventh corner: one query for the start, six for the faces.
    (path,), _ = search_frames(search, space, toward_corner(1, 1, -1, depth=1e-4))
    assert (path.stop_reason, path.queries) == ("flipped", 1 + 6 + 7)


def test_nearest_to_the_initial_setting_come_first(ranges, search_frames):
    """In half-widths of the box from its corner of low values, shared with the initial setting."""
    start = {"beta": 0.5, "alpha_lower": 5, "alpha_upper": 50}
    (path,), _ = search_frames(search, search_space(start, ranges, "c"), KEPT, max_queries=15)
    halves = (np.array(path.parameters) - [0.5, 5, 50]) / [0.4, 5, 5]
    # The corner where the search starts is a repeat, so one Sobol point is among the fifteen.
    distances = np.linalg.norm(halves[:14], axis=1).round(9)
    assert (np.diff(distances) >= 0).all()
    assert halves[1:4].tolist() == [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    assert halves[13].tolist() == [2, 2, 2]
    assert path.repeats == 1


def test_then_sobol_points_scrambled_by_the_frames_seed(space, search_frames):
    paths, _ = search_frames(search, space, KEPT, KEPT, max_queries=15 + 64)
    for seed, path in enumerate(paths):
        unit = qmc.Sobol(3, scramble=True, rng=np.random.default_rng(seed)).random(64)
        sobol = np.array(path.parameters[15:])
        np.testing.assert_allclose(sobol, qmc.scale(unit, [0.5, 5, 50], [1.3, 15, 60]), atol=1e-9)
        # 64 points of the sequence put eight into each eighth of the box.
        octants = ((sobol > START) * [4, 2, 1]).sum(axis=1)
        assert np.bincount(octants).tolist() == [8] * 8


def test_flip_inside_the_box_is_left_to_sobol(space, search_frames):
    (path,), _ = search_frames(search, space, bump([1.1, 12, 57]), max_queries=400)
    assert path.stop_reason == "flipped"
    assert path.queries > 15


def test_parameter_that_may_not_move_leaves_a_square(initial, ranges, search_frames):
    flat = search_space(initial, ranges | {"alpha_lower": {"box": [10, 10]}}, "c")
    (path,), _ = search_frames(search, flat, KEPT, max_queries=9)
    np.testing.assert_array_equal(
        path.parameters,
        [
            *([0.9, 10, 55], [0.5, 10, 55], [1.3, 10, 55], [0.9, 10, 50], [0.9, 10, 60]),
            *([0.5, 10, 50], [0.5, 10, 60], [1.3, 10, 50], [1.3, 10, 60]),
        ],
    )


def test_many_parameters_leave_out_the_corners():
    """Twenty-two parameters have four million corners, which are not even listed."""
    start = np.full(22, 0.5)
    faces = faces_and_corners(start)
    assert faces.shape == (44, 22)
    assert ((faces != start).sum(axis=1) == 1).all()
    assert len(faces_and_corners(start[:6])) == 12 + 64
    assert len(faces_and_corners(start[:7])) == 14


def test_after_the_faces_of_many_parameters_come_sobol_points(initial):
    boxes = {f"slider_{number}": {"box": [-6, 6]} for number in range(1, 9)}
    space = search_space(initial, boxes, "c")
    random = np.random.default_rng(0)
    batches = proposals(space, random)
    faces, sobol = next(batches), next(batches)
    assert len(faces) == 16
    expected = qmc.Sobol(8, scramble=True, rng=np.random.default_rng(0)).random(8)
    np.testing.assert_allclose(space.scaled(sobol), expected)
