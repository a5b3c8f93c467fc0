"""A guard: it tells from a picture alone whether it looks like one at an allowed setting.

The score of a picture is the Mahalanobis distance of its features
(`reconattack.classifiers.guard_features`) from those of training patients' pictures at the initial
setting and at settings drawn in the declared envelope. A picture alarms if its score is above the
threshold. `reconattack.classifiers.training.guard_fitting` fits both.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reconattack.classifiers.guard_features import FEATURES, setting_features
from reconattack.errors import InputError
from reconattack.reconstruction.parameters import NEUTRAL, PARAMETERS
from reconattack.seeds import seed_of

Envelope = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Guard:
    """A fitted guard.

    Attributes
    ----------
    features
        Names of the features.
    location
        Their mean, (feature,).
    precision
        Inverse of their covariance, (feature, feature).
    threshold
        Largest score without an alarm.
    false_alarm_rate
        Declared largest share of patients of whom any picture in the envelope alarms.
    envelope
        [lower, upper] of each parameter that the allowed settings may move.
    settings
        Settings that are drawn in the envelope for each frame.
    calibration
        Largest score of each patient that calibrated the threshold, sorted.
    n_fitted
        Patients whose pictures gave `location` and `precision`.
    """

    features: Sequence[str]
    location: Sequence[float]
    precision: Sequence[Sequence[float]]
    threshold: float
    false_alarm_rate: float
    envelope: Envelope
    settings: int
    calibration: Sequence[float]
    n_fitted: int

    def scores(self, images: np.ndarray, sector: np.ndarray) -> np.ndarray:
        """Scores of the pictures of one frame.

        Parameters
        ----------
        images
            uint8 (n, z, x).
        sector
            bool (z, x).

        Returns
        -------
        numpy.ndarray
            float64 (n,).
        """
        return distances(setting_features(images, sector), self.location, self.precision)

    def alarms(self, scores: np.ndarray) -> np.ndarray:
        """Whether each score is above the threshold, bool of the same shape."""
        return np.asarray(scores) > self.threshold

    def write(self, path: Path | str) -> None:
        """Write the guard as JSON, which reads back as the same numbers."""
        Path(path).write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path | str) -> "Guard":
        """Read a guard that `write` wrote.

        Raises
        ------
        InputError
            If the file belongs to a guard of other features.
        """
        guard = cls(**json.loads(Path(path).read_text(encoding="utf-8")))
        if tuple(guard.features) != FEATURES:
            raise InputError(
                f"{path}: the guard has the features {', '.join(guard.features)}; expected "
                f"{', '.join(FEATURES)}: remove the file, and the run fits the guard again"
            )
        return guard


def distances(
    features: np.ndarray, location: Sequence[float], precision: Sequence[Sequence[float]]
) -> np.ndarray:
    """Mahalanobis distance of each row of features, float64 (n,).

    Parameters
    ----------
    features
        float64 (n, feature).
    location
        Mean of the features, (feature,).
    precision
        Inverse of their covariance, (feature, feature).
    """
    offsets = features - np.asarray(location)
    squares = np.einsum("ni,ij,nj->n", offsets, np.asarray(precision), offsets)
    return np.sqrt(np.maximum(squares, 0))


def allowed_settings(
    envelope: Envelope, initial: Mapping[str, float], count: int, frame: str
) -> tuple[tuple[str, ...], np.ndarray]:
    """The initial setting and settings drawn uniformly in an envelope.

    Parameters
    ----------
    envelope
        [lower, upper] of each parameter, in its unit.
    initial
        The initial setting.
    count
        Settings to draw.
    frame
        Name of the frame, from which the random numbers follow: each parameter has its own, so
        that a setting depends neither on `count` nor on the other parameters.

    Returns
    -------
    tuple
        Names of the parameters in the reconstruction's order, and vectors, float64
        (1 + count, parameter), of which the first is the initial setting.
    """
    names = tuple(name for name in PARAMETERS if name in envelope)
    start = NEUTRAL | dict(initial)
    vectors = np.empty((1 + count, len(names)))
    for column, name in enumerate(names):
        lower, upper = envelope[name]
        shares = np.random.default_rng(seed_of("guard", frame, name)).random(count)
        vectors[:, column] = start[name], *(lower + shares * (upper - lower))
    return names, vectors


def is_allowed(
    envelope: Envelope, initial: Mapping[str, float], setting: Mapping[str, float]
) -> bool:
    """Whether a setting lies in an envelope: its other parameters have their initial values."""
    start = NEUTRAL | dict(initial)
    bounds = {name: envelope.get(name, (start[name], start[name])) for name in setting}
    return all(bounds[name][0] <= value <= bounds[name][1] for name, value in setting.items())


def declared(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a guard keeps of its configuration: `envelope`, `settings` and `false_alarm_rate`."""
    return {name: settings[name] for name in ("envelope", "settings", "false_alarm_rate")}
