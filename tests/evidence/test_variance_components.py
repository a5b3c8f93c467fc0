import numpy as np
import pytest

from reconattack.evidence.variance_components import (
    COMPONENTS,
    shares_of,
    unidentified,
    variance_components,
)


def slow_components(scores):
    """The components of one frame a patient, by the mean squares of the three-way table."""
    n, s, r = scores.shape
    grand = scores.mean()
    mean = {
        axes: scores.mean(axis=tuple({0, 1, 2} - set(axes)), keepdims=True)
        for axes in [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)]
    }
    squares = {
        (0,): s * r * ((mean[0,] - grand) ** 2).sum() / (n - 1),
        (1,): n * r * ((mean[1,] - grand) ** 2).sum() / (s - 1),
        (2,): n * s * ((mean[2,] - grand) ** 2).sum() / (r - 1),
    }
    for (a, b), times in [((0, 1), r), ((0, 2), s), ((1, 2), n)]:
        effect = mean[a, b] - mean[a,] - mean[b,] + grand
        freedom = (scores.shape[a] - 1) * (scores.shape[b] - 1)
        squares[a, b] = times * (effect**2).sum() / freedom
    rest = scores - mean[0, 1] - mean[0, 2] - mean[1, 2] + mean[0,] + mean[1,] + mean[2,] - grand
    e = (rest**2).sum() / ((n - 1) * (s - 1) * (r - 1))
    q = squares
    return {
        "patients": (q[0,] - q[0, 1] - q[0, 2] + e) / (s * r),
        "settings": (q[1,] - q[0, 1] - q[1, 2] + e) / (n * r),
        "seeds": (q[2,] - q[0, 2] - q[1, 2] + e) / (n * s),
        "patients_settings": (q[0, 1] - e) / r,
        "patients_seeds": (q[0, 2] - e) / s,
        "settings_seeds": (q[1, 2] - e) / n,
        "residual": e,
    }


def test_expected_mean_squares_of_the_three_way_table():
    scores = np.random.default_rng(0).normal(size=(7, 5, 3)).cumsum(axis=0)
    found = variance_components(scores, np.arange(7))
    expected = slow_components(scores)
    for name, value in expected.items():
        assert found[name][0] == pytest.approx(value), name
    assert all(np.isnan(found[name]).all() for name in set(COMPONENTS) - set(expected))


def simulated(random, sizes, settings, seeds, deviations):
    """Scores of patients with `sizes` frames, by effects of known deviations; and the patients."""
    patients = np.repeat(np.arange(len(sizes)), sizes)
    frames = len(patients)
    shapes = {
        "patients": (len(sizes), 1, 1),
        "frames": (frames, 1, 1),
        "settings": (1, settings, 1),
        "seeds": (1, 1, seeds),
        "patients_settings": (len(sizes), settings, 1),
        "patients_seeds": (len(sizes), 1, seeds),
        "settings_seeds": (1, settings, seeds),
        "patients_settings_seeds": (len(sizes), settings, seeds),
        "frames_settings": (frames, settings, 1),
        "frames_seeds": (frames, 1, seeds),
        "residual": (frames, settings, seeds),
    }
    scores = np.zeros((frames, settings, seeds))
    for name, shape in shapes.items():
        effect = deviations[name] * random.standard_normal(shape)
        scores += effect[patients] if name.startswith("patients") else effect
    return scores, patients


@pytest.mark.parametrize("sizes", [[1] * 9, [3] * 6, [1, 2, 5, 1, 4, 3]])
def test_estimates_are_unbiased(sizes):
    """The mean of 600 tables is the truth within four standard errors, also for uneven patients."""
    random = np.random.default_rng(1)
    deviations = dict(zip(COMPONENTS, np.linspace(1.5, 0.5, len(COMPONENTS)), strict=True))
    found = {name: [] for name in COMPONENTS}
    for _ in range(600):
        scores, patients = simulated(random, sizes, 4, 3, deviations)
        for name, value in variance_components(scores, patients).items():
            found[name].append(value[0])
    truth = {name: deviation**2 for name, deviation in deviations.items()}
    if max(sizes) == 1:
        for part in ("", "_settings", "_seeds"):
            truth[f"patients{part}"] += truth.pop(f"frames{part}")
        truth["residual"] += truth.pop("patients_settings_seeds")
    for name, value in truth.items():
        error = np.std(found[name]) / np.sqrt(len(found[name]))
        assert abs(np.mean(found[name]) - value) < 4 * error, name


def test_resamples_are_tables_in_which_a_patient_stands_several_times():
    random = np.random.default_rng(2)
    deviations = dict.fromkeys(COMPONENTS, 1.0)
    scores, patients = simulated(random, [2, 3, 1, 2], 3, 2, deviations)
    times = np.array([2, 0, 1, 1])
    rows, copies = [], []
    for patient, count in enumerate(times):
        for copy in range(count):
            own = np.flatnonzero(patients == patient)
            rows += own.tolist()
            copies += [f"{patient}-{copy}"] * len(own)
    expected = variance_components(scores[rows], np.array(copies))
    found = variance_components(scores, patients, times[patients][np.newaxis])
    for name in COMPONENTS:
        assert found[name] == pytest.approx(expected[name]), name


def test_one_seed_or_one_frame_leaves_components_unidentified():
    scores, patients = simulated(
        np.random.default_rng(3), [2] * 4, 3, 1, dict.fromkeys(COMPONENTS, 1.0)
    )
    found = variance_components(scores, patients)
    missing = {name for name, value in found.items() if np.isnan(value).all()}
    assert missing == set(unidentified(patients, 1))
    assert missing == {
        *("seeds", "patients_seeds", "settings_seeds", "patients_settings_seeds"),
        *("frames_seeds", "residual"),
    }
    scores = np.random.default_rng(4).normal(size=(5, 4, 3))
    found = variance_components(scores, np.arange(5))
    reasons = unidentified(np.arange(5), 3)
    assert {name for name, value in found.items() if np.isnan(value).all()} == set(reasons)
    assert reasons["frames"] == "one frame of each patient: it is part of patients"


def test_negative_estimate_has_no_share():
    variances = {"a": np.array([3.0]), "b": np.array([-1.0]), "c": np.array([1.0])}
    variances["d"] = np.array([np.nan])
    shares = shares_of(variances)
    assert [shares[name][0] for name in "abc"] == [0.75, 0, 0.25]
    assert np.isnan(shares["d"][0])
