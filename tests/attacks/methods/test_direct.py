import numpy as np
import pytest

from reconattack.attacks.methods.direct import search
from tests.attacks.analytic_oracle import bowl, toward_corner


def test_box_is_divided_by_thirds_from_its_centre(space, search_frames):
    (path,), _ = search_frames(search, space, bowl([0.7, 8, 52]), max_queries=7)
    shares = space.scaled(np.array(path.parameters))
    thirds = np.full((7, 3), 0.5)
    thirds[[1, 3, 5], [0, 1, 2]] += 1 / 3
    thirds[[2, 4, 6], [0, 1, 2]] -= 1 / 3
    np.testing.assert_allclose(sorted(shares.tolist()), sorted(thirds.tolist()), atol=1e-8)
    assert path.repeats == 1  # the centre is the initial setting


def test_path_does_not_depend_on_the_seed(space, search_frames):
    paths, _ = search_frames(search, space, *[bowl([0.7, 8, 52])] * 3)
    np.testing.assert_array_equal(paths[0].parameters, paths[1].parameters)
    np.testing.assert_array_equal(paths[0].parameters, paths[2].parameters)


def test_it_ends_by_itself(space, search_frames):
    """The nearer the lowest margin to zero, the smaller the rectangles that it goes into first."""
    kept = toward_corner(1, 1, -1, depth=-0.04)
    (path,), oracle = search_frames(search, space, kept, max_queries=5000)
    assert path.stop_reason == "exhausted"
    assert path.queries == oracle.queries[0] < 5000
    assert path.scores[path.best] == pytest.approx(0.04, abs=1e-3)


def test_many_frames_at_a_time_do_not_disturb_each_other(space, search_frames):
    """SciPy's DIRECT is C code, entered by many threads in turn."""
    frames = [bowl([0.6 + 0.02 * number, 8, 52]) for number in range(20)]
    together, _ = search_frames(search, space, *frames, max_queries=150)
    apart, _ = search_frames(search, space, *frames, max_queries=150, side_by_side=False)
    for one, other in zip(together, apart, strict=True):
        np.testing.assert_array_equal(one.parameters, other.parameters)
