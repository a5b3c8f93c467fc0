"""The whole lattice, on classifiers whose answer is known in closed form and on real images."""

import dataclasses
import itertools
import multiprocessing
import time
import tracemalloc

import numpy as np
import pytest
import xarray as xr
from scipy.special import expit

from reconattack.attacks.lattice import lattice_axes
from reconattack.attacks.methods import zoo
from reconattack.attacks.methods.grid import attack, findings
from reconattack.attacks.oracle import BATCH, Oracle
from reconattack.attacks.path import Target
from reconattack.attacks.run import partial_files
from reconattack.attacks.space import search_space
from reconattack.classifiers.decisions.binary import Binary
from reconattack.classifiers.judge import Judge
from reconattack.classifiers.views import VIEWS
from reconattack.errors import InputError
from reconattack.frames.frame import build_frame
from reconattack.reconstruction.picture_change import GREY_MEASURES, picture_change
from reconattack.reconstruction.reconstruction import Reconstruction

PAPER = {"beta": 0.05, "alpha_lower": 0.5, "alpha_upper": 0.5}
SMALL = {"beta": 0.2, "alpha_lower": 2.5, "alpha_upper": 5}  # 5 x 5 x 3
START = np.array([0.9, 10.0, 55.0])
TARGET = Target(None, np.empty(0, int), Binary())  # of a binary decision
LIMIT = 10_000


class AnalyticOracle:
    """An image is its parameter vector, in steps of `grain` if any; its logit a function of it."""

    def __init__(self, *classifiers, grain=None, pause=0.0):
        self.classifiers = classifiers
        self.grain = grain
        self.pause = pause
        self.judged = [[] for _ in classifiers]

    def images(self, frame, parameters):
        if self.grain is None:
            return parameters
        return np.round(parameters / self.grain) * self.grain

    def changes(self, frame, original, images):
        """How far each parameter went."""
        return np.abs(images - original)

    def inputs(self, frame, parameters, images):
        return (images,)

    def scores(self, frame, inputs):
        (images,) = inputs
        assert 0 < len(images) <= BATCH
        time.sleep(self.pause)
        self.judged[frame] += map(tuple, images)
        return np.array([self.classifiers[frame](image) for image in images])

    def __call__(self, frames, parameters):
        return np.array(
            [self.classifiers[f](p) for f, p in zip(frames, parameters, strict=True)], float
        )


def linear(at_start, *slopes):
    """Logit that is linear in the parameters, `at_start` at the initial ones."""
    return lambda vector: at_start + np.dot(slopes, vector - START)


def bowl(vector):
    """Logit without symmetry or ties, lowest inside the box."""
    return 0.3 + np.dot([9.0, 0.11, 0.07], (vector - [0.71, 11.3, 52.9]) ** 2)


FATTY = linear(6.25, -20, -2, 1)  # at least -16.75, and never 0 on the small lattice
SAFE = linear(6, -5, 0.2, 0.3)  # at least 1.5


def run(oracle, space, references=None, lattice=SMALL, cutoff=0.5, **options):
    references = [1] * len(oracle.classifiers) if references is None else references
    target = Target(oracle, np.array(references, int), Binary(cutoff), **options)
    return attack(target, space, lattice, LIMIT)


def test_every_iterate_of_the_papers_attack_is_a_point_of_the_lattice(paper_space):
    classifiers = [bowl, linear(30, -20, -2, 1), lambda vector: 20 + 3 * np.sin(vector).sum()]
    oracle = AnalyticOracle(*classifiers)
    axes = lattice_axes(paper_space, PAPER, LIMIT)
    ways = zoo.attack(Target(oracle, np.ones(3, int), Binary(0.01)), paper_space, 100, "all")
    assert min(len(way.parameters) for way in ways) > 3
    for way, lattice in zip(
        ways, run(oracle, paper_space, lattice=PAPER, cutoff=0.01), strict=True
    ):
        for point, logit in zip(way.parameters, way.scores, strict=True):
            place = tuple(
                axis.tolist().index(value) for axis, value in zip(axes, point, strict=True)
            )
            assert lattice.field[place] == logit
        assert lattice.field.min() <= min(way.scores)


def test_a_still_parameter_has_one_value(initial, knobs):
    knobs["alpha_upper"]["box"] = [55, 55]
    space = search_space(initial, knobs, "grid")
    assert [len(axis) for axis in lattice_axes(space, PAPER, LIMIT)] == [17, 21, 1]
    (path,) = run(AnalyticOracle(FATTY), space)
    assert path.field.shape == (5, 5, 1)
    assert path.nearest_flip.tolist() == [1.1, 12.5, 55]


def test_too_many_points_are_refused_before_anything_is_judged(paper_space):
    oracle = AnalyticOracle(FATTY)
    with pytest.raises(InputError, match=r"5 x 5 x 3 = 75 points; .* max_points = 74"):
        attack(Target(oracle, np.array([1]), Binary(0.5)), paper_space, SMALL, 74)
    assert oracle.judged == [[]]
    assert len(attack(Target(oracle, np.array([1]), Binary(0.5)), paper_space, SMALL, 75)) == 1


# What is judged


def test_the_whole_field_is_the_formula(paper_space):
    oracle = AnalyticOracle(bowl)
    (path,) = run(oracle, paper_space, lattice=PAPER)
    axes = lattice_axes(paper_space, PAPER, LIMIT)
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    by_hand = 0.3 + (((points - [0.71, 11.3, 52.9]) ** 2) * [9.0, 0.11, 0.07]).sum(axis=-1)
    assert path.field.shape == (17, 21, 21)
    np.testing.assert_allclose(path.field, by_hand, rtol=1e-12)
    assert path.queries == len(oracle.judged[0]) == len(set(oracle.judged[0])) == 7497
    assert path.repeats == 0


def test_frame_that_nothing_flips_is_certified(paper_space):
    (path,) = run(AnalyticOracle(SAFE), paper_space)
    assert path.stop_reason == "exhausted"
    assert path.n_flipping == 0
    assert np.isnan(path.nearest_flip)
    assert np.isnan(path.nearest_distance)
    assert path.lowest_margin == pytest.approx(6 - 5 * 0.4 - 0.2 * 5 - 0.3 * 5)
    np.testing.assert_array_equal(path.parameters, [START, [1.3, 5, 50]])
    np.testing.assert_allclose(path.scores, [6, 1.5])
    np.testing.assert_allclose(path.losses, np.log1p(np.exp([-6, -1.5])))


@pytest.mark.parametrize(("sign", "label"), [(1, 1), (-1, 0)])
def test_flipping_points_by_hand(paper_space, sign, label):
    (path,) = run(AnalyticOracle(lambda vector: sign * FATTY(vector)), paper_space, [label])
    by_hand = [
        (beta, lower, upper)
        for beta in (0.5, 0.7, 0.9, 1.1, 1.3)
        for lower in (5, 7.5, 10, 12.5, 15)
        for upper in (50, 55, 60)
        if 6.25 - 20 * (beta - 0.9) - 2 * (lower - 10) + (upper - 55) < 0
    ]
    assert path.stop_reason == "flipped"
    assert path.n_flipping == len(by_hand) == 20
    assert path.lowest_margin == pytest.approx(6.25 - 8 - 10 - 5)
    np.testing.assert_array_equal(path.parameters, [START, [1.3, 15, 50]])


def test_nearest_flip_by_hand(paper_space):
    # In half-widths a step is 0.5, 0.5 and 1. At L-infinity 0.5 only beta and alpha_lower move:
    # 6.25 - 4 - 5 flips, 6.25 - 4 and 6.25 - 5 do not.
    (path,) = run(AnalyticOracle(FATTY), paper_space)
    np.testing.assert_array_equal(path.nearest_flip, [1.1, 12.5, 55])
    assert path.nearest_distance == 0.5


def test_of_equally_near_flips_the_one_that_moves_less_is_taken(paper_space):
    # Every point with alpha_lower 12.5 flips; the others move along beta or alpha_upper as well.
    (path,) = run(AnalyticOracle(linear(1, 0, -1, 0)), paper_space)
    np.testing.assert_array_equal(path.nearest_flip, [0.9, 12.5, 55])
    assert path.nearest_distance == 0.5
    assert path.n_flipping == 5 * 2 * 3


def test_of_equally_bad_points_the_nearest_is_kept(paper_space):
    (path,) = run(AnalyticOracle(lambda vector: -1.0 if vector[0] > 1 else 1.0), paper_space)
    np.testing.assert_array_equal(path.parameters[-1], [1.1, 10, 55])
    (still,) = run(AnalyticOracle(lambda vector: 1.0), paper_space)
    np.testing.assert_array_equal(still.parameters, [START, START])


@pytest.mark.parametrize("cutoff", [0.2, 0.5, 0.9])
def test_cutoff_decides_what_flips(paper_space, cutoff):
    (path,) = run(AnalyticOracle(FATTY), paper_space, cutoff=cutoff)
    assert path.n_flipping == np.sum(expit(path.field) < cutoff)
    assert path.lowest_margin == pytest.approx(-16.75 - np.log(cutoff / (1 - cutoff)))


def test_a_probability_at_the_cutoff_is_fatty(paper_space):
    fatty, normal = run(AnalyticOracle(lambda v: 0.0, lambda v: 0.0), paper_space, [1, 0])
    assert fatty.stop_reason == "exhausted"
    assert normal.stop_reason == "wrong_at_start"


def test_misjudged_frame_costs_one_query_and_has_no_field(paper_space):
    oracle = AnalyticOracle(FATTY)
    (path,) = run(oracle, paper_space, [0])
    assert path.stop_reason == "wrong_at_start"
    assert path.queries == len(oracle.judged[0]) == 1
    assert path.field.size == path.repeats == path.n_flipping == 0
    assert len(path.parameters) == 1


@pytest.mark.parametrize(("at_start", "label"), [(5, 0), (-5, 1)])
def test_frame_misjudged_either_way_is_not_attacked(paper_space, at_start, label):
    oracle = AnalyticOracle(linear(at_start, 1, 0, 0))
    (path,) = run(oracle, paper_space, [label])
    assert (path.stop_reason, path.queries, path.n_flipping) == ("wrong_at_start", 1, 0)
    assert path.field.size == path.flips.size == path.changes.size == 0


def test_own_decision_is_the_reference_without_a_label(paper_space):
    paths = run(AnalyticOracle(FATTY, lambda v: -FATTY(v)), paper_space, [-1, -1])
    assert [path.reference for path in paths] == [1, 0]
    assert {path.stop_reason for path in paths} == {"flipped"}


def test_frames_alone_are_frames_together(paper_space):
    together = run(AnalyticOracle(FATTY, bowl, SAFE), paper_space)
    for path, classifier in zip(together, (FATTY, bowl, SAFE), strict=True):
        (alone,) = run(AnalyticOracle(classifier), paper_space)
        assert_same(alone, path)


def test_no_frames(paper_space):
    assert run(AnalyticOracle(), paper_space) == []


# Repeats


def test_identical_images_are_judged_once(paper_space):
    # Beta is rounded to 0 or 1, the thresholds to eleven whole numbers each.
    oracle = AnalyticOracle(FATTY, SAFE, grain=1.0)
    paths = run(oracle, paper_space, lattice=PAPER)
    for path, judged in zip(paths, oracle.judged, strict=True):
        assert len(judged) == len(set(judged)) == path.queries == 2 * 11 * 11
        assert path.repeats == 7497 - path.queries
    axes = lattice_axes(paper_space, PAPER, LIMIT)
    rounded = np.round(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1))
    by_hand = 6.25 + (rounded - START) @ [-20, -2, 1]
    np.testing.assert_allclose(paths[0].field, by_hand, atol=1e-12)


def test_changes_are_those_of_each_image_against_the_initial_one(paper_space):
    # Images that are alike, here in steps of `GRAIN`, share what is known of one of them.
    (path,) = run(AnalyticOracle(FATTY, grain=GRAIN), paper_space, lattice=PAPER)
    axes = lattice_axes(paper_space, PAPER, LIMIT)
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    np.testing.assert_allclose(
        path.changes, np.abs(np.round(points / GRAIN) * GRAIN - START), atol=1e-9
    )
    assert path.repeats > 0


def test_initial_setting_is_not_judged_again_in_its_slice(paper_space):
    oracle = AnalyticOracle(FATTY)
    run(oracle, paper_space)
    assert oracle.judged[0][0] == tuple(START)
    assert oracle.judged[0].count(tuple(START)) == 1
    assert len(oracle.judged[0]) == 75


class GreyClassifier(Judge):
    def inputs(self, reconstruction, parameters, images=None):
        return VIEWS["image"](reconstruction, parameters, images)

    def log_use(self):
        pass

    """The logit of an image is its mean grey level in units of ten, about a cut at 30."""

    def answers(self, images):
        assert images.dtype == np.uint8
        return images.reshape(len(images), -1).astype(np.float64).mean(axis=1) / 10 - 3


@pytest.fixture
def reconstructions(convex_scanner):
    """A frame of noise, and one of silence that is black at every setting."""
    noise = np.random.default_rng(8).standard_normal((400, 24))
    frames = [build_frame(samples, convex_scanner, "p") for samples in (noise, 0 * noise)]
    return [Reconstruction(frame, 40) for frame in frames]


def test_field_of_real_images_is_that_of_each_image_alone(reconstructions, paper_space):
    oracle = Oracle(reconstructions, GreyClassifier())
    noise, silence = attack(Target(oracle, np.full(2, -1), Binary(0.5)), paper_space, SMALL, LIMIT)
    (original,) = reconstructions[0].bmode(START)
    for place in itertools.product(range(5), range(5), range(3)):
        axes = lattice_axes(paper_space, SMALL, LIMIT)
        point = [axis[index] for axis, index in zip(axes, place, strict=True)]
        (image,) = reconstructions[0].bmode(point)
        assert noise.field[place] == pytest.approx(image.mean() / 10 - 3, rel=1e-12)
        change = picture_change(original, image, reconstructions[0].sector)
        assert noise.changes[place].tolist() == [change[name] for name in GREY_MEASURES]
    assert np.ptp(noise.field) > 1
    assert (silence.field == -3).all()
    assert (noise.queries, noise.repeats) == (75, 0)
    assert (silence.queries, silence.repeats) == (1, 74)
    assert oracle.queries.tolist() == [75, 1]


def test_memory_is_flat_in_the_number_of_frames(paper_space):
    def peak(frames):
        oracle = BigImages(*[SAFE] * frames)
        tracemalloc.start()
        run(oracle, paper_space)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    one, many = peak(1), peak(12)
    assert one < 1.5 * BATCH * BigImages.BYTES  # images of one batch, not of a slice or a lattice
    assert many < 1.1 * one


class BigImages(AnalyticOracle):
    BYTES = 2**16

    def images(self, frame, parameters):
        images = np.zeros((len(parameters), self.BYTES // 8))
        images[:, :3] = parameters
        return images

    def changes(self, frame, original, images):
        return super().changes(frame, original[:3], images[:, :3])

    def scores(self, frame, inputs):
        return super().scores(frame, (inputs[0][:, :3],))


# Interruptions

GRAIN = np.array([0.05, 1, 1])


def assert_same(one, other):
    for name, value in dataclasses.asdict(one).items():
        np.testing.assert_array_equal(value, getattr(other, name), err_msg=name)


def slow_attack(space, files):
    """What the process that is killed does: 17 slices of at least 14 pauses for each frame."""
    oracle = AnalyticOracle(SAFE, FATTY, grain=GRAIN, pause=0.01)
    run(oracle, space, lattice=PAPER, partial=files)


def test_killed_process_goes_on_where_it_was_and_gives_the_same_bits(tmp_path, paper_space):
    files = [tmp_path / "partial" / f"{frame}.npz" for frame in ("a", "b")]
    process = multiprocessing.get_context("spawn").Process(
        target=slow_attack, args=(paper_space, files)
    )
    process.start()
    deadline = time.monotonic() + 60
    while not files[1].exists():
        assert process.is_alive()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    process.join()
    with np.load(files[0]) as first, np.load(files[1]) as second:
        assert len(first["judged"]) == 17
        assert 1 <= len(second["judged"]) < 17
    undisturbed, resumed = (AnalyticOracle(SAFE, FATTY, grain=GRAIN) for _ in range(2))
    expected = run(undisturbed, paper_space, lattice=PAPER)
    for path, other in zip(
        run(resumed, paper_space, lattice=PAPER, partial=files), expected, strict=True
    ):
        assert_same(path, other)
    assert expected[1].repeats > 0
    assert len(resumed.judged[0]) == 1  # the initial setting
    assert 1 < len(resumed.judged[1]) < len(undisturbed.judged[1])


@pytest.mark.parametrize("slices", [1, 3, 5])
def test_every_slice_is_kept(tmp_path, paper_space, slices):
    class Interrupted(AnalyticOracle):
        def images(self, frame, parameters):
            if len(parameters) > 1 and parameters[0, 0] > [0.5, 0.7, 0.9, 1.1, 1.3][slices - 1]:
                raise KeyboardInterrupt
            return super().images(frame, parameters)

    file = tmp_path / "a.npz"
    if slices < 5:
        with pytest.raises(KeyboardInterrupt):
            run(Interrupted(bowl), paper_space, partial=[file])
    else:
        run(Interrupted(bowl), paper_space, partial=[file])
    with np.load(file) as kept:
        assert kept["judged"].shape == (slices, 15, 4)
    assert list(tmp_path.iterdir()) == [file]
    oracle = AnalyticOracle(bowl)
    (path,) = run(oracle, paper_space, partial=[file])
    (expected,) = run(AnalyticOracle(bowl), paper_space)
    assert_same(path, expected)
    kept_initial = slices >= 3
    assert len(oracle.judged[0]) == (5 - slices) * 15 + kept_initial


def test_images_of_kept_slices_are_known_to_later_ones(tmp_path, paper_space):
    """0.7 and 0.9 look the same, and so do 1.1 and 1.3; the process ends after 0.7."""
    grain, file = np.array([0.4, 1, 1]), tmp_path / "a.npz"

    class Interrupted(AnalyticOracle):
        def images(self, frame, parameters):
            if len(parameters) > 1 and parameters[0, 0] > 0.8:
                raise KeyboardInterrupt
            return super().images(frame, parameters)

    with pytest.raises(KeyboardInterrupt):
        run(Interrupted(bowl, grain=grain), paper_space, partial=[file])
    undisturbed, resumed = (AnalyticOracle(bowl, grain=grain) for _ in range(2))
    (expected,) = run(undisturbed, paper_space)
    (path,) = run(resumed, paper_space, partial=[file])
    assert_same(path, expected)
    assert len(resumed.judged[0]) < len(undisturbed.judged[0])
    assert len(undisturbed.judged[0]) == 3 * 15


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 cut off", None])
def test_partial_file_that_cannot_be_used_is_judged_again(tmp_path, paper_space, damage, caplog):
    file = tmp_path / "a.npz"
    run(AnalyticOracle(bowl), paper_space, lattice=PAPER, partial=[file])
    if damage is not None:
        file.write_bytes(damage)
    (path,) = run(AnalyticOracle(bowl), paper_space, partial=[file])
    (expected,) = run(AnalyticOracle(bowl), paper_space)
    assert_same(path, expected)
    assert "judged again" in caplog.text


def test_partial_files_are_named_by_frame_and_all_that_the_attack_depends_on(tmp_path):
    traced = {"params_hash": "1", "source": "{}", "image_rows": 400}
    first, second = partial_files(str(tmp_path), ["a", "b"], traced)
    assert {first.parent, second.parent} == {tmp_path}
    assert first.name.startswith("a.")
    assert second.name.startswith("b.")
    assert [first] == partial_files(str(tmp_path), ["a"], dict(reversed(traced.items())))
    for changed in ({"params_hash": "2"}, {"source": '{"a": "1"}'}, {"image_rows": 401}):
        assert [first] != partial_files(str(tmp_path), ["a"], traced | changed)


# The record


def test_record_of_the_lattice(tmp_path, paper_space):
    paths = run(AnalyticOracle(FATTY, SAFE, FATTY), paper_space, [1, 1, 0])
    recorded = findings(paths, TARGET, paper_space, SMALL, LIMIT)
    lattice = ("grid_beta", "grid_alpha_lower", "grid_alpha_upper")
    flips = recorded["grid_flips"]
    assert flips.dtype == bool
    assert flips.sum(lattice).values.tolist() == [20, 0, 0]
    assert (flips[0] == (recorded["grid_logit"][0] < 0)).all()
    assert recorded["grid_logit"].dims == ("frame", *lattice)
    assert recorded["grid_logit"].dtype == np.float32
    at = dict(zip(lattice, (0.7, 12.5, 50), strict=True))
    np.testing.assert_allclose(recorded["grid_logit"].sel(at), [0.25, 6, np.nan], rtol=1e-6)
    for name, change in zip(GREY_MEASURES, (0.2, 2.5, 5), strict=True):
        assert recorded[f"grid_{name}"].dtype == np.float32
        np.testing.assert_allclose(recorded[f"grid_{name}"].sel(at), [change] * 2 + [np.nan])
    assert recorded["grid_certified"].values.tolist() == [False, True, False]
    assert recorded["n_flipping"].values.tolist() == [20, 0, 0]
    np.testing.assert_allclose(recorded["lowest_margin"], [-16.75, 1.5, np.nan])
    np.testing.assert_array_equal(recorded["nearest_distance"], [0.5, np.nan, np.nan])
    np.testing.assert_array_equal(
        recorded["nearest_flip"], [[1.1, 12.5, 55], [np.nan] * 3, [np.nan] * 3]
    )
    for name in recorded.variables:
        assert set(recorded[name].attrs) == {"units", "long_name"}, name
    packed = {name for name in recorded.data_vars if recorded[name].encoding.get("zlib")}
    assert packed == {"grid_logit", "grid_flips", *(f"grid_{name}" for name in GREY_MEASURES)}


def test_record_of_no_frames_keeps_the_lattice(paper_space):
    empty = findings([], TARGET, paper_space, SMALL, LIMIT)
    assert empty["grid_logit"].shape == (0, 5, 5, 3)
    full = findings(run(AnalyticOracle(SAFE), paper_space), TARGET, paper_space, SMALL, LIMIT)
    assert {n: v.dims for n, v in empty.variables.items()} == {
        n: v.dims for n, v in full.variables.items()
    }
    xr.testing.assert_identical(empty.coords.to_dataset(), full.coords.to_dataset())
