"""What an attack on frames is given."""

import numpy as np

from reconattack.attacks.run import points_in
from reconattack.attacks.space import search_space

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55, "gain": 0.0}
BOX = {"beta": {"box": [0.5, 1.1]}, "alpha_lower": {"box": [5, 15]}}


def test_settings_of_other_attacks_that_lie_in_the_box():
    space = search_space(INITIAL, BOX, "certify")
    inside = {"beta": 0.7, "alpha_lower": 12.0}
    settings = [
        inside,
        {"beta": 0.6},  # the other parameters are at their initial values
        inside | {"gain": 0.0},
        inside | {"gain": 2.0},  # of another picture
        inside | {"beta": 1.2},  # outside
    ]
    points = points_in(space, INITIAL, settings)
    by_name = [dict(zip(space.names, point, strict=True)) for point in points.tolist()]
    assert [point["beta"] for point in by_name] == [0.7, 0.6, 0.7]
    assert [point["alpha_lower"] for point in by_name] == [12, 10, 12]
    assert points_in(space, INITIAL, []).shape == (0, len(space.names))
    assert np.isfinite(points).all()
