import numpy as np
from scipy.special import expit

from reconattack.figures.frame_maps import read_maps


def test_map_is_the_worst_case_over_what_is_not_drawn(grid_file):
    maps = {one.result.name: one for one in read_maps(grid_file, None)}
    assert list(maps) == ["few", "many", "normal"]
    few, normal = maps["few"].probability, maps["normal"].probability
    assert few.dims == ("grid_beta", "grid_alpha_lower")
    assert few.shape == (4, 3)
    np.testing.assert_allclose(few[:, 0], expit([10 * (b - 0.75) + 1 for b in few["grid_beta"]]))
    np.testing.assert_allclose(normal, [expit([-1, -1, 1.5])] * 4, rtol=1e-6)
    assert maps["few"].n_flipping == 3
    assert maps["few"].n_points == 24
    assert maps["few"].drawn == ["beta", "alpha_lower"]
    assert [maps["few"].result.initial[name] for name in maps["few"].drawn] == [0.9, 10]


def test_path_of_the_papers_attack_is_that_of_the_frame(grid_file, zoo):
    maps = {one.result.name: one for one in read_maps(grid_file, zoo)}
    np.testing.assert_array_equal(
        maps["many"].path.points(maps["many"].drawn), [[0.9, 10], [0.7, 10]]
    )
    assert maps["many"].path.flipped
    assert maps["few"].path.steps.sizes["step"] == 1
    assert not maps["few"].path.flipped
    assert maps["normal"].path is None
