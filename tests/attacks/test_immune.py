import numpy as np
import pytest

from reconattack.attacks.immune import attack, is_immune
from reconattack.attacks.methods import each_knob, minimal
from reconattack.attacks.oracle import Oracle
from reconattack.attacks.path import Target
from reconattack.attacks.space import search_space
from reconattack.classifiers.decisions.binary import Binary
from reconattack.classifiers.judge import Judge
from reconattack.classifiers.views import VIEWS
from reconattack.errors import InputError
from reconattack.frames.frame import build_frame
from reconattack.reconstruction.reconstruction import Reconstruction


class LinesJudge(Judge):
    """Its logit is what stands first in the first line, in units of the frame; what it is shown can
    be spoilt, to depend on a parameter vector.
    """

    name = "lines"
    takes = "rf"

    def __init__(self, spoilt=None):
        self.spoilt = spoilt

    def inputs(self, reconstruction, parameters, images=None):
        (lines,) = VIEWS[self.takes](reconstruction, parameters)
        if self.spoilt is None:
            return (lines,)
        return (lines + np.array([self.spoilt(*v) for v in parameters], np.float32)[:, None, None],)

    def answers(self, *inputs):
        return inputs[0][:, 0, 0].astype(float)

    def log_use(self):
        """Nothing to say."""


@pytest.fixture
def oracle(convex_scanner, initial):
    """Frames judged fatty, normal and fatty."""

    def build(judge, names=tuple(initial)):
        frames = []
        for first in (1, -1, 1):
            samples = np.random.default_rng(7).standard_normal((300, 8))
            samples[0, 0] = 3 * first
            frames.append(build_frame(samples, convex_scanner, "p"))
        return Oracle([Reconstruction(frame, 16, names, initial) for frame in frames], judge)

    return build


def test_is_asked_once_and_not_searched(oracle, space):
    judge = LinesJudge()
    of_frames = oracle(judge)
    paths = attack(Target(of_frames, np.array([1, 1, -1]), Binary(0.5), judge=judge), space)
    assert [path.stop_reason for path in paths] == ["immune", "wrong_at_start", "immune"]
    assert [path.reference for path in paths] == [1, 1, 1]
    assert of_frames.queries.tolist() == [1, 1, 1]
    for path in paths:
        np.testing.assert_array_equal(path.parameters, [space.initial])
        assert path.best_step == 0
        assert path.losses[0] == pytest.approx(np.logaddexp(0, -path.scores[0]))
        assert not each_knob.findings([path], None, space)["pair_flips"].any()


def test_no_frames(oracle, space):
    judge = LinesJudge()
    assert attack(Target(oracle(judge), np.array([], int), Binary(0.5), judge=judge), space) == []


def test_only_what_takes_no_picture_is_immune():
    judges = {takes: LinesJudge() for takes in (*VIEWS, "images")}
    for takes, judge in judges.items():
        judge.takes = takes
    assert [takes for takes, judge in judges.items() if is_immune(judge)] == ["envelope", "rf"]


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda beta, lower, upper: beta == 1.3,
        lambda beta, lower, upper: (beta, lower, upper) == (0.5, 15, 60),
    ],
)
def test_what_changes_with_a_parameter_is_an_error(oracle, space, spoilt):
    """At a face, or at one corner alone."""
    judge = LinesJudge(spoilt)
    with pytest.raises(InputError, match="is shown something else of frame 0 at beta"):
        attack(Target(oracle(judge), np.array([1, 1, 1]), Binary(0.5), judge=judge), space)


@pytest.mark.parametrize("number", range(6))
def test_any_other_bytes_are_an_error_that_names_the_first_setting_shown_so(oracle, space, number):
    judge = LinesJudge(lambda beta, lower, upper: number * (beta == 1.3) + (upper == 60) + 1)
    said = r"shown something else of frame 0 at beta 1\.3, alpha_lower 10, alpha_upper 55 than"
    if number == 0:
        said = r"of frame 0 at beta 0\.9, alpha_lower 10, alpha_upper 60 than"
    with pytest.raises(InputError, match=said):
        attack(Target(oracle(judge), np.array([1, 1, 1]), Binary(0.5), judge=judge), space)


def test_initial_setting_is_what_others_are_compared_with(oracle, space):
    judge = LinesJudge(lambda *setting: setting != (0.9, 10, 55))
    with pytest.raises(
        InputError, match=r"frame 0 at beta 0\.5, alpha_lower 10, alpha_upper 55 than"
    ):
        attack(Target(oracle(judge), np.array([1, 1, 1]), Binary(0.5), judge=judge), space)


def test_band_pass_stands_before_what_is_seen(oracle, initial, ranges):
    space = search_space(initial, ranges | {"band_sharpness": {"box": [0, 2]}}, "filtered")
    judge = LinesJudge()
    with pytest.raises(InputError, match="takes rf, which band_sharpness can change"):
        attack(
            Target(oracle(judge, space.names), np.array([1, 1, 1]), Binary(0.5), judge=judge), space
        )


def test_every_other_knob_is_behind(oracle, initial, ranges):
    """Seven knobs have more corners than are looked at: the faces are."""
    others = {"gain": [-6, 6], "slider_3": [-6, 6], "zoom": [0.8, 1.2], "gamma": [0.8, 1.2]}
    boxes = ranges | {name: {"box": box} for name, box in others.items()}
    space = search_space(initial, boxes, "knobs")
    judge = LinesJudge()
    paths = attack(
        Target(oracle(judge, space.names), np.array([1, -1, 1]), Binary(0.5), judge=judge), space
    )
    assert [path.stop_reason for path in paths] == ["immune"] * 3


def test_no_margin_and_the_whole_box_safe(oracle, space):
    judge = LinesJudge()
    paths = attack(Target(oracle(judge), np.array([1, 1, 1]), Binary(0.5), judge=judge), space)
    record = minimal.findings(paths, None, space)
    for name in ("margin_linf", "margin_l2", "nearest_linf", "nearest_l2"):
        assert record[name].isnull().all()
    for name, bounds in (("safe_lower", space.lower), ("safe_upper", space.upper)):
        np.testing.assert_array_equal(record[name][0], bounds)
        assert record[f"{name}_is_bound"][0].all()
        assert record[name][1].isnull().all()  # not attacked
