import numpy as np

from reconattack.attacks.methods.cobyqa import search
from tests.attacks.analytic_oracle import START, bowl, linear


def test_first_steps_are_a_quarter_of_the_box(space, search_frames):
    (path,), _ = search_frames(search, space, linear(5, 0, 0, 0), max_queries=7)
    steps = (np.array(path.parameters[1:]) - START) / [0.8, 10, 10]
    np.testing.assert_allclose(
        np.abs(steps), np.repeat(np.eye(3), 2, axis=0)[[0, 2, 4, 1, 3, 5]] / 4
    )


def test_quadratic_margin_is_flipped_where_only_its_bottom_flips(space, search_frames):
    # The logit is negative within a hundredth of the half-width: 4e-6 / 8 of the box.
    (path,), _ = search_frames(search, space, bowl([1.05, 8.3, 57.2], height=-1e-4), max_queries=40)
    assert path.stop_reason == "flipped"
    np.testing.assert_allclose(path.parameters[-1], [1.05, 8.3, 57.2], atol=0.06)


def test_it_starts_again_from_random_points(space, search_frames):
    """A bowl at the start keeps the first run; the flip lies where another one leads."""

    def two_bowls(vector):
        return min(bowl(START, height=1)(vector), bowl([0.6, 13, 52], height=-0.2)(vector) * 2)

    (path,), _ = search_frames(search, space, two_bowls, max_queries=300)
    assert path.stop_reason == "flipped"
    assert path.queries > 20
    assert path.repeats >= 1  # the first run starts at the initial setting
