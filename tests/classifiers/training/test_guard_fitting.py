import numpy as np
import pytest

from reconattack.classifiers.guard import allowed_settings
from reconattack.classifiers.guard_features import FEATURES, setting_features
from reconattack.classifiers.training.guard_fitting import (
    calibrating_patients,
    conformal_threshold,
    fit_guard,
    fitted,
    training_frames,
)
from reconattack.errors import InputError
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.classifiers.texture_chunks import write_texture_chunks

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
ENVELOPE = {"beta": [0.8, 1.0], "alpha_lower": [9, 11]}
ROWS = 48


def test_threshold_is_the_rank_that_the_rate_names():
    scores = np.arange(1.0, 20)[::-1]
    assert conformal_threshold(scores, 0.05) == 19
    assert conformal_threshold(scores, 0.1) == 18
    assert conformal_threshold(scores, 0.5) == 10
    with pytest.raises(
        InputError, match=r"19 patients .* false_alarm_rate 0.04; expected at least "
    ):
        conformal_threshold(scores, 0.04)


@pytest.mark.parametrize("rate", [0.05, 0.2])
def test_false_alarms_of_new_patients_keep_the_rate(rate):
    """Pictures of a patient are alike, their number differs, and scores have a heavy tail."""
    random = np.random.default_rng(1)

    def largest_scores(patients):
        centers = random.standard_t(3, patients)
        return [
            np.max(center + 0.3 * random.standard_normal(random.integers(2, 12)))
            for center in centers
        ]

    alarms = []
    for _ in range(2000):
        threshold = conformal_threshold(largest_scores(39), rate)
        alarms.append(largest_scores(1)[0] > threshold)
    error = np.sqrt(rate * (1 - rate) / len(alarms))
    assert abs(np.mean(alarms) - rate) < 4 * error  # exact here: (39 + 1) rate is a whole number


def test_false_alarms_of_a_whole_fit_keep_the_rate():
    """Features of patients with a common part each, in several pictures of each."""
    random = np.random.default_rng(2)
    settings = {"envelope": {}, "settings": 3, "false_alarm_rate": 0.1}

    def cohort(patients):
        common = np.repeat(random.standard_normal((patients, 4)), 4, axis=0)
        features = common + 0.5 * random.standard_normal((4 * patients, 4))
        return features * [1, 10, 0.1, 1], np.repeat(np.arange(patients).astype(str), 4)

    alarms = []
    for seed in range(150):
        guard = fitted(*cohort(38), settings, seed)
        features, patients = cohort(20)
        offsets = features - guard.location
        scores = np.sqrt(np.einsum("ni,ij,nj->n", offsets, guard.precision, offsets))
        alarms += [(scores[patients == name] > guard.threshold).any() for name in set(patients)]
    assert abs(np.mean(alarms) - 0.1) < 0.03


def test_halves_are_of_patients_and_follow_from_the_seed():
    patients = [f"p{number}" for number in range(9) for _ in range(3)]
    halves = [calibrating_patients(patients, seed) for seed in range(20)]
    assert {len(half) for half in halves} == {4}
    assert len({frozenset(half) for half in halves}) > 10
    assert calibrating_patients(patients[::-1], 3) == halves[3]


@pytest.fixture
def frames(tmp_path, convex_scanner):
    _, chunks, by_name = write_texture_chunks(tmp_path, convex_scanner)
    return chunks, by_name


def test_fit_lets_pictures_in_the_envelope_pass_and_alarms_far_outside(frames):
    chunks, by_name = frames
    held_out = {frame.attrs["patient"] for frame in list(by_name.values())[:6]}
    training = list(training_frames(chunks, held_out))
    assert {name for name, _ in training} == {
        name for name, frame in by_name.items() if frame.attrs["patient"] not in held_out
    } - {name for name, frame in by_name.items() if "error" in frame.attrs}
    settings = {"envelope": ENVELOPE, "settings": 4, "false_alarm_rate": 0.25}
    guard = fit_guard(training, settings, INITIAL, ROWS, 0)
    assert tuple(guard.features) == FEATURES
    assert guard.envelope == ENVELOPE
    assert guard.n_fitted + len(guard.calibration) == len({f.attrs["patient"] for _, f in training})
    alarms, far = [], []
    for name, frame in by_name.items():
        if frame.attrs["patient"] in held_out:
            reconstruction = Reconstruction(frame, ROWS, ("beta", "alpha_lower"), INITIAL)
            _, vectors = allowed_settings(ENVELOPE, INITIAL, 4, name)
            scores = guard.scores(reconstruction.bmode(vectors), reconstruction.sector)
            alarms += guard.alarms(scores).tolist()
            image = reconstruction.bmode([[0.9, 45]])  # a window of 10 dB
            far += guard.alarms(guard.scores(image, reconstruction.sector)).tolist()
            assert setting_features(image, reconstruction.sector).shape == (1, len(FEATURES))
    assert np.mean(alarms) < 0.5
    assert all(far)


def test_too_few_patients_are_told(frames):
    chunks, _ = frames
    settings = {"envelope": ENVELOPE, "settings": 1, "false_alarm_rate": 0.05}
    with pytest.raises(InputError, match=r"patients calibrate the guard, too few for .* 19: more"):
        fit_guard(training_frames(chunks, set()), settings, INITIAL, ROWS, 0)
    with pytest.raises(InputError, match="no RF frame is left to fit the guard to"):
        fit_guard([], settings, INITIAL, ROWS, 0)
