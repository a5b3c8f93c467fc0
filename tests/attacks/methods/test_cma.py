import cma
import numpy as np
import pytest

from reconattack.attacks.methods.cma import POPULATION, search
from reconattack.attacks.space import search_space
from tests.attacks.analytic_oracle import START, bowl, linear


class Sizes:
    """How many points each request of a frame holds."""

    def __init__(self):
        self.sizes = []

    def __call__(self, evaluate, space, random):
        def counted(points):
            self.sizes.append(len(points))
            return evaluate(points)

        search(counted, space, random)


def test_a_generation_is_one_request(space, search_frames):
    sizes = Sizes()
    search_frames(sizes, space, bowl([0.7, 8, 52]))
    assert set(sizes.sizes) == {POPULATION} == {7}


def test_quadratic_margin_is_flipped_where_only_its_bottom_flips(space, search_frames):
    (path,), _ = search_frames(
        search, space, bowl([1.05, 8.3, 57.2], height=-1e-3), max_queries=300
    )
    assert path.stop_reason == "flipped"
    np.testing.assert_allclose(path.parameters[-1], [1.05, 8.3, 57.2], atol=0.2)


def test_first_generation_lies_about_the_initial_setting(space, search_frames):
    many, _ = search_frames(search, space, *[linear(5, 0, 0, 0)] * 40, max_queries=8)
    shares = np.concatenate([(path.parameters[1:] - START) / [0.8, 10, 10] for path in many])
    assert np.abs(shares.mean(axis=0)).max() < 0.05
    # Steps of a quarter of the box; those beyond it are brought back.
    assert shares.std(axis=0) == pytest.approx([0.24] * 3, abs=0.03)
    assert np.abs(shares).max() <= 0.5


def test_it_starts_again_when_it_has_converged(space, search_frames):
    (path,), _ = search_frames(search, space, bowl(START), max_queries=3000)
    distance = np.linalg.norm((np.array(path.parameters) - START) / [0.4, 5, 5], axis=1)
    converged = np.flatnonzero(distance < 1e-5)
    assert len(converged)
    assert distance[converged[0] :].max() > 0.5


@pytest.mark.parametrize("start", [0.5, 1.3])
def test_single_parameter_from_its_bound(initial, ranges, search_frames, start):
    still = {"alpha_lower": {"box": [10, 10]}, "alpha_upper": {"box": [55, 55]}}
    one = search_space(initial | {"beta": start}, ranges | still, "cma")
    (path,), _ = search_frames(search, one, bowl([0.8, 10, 55], height=-1e-3), max_queries=120)
    assert path.stop_reason == "flipped"
    assert path.parameters[-1][0] == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize(("moving", "dimensions"), [(1, 2), (2, 2), (3, 3)])
def test_what_stands_still_is_no_dimension(
    initial, ranges, search_frames, monkeypatch, moving, dimensions
):
    """But for one that goes with a single parameter."""
    strategy, seen = cma.CMAEvolutionStrategy, []

    def noted(start, *arguments):
        seen.append(len(start))
        return strategy(start, *arguments)

    monkeypatch.setattr(cma, "CMAEvolutionStrategy", noted)
    still = {name: {"box": [initial[name]] * 2} for name in list(ranges)[moving:]}
    some = search_space(initial, ranges | still, "cma")
    search_frames(search, some, linear(5, 0, 0, 0), max_queries=30)
    assert set(seen) == {dimensions}
