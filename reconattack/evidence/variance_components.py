"""The parts of a score's variance: patients, frames, settings, seeds, and what these do together.

The design is crossed: every frame is judged at every setting by the network of every seed. Frames
are nested in patients, of whom each may have another number. All effects are random. Their
variances are those whose expected mean squares are the observed ones (Searle, Casella & McCulloch,
*Variance Components*, 1992, chapters 3 and 4; for unequal numbers of frames, section 3.6). An
estimate may be negative.

The scores are split into orthogonal parts by setting and seed: their mean, and the contrasts of
settings, of seeds, and of both. Each part has its own analysis of frames within patients. For
orthonormal contrasts of s settings and r seeds, with V the variance of a level (patients, frames,
or what is common to all),

    V(mean)            = sr v + r v(setting) + s v(seed) + v(setting, seed)
    V(settings)        =        r v(setting)             + v(setting, seed)
    V(seeds)           =                       s v(seed) + v(setting, seed)
    V(settings, seeds) =                                   v(setting, seed)
"""

from collections.abc import Mapping

import numpy as np

PARTS = ("mean", "settings", "seeds", "settings_seeds")
NAMES = {  # of a level and a part
    ("patients", "mean"): "patients",
    ("frames", "mean"): "frames",
    ("common", "settings"): "settings",
    ("common", "seeds"): "seeds",
    ("patients", "settings"): "patients_settings",
    ("patients", "seeds"): "patients_seeds",
    ("common", "settings_seeds"): "settings_seeds",
    ("patients", "settings_seeds"): "patients_settings_seeds",
    ("frames", "settings"): "frames_settings",
    ("frames", "seeds"): "frames_seeds",
    ("frames", "settings_seeds"): "residual",
}
COMPONENTS = tuple(NAMES.values())


def variance_components(
    scores: np.ndarray, patients: np.ndarray, drawn: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """The variance of each component, in resamples of the patients.

    Parameters
    ----------
    scores
        Scores in their unit, float64 (frame, setting, seed), without nan; at least two settings.
    patients
        Patient of each frame, (frame,); at least two.
    drawn
        How often each resample holds each frame, (resample, frame), the same for all frames of a
        patient. None for the frames as they are.

    Returns
    -------
    dict
        `COMPONENTS`, float64 (resample,), in the square of the scores' unit; nan for one that the
        design does not identify (`unidentified`). With one frame of each patient, the component of
        patients and settings and seeds is the `residual`.
    """
    settings, seeds = scores.shape[1:]
    drawn = np.ones((1, len(scores))) if drawn is None else np.asarray(drawn, float)
    several = len(np.unique(patients)) < len(patients)
    levels = {
        part: part_variances(contrasts, freedom, patients, drawn, several)
        for part, (contrasts, freedom) in split(scores).items()
    }
    found = dict.fromkeys(COMPONENTS, np.full(len(drawn), np.nan))
    for level in ("patients", "frames", "common"):
        of = {part: levels[part][level] if part in levels else 0.0 for part in PARTS}
        variances = {
            "mean": (of["mean"] - of["settings"] - of["seeds"] + of["settings_seeds"])
            / (settings * seeds),
            "settings": (of["settings"] - of["settings_seeds"]) / seeds,
            "seeds": (of["seeds"] - of["settings_seeds"]) / settings,
            "settings_seeds": of["settings_seeds"],
        }
        found |= {
            NAMES[level, part]: variances[part]
            for part in PARTS
            if (level, part) in NAMES and part in levels
        }
    if not several:
        found["residual"] = found.pop("patients_settings_seeds")
        found["patients_settings_seeds"] = np.full(len(drawn), np.nan)
    return {name: found[name] for name in COMPONENTS}


def shares_of(variances: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Each component's share of the whole variance; a negative estimate counts as none."""
    kept = {name: np.clip(values, 0, None) for name, values in variances.items()}
    whole = np.nansum(list(kept.values()), axis=0)
    with np.errstate(invalid="ignore"):
        return {name: values / whole for name, values in kept.items()}


def unidentified(patients: np.ndarray, seeds: int) -> dict[str, str]:
    """Why the design does not identify some components, by their names.

    Parameters
    ----------
    patients
        Patient of each frame, (frame,).
    seeds
        Number of seeds.
    """
    reasons: dict[str, str] = {}
    if len(np.unique(patients)) == len(patients):
        one = "one frame of each patient: it is part of {}"
        whole = {
            "frames": "patients",
            "frames_settings": "patients_settings",
            "frames_seeds": "patients_seeds",
            "patients_settings_seeds": "residual",
        }
        reasons |= {name: one.format(other) for name, other in whole.items()}
    if seeds == 1:
        one = "one seed: it is part of {}"
        whole = {
            "seeds": "the mean, which is no component",
            "settings_seeds": "settings",
            "patients_seeds": "patients",
            "frames_seeds": "frames",
            "patients_settings_seeds": "patients_settings",
            "residual": "frames_settings, or of patients_settings without it",
        }
        reasons |= {name: one.format(other) for name, other in whole.items()}
    return reasons


def split(scores: np.ndarray) -> dict[str, tuple[np.ndarray, int]]:
    """The parts of scores (frame, setting, seed) and their degrees of freedom.

    A part has shape (frame, ...). Its sum of squares is that of orthonormal contrasts. A part
    without a degree of freedom is left out.
    """
    settings, seeds = scores.shape[1:]
    mean = scores.mean(axis=(1, 2))
    of_setting = scores.mean(axis=2) - mean[:, np.newaxis]
    of_seed = scores.mean(axis=1) - mean[:, np.newaxis]
    both = (
        scores
        - mean[:, np.newaxis, np.newaxis]
        - of_setting[:, :, np.newaxis]
        - of_seed[:, np.newaxis]
    )
    parts = {
        "mean": (mean[:, np.newaxis] * np.sqrt(settings * seeds), 1),
        "settings": (of_setting * np.sqrt(seeds), settings - 1),
        "seeds": (of_seed * np.sqrt(settings), seeds - 1),
        "settings_seeds": (both.reshape(len(scores), -1), (settings - 1) * (seeds - 1)),
    }
    return {name: part for name, part in parts.items() if part[1] > 0}


def part_variances(
    contrasts: np.ndarray,
    freedom: int,
    patients: np.ndarray,
    drawn: np.ndarray,
    several: bool,
) -> dict[str, np.ndarray]:
    """Variances of one contrast between patients, between a patient's frames, and of its mean.

    Parameters
    ----------
    contrasts
        Shape (frame, contrast), with `freedom` degrees of freedom.
    patients, drawn
        As in `variance_components`.
    several
        Whether any patient has several frames. If not, the variance of frames is nan, and that of
        patients contains it.
    """
    patient, sizes = np.unique(patients, return_inverse=True, return_counts=True)[1:]
    first = np.array([np.flatnonzero(patient == number)[0] for number in range(len(sizes))])
    times = drawn[:, first]  # of each patient
    sums = np.zeros((len(sizes), contrasts.shape[1]))
    np.add.at(sums, patient, contrasts)
    means = sums / sizes[:, np.newaxis]
    frames, number = times @ sizes, times.sum(axis=1)
    total = times @ sums
    of_mean = (total**2).sum(axis=1) / frames
    between = times @ (sizes * (means**2).sum(axis=1)) - of_mean
    within = drawn @ ((contrasts - means[patient]) ** 2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        of_frames = within / (freedom * (frames - number)) if several else np.zeros(len(drawn))
        uneven = times @ sizes**2 / frames
        of_patients = (between / (freedom * (number - 1)) - of_frames) * (number - 1)
        of_patients = of_patients / (frames - uneven)
        common = (of_mean / freedom - of_frames - uneven * of_patients) / frames
    return {
        "patients": of_patients,
        "frames": of_frames if several else np.full(len(drawn), np.nan),
        "common": common,
    }
