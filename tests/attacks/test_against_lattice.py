"""Attacks on models in closed form against every point of the paper's lattice, judged at once.

The lattice is made here, in whole numbers, and a logit that is linear in the parameters is lowest
in a corner of the box. So each attack's answer is known before it begins.
"""

import numpy as np
import pytest

from reconattack.attacks.method import declared, load_method
from reconattack.attacks.methods import grid, minimal, zoo
from reconattack.attacks.path import Target
from reconattack.attacks.search import attack
from reconattack.classifiers.decisions.binary import Binary
from tests.attacks.analytic_oracle import HALF_WIDTH, START, AnalyticOracle, bump, linear
from tests.attacks.test_search import SEARCHES

STEPS = {"beta": 0.05, "alpha_lower": 0.5, "alpha_upper": 0.5}
LATTICE = np.stack(
    np.meshgrid(
        np.arange(50, 131, 5) / 100, np.arange(10, 31) / 2, np.arange(100, 121) / 2, indexing="ij"
    ),
    axis=-1,
)
OFFSETS = np.abs(LATTICE - START) / HALF_WIDTH
MODELS = 24


@pytest.fixture(scope="module")
def planes():
    """Models that fall across the box, fatty at the start, about half of which can be flipped."""
    random = np.random.default_rng(20)
    return [
        linear(start, *slopes / HALF_WIDTH)
        for start, slopes in zip(
            random.uniform(0.5, 4.5, MODELS), random.normal(0, 1, (MODELS, 3)), strict=True
        )
    ]


@pytest.fixture(scope="module")
def fields(planes):
    """Logits of each model on the lattice."""
    fields = [field_of(plane) for plane in planes]
    flipped = sum(field.min() < 0 for field in fields)
    assert MODELS / 4 < flipped < 3 * MODELS / 4
    return fields


def field_of(model):
    return np.array([model(point) for point in LATTICE.reshape(-1, 3)]).reshape(LATTICE.shape[:3])


def ones(models):
    return np.ones(len(models), int)


def test_the_papers_attack_flips_just_what_the_lattice_flips(planes, fields, paper_space):
    """Its signs lead to the worst corner, by settings that are points of the lattice."""
    paths = zoo.attack(
        Target(AnalyticOracle(*planes), ones(planes), Binary(0.5)), paper_space, 30, "all"
    )
    for path, field in zip(paths, fields, strict=True):
        assert (path.stop_reason == "flipped") == (field.min() < 0)
        places = [
            tuple(np.argwhere((point == LATTICE).all(axis=-1))[0]) for point in path.parameters
        ]
        np.testing.assert_allclose(path.scores, [field[place] for place in places], atol=1e-12)
        if path.stop_reason != "flipped":
            assert path.stop_reason == "bounds"
            assert path.scores[-1] == pytest.approx(field.min())


@pytest.mark.parametrize("models", ["planes", "bumps"])
def test_the_grid_finds_what_the_lattice_has(request, paper_space, models):
    models = request.getfixturevalue(models)
    paths = grid.attack(
        Target(Shown(*models), ones(models), Binary(0.5)), paper_space, STEPS, LATTICE.size
    )
    for path, model in zip(paths, models, strict=True):
        field = field_of(model)
        flips = field < 0
        np.testing.assert_allclose(path.field, field, atol=1e-12)
        assert path.n_flipping == flips.sum()
        assert path.lowest_margin == pytest.approx(field.min())
        assert path.stop_reason == ("flipped" if flips.any() else "exhausted")
        if flips.any():
            nearest = OFFSETS.max(axis=-1)[flips].min()
            assert path.nearest_distance == pytest.approx(nearest, abs=1e-9)
            assert model(path.nearest_flip) < 0


@pytest.fixture
def bumps():
    """Models that flip in a ball inside the box; the last one's is between the lattice's points."""
    return [
        bump([1.1, 12, 57]),
        bump([0.7, 7, 52], width=0.2),
        bump([1.07, 12.1, 52.2], width=0.4, depth=0.02),
        bump([1.025, 12.25, 52.25], width=0.05, depth=0.5),
    ]


class Shown(AnalyticOracle):
    """An oracle of images, as a grid asks for them: an image is its setting."""

    def images(self, frame, parameters):
        return parameters

    def changes(self, frame, original, images):
        return np.abs(images - original)

    def inputs(self, frame, parameters, images):
        return (parameters,)

    def scores(self, frame, inputs):
        return self(np.full(len(inputs[0]), frame), inputs[0])


def test_the_margin_is_no_wider_than_the_lattices_and_no_flip_is_nearer(planes, fields, space):
    target = Target(AnalyticOracle(*planes), ones(planes), Binary(0.5), range(MODELS))
    margins = minimal.findings(minimal.attack(target, space, 400), target, space)
    for row, field in enumerate(fields):
        farthest, length = OFFSETS.max(axis=-1), np.linalg.norm(OFFSETS, axis=-1)
        for name, distance in (("margin_linf", farthest), ("margin_l2", length)):
            found = float(margins[name][row])
            assert np.isnan(found) == (field.min() > 0)
            if field.min() < 0:
                assert found <= distance[field < 0].min() + minimal.TOLERANCE


@pytest.mark.parametrize("name", SEARCHES)
def test_searches_flip_just_what_the_lattice_flips(planes, fields, space, name):
    """Only a search of the corners is certain to meet flips that are a speck in one of them."""
    least = 0 if name == "corners" else 0.02
    oracle = AnalyticOracle(*planes)
    flags = declared(name)
    slopes = {"slopes": oracle.slopes} if flags.white_box else {}
    paths = attack(
        Target(oracle, ones(planes), Binary(0.5), range(MODELS)),
        space,
        load_method(name).search,
        200,
        side_by_side=flags.side_by_side and not flags.white_box,
        **slopes,
    )
    for path, field in zip(paths, fields, strict=True):
        if (field < 0).mean() > least:
            assert path.stop_reason == "flipped"
        if field.min() > 0:
            assert path.stop_reason != "flipped"
