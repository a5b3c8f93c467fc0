import numpy as np

from reconattack.attacks.methods.differential_evolution import MEMBERS, search
from tests.attacks.analytic_oracle import START, bowl, linear


def test_a_generation_is_one_request(space, search_frames):
    _, oracle = search_frames(search, space, bowl([0.7, 8, 52]), max_queries=1 + 3 * 15)
    # Fifteen members, of which the first is the initial setting and free.
    assert MEMBERS * 3 == 15
    assert oracle.calls == 1 + 4


def test_first_population_fills_the_box(space, search_frames):
    """A Latin hypercube: every fifteenth of a parameter's range holds one member, less that which
    the initial setting replaced."""
    (path,), _ = search_frames(search, space, linear(5, 0, 0, 0), max_queries=15)
    fifteenths = np.floor(space.scaled(np.array(path.parameters[1:])) * 15).astype(int)
    for column in fifteenths.T:
        assert len(set(column)) == 14
    assert path.repeats == 1


def test_quadratic_margin_is_flipped_near_its_bottom(space, search_frames):
    (path,), _ = search_frames(
        search, space, bowl([1.05, 8.3, 57.2], height=-0.01), max_queries=400
    )
    assert path.stop_reason == "flipped"


def test_it_starts_again_when_it_has_converged(space, search_frames):
    (path,), _ = search_frames(search, space, bowl(START), max_queries=1500)
    distance = np.linalg.norm((np.array(path.parameters) - START) / [0.4, 5, 5], axis=1)
    spread = [distance[start : start + 15].max() for start in range(15, 1500, 15)]
    smallest = int(np.argmin(spread))
    assert spread[smallest] < 0.3
    assert max(spread[smallest:]) > 0.8


def test_it_asks_whole_generations_only_and_polishes_nothing(space, search_frames):
    sizes = []

    def counted(evaluate, space, random):
        def noted(points):
            sizes.append(len(points))
            return evaluate(points)

        search(noted, space, random)

    (path,), _ = search_frames(counted, space, bowl(START), max_queries=4000)
    assert path.queries == 4000
    assert set(sizes) == {15}
