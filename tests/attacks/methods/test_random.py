import numpy as np
from scipy.stats import kstest

from reconattack.attacks.methods.random import search
from tests.attacks.analytic_oracle import bowl, linear


def test_points_are_uniform_in_the_box(space, search_frames):
    (path,), _ = search_frames(search, space, linear(5, 0, 0, 0), max_queries=1001)
    shares = space.scaled(np.array(path.parameters[1:]))
    for column in shares.T:
        assert kstest(column, "uniform").pvalue > 0.01
    assert np.abs(np.corrcoef(shares.T) - np.eye(3)).max() < 0.1


def test_points_are_the_frames_seed(space, search_frames):
    paths, _ = search_frames(search, space, *[linear(5, 0, 0, 0)] * 2, max_queries=31)
    for seed, path in enumerate(paths):
        shares = np.random.default_rng(seed).random((30, 3))
        expected = [0.5, 5, 50] + shares * [0.8, 10, 10]
        np.testing.assert_allclose(path.parameters[1:], expected, atol=1e-9)


def test_result_is_the_worst_point(space, search_frames):
    (path,), _ = search_frames(search, space, bowl([0.7, 8, 52]))
    assert path.best == np.argmin(path.scores)
    assert path.best > 0
