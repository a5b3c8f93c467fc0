"""Views: the inputs of a model for a frame at parameter vectors.

Each view is a function of a reconstruction, parameter vectors (n, parameter) and, optionally, the
images at these vectors. It gives a tuple of arrays (n, ...).

The views in `reconattack.classifiers.kinds.IMMUNE_TO` are taken before most stages of the
reconstruction, so these stages cannot change them. Only beamforming and the band-pass come before
them, because they make and filter the samples. What the scanner did to the samples before they were
recorded also comes before them, such as its time gain (`gain_state`): that is not a stage of the
reconstruction, and no view is immune to it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from reconattack.classifiers.network_input import (
    NetworkInput,
    network_input,
)
from reconattack.classifiers.resize.declaration import TRAINED_HERE
from reconattack.errors import InputError
from reconattack.reconstruction.parameters import BEFORE_ENVELOPE, PAPER_PARAMETERS
from reconattack.reconstruction.reconstruction import Reconstruction

ROW_HEIGHT = 0.5e-3  # m of depth in a row of the view `envelope`
FAINTEST = 1e-6  # of the frame's largest amplitude, -120 dB: everything below counts as silence
MIDDLE = 128  # grey level of a residual of 0 dB
PER_DECIBEL = 4  # grey levels; residuals from -32 to 32 dB are shown


def image(
    reconstruction: Reconstruction, parameters: np.ndarray, images: np.ndarray | None = None
) -> tuple[np.ndarray]:
    """The B-mode image, uint8 (n, z, x)."""
    return (reconstruction.bmode(parameters) if images is None else images,)


def image_and_parameters(
    reconstruction: Reconstruction, parameters: np.ndarray, images: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The B-mode image, uint8 (n, z, x), and the setting at which it was made, float32 (n, 3)."""
    (bmode,) = image(reconstruction, parameters, images)
    return bmode, paper_parameters(reconstruction, parameters)


def envelope(
    reconstruction: Reconstruction, parameters: np.ndarray, images: np.ndarray | None = None
) -> tuple[np.ndarray]:
    """Residual level of the lines (`residual_level`) in grey levels, float32 (n, depth, line)."""

    def picture(**band: float) -> np.ndarray:
        amplitude = reconstruction.envelope(**band).astype(float)
        faintest = max(FAINTEST * amplitude.max(), np.finfo(np.float32).tiny)
        level = 20 * np.log10(np.maximum(amplitude, faintest))
        depth = reconstruction.frame["depth"].values
        residual = residual_level(level, depth, reconstruction.empty)
        return np.clip(MIDDLE + PER_DECIBEL * residual, 0, 255).astype(np.float32)

    return (_at_each_band(picture, reconstruction, parameters),)


def residual_level(
    level: np.ndarray, depth: np.ndarray, empty: np.ndarray | None = None
) -> np.ndarray:
    """Level of the lines minus the straight line over depth that fits it best.

    Attenuation compensation adds a level that is linear in depth; a gain or a shift of the
    thresholds adds a constant. Neither changes the residual. Levels are averaged in decibels over
    rows of `ROW_HEIGHT`. The mean of power would have slightly less speckle, but a gain that
    changes within a row would weight its samples and not cancel (0.08 dB over the paper's box).

    Parameters
    ----------
    level
        [dB], shape (sample, line).
    depth
        [m], shape (sample,).
    empty
        bool (sample, line): samples that hold nothing (padding, dead lines). Rows of a line with
        such samples take no part in the fit.

    Returns
    -------
    numpy.ndarray
        float64 (depth, line), dB. The least squares weight all rows and lines equally, so this is
        the same linear projection for all frames of one shape.
    """
    rows = max(1, round(ROW_HEIGHT / np.diff(depth).mean()))
    starts = np.arange(0, len(depth), rows)
    counts = np.diff([*starts, len(depth)])
    level = np.add.reduceat(level, starts, axis=0) / counts[:, np.newaxis]
    depth = np.add.reduceat(depth, starts) / counts
    if empty is not None and empty.any():
        fitted = ~np.logical_or.reduceat(empty, starts, axis=0)
        if fitted.any(axis=1).sum() > 1:
            x, y = depth[np.nonzero(fitted)[0]], level[fitted]
            slope = ((x - x.mean()) * y).sum() / ((x - x.mean()) ** 2).sum()
            return level - (y.mean() + slope * (depth - x.mean()))[:, np.newaxis]
    offset = depth - depth.mean()
    profile = level.mean(axis=1)
    slope = (offset * profile).sum() / (offset**2).sum()
    return level - (profile.mean() + slope * offset)[:, np.newaxis]


def rf(
    reconstruction: Reconstruction, parameters: np.ndarray, images: np.ndarray | None = None
) -> tuple[np.ndarray]:
    """RF lines, float32 (n, line, sample), scaled to unit root mean square.

    Samples that hold nothing (padding, dead lines) do not count.
    """

    def lines(**band: float) -> np.ndarray:
        samples = reconstruction.samples(**band)
        if np.iscomplexobj(samples):
            raise InputError(
                f"the frame of patient {reconstruction.frame.attrs['patient']} holds demodulated "
                "samples (IQ); expected RF for a model that takes rf: the frequency that they were "
                "demodulated by is not part of a frame"
            )
        empty = reconstruction.empty
        recorded = samples[~empty] if empty.any() else samples
        power = np.mean(np.square(recorded, dtype=float)) if recorded.size else 1
        return (samples.T / np.sqrt(power or 1)).astype(np.float32)

    return (_at_each_band(lines, reconstruction, parameters),)


def paper_parameters(reconstruction: Reconstruction, parameters: np.ndarray) -> np.ndarray:
    """Values of the `PAPER_PARAMETERS` at parameter vectors, float32 (n, 3)."""
    return _values(reconstruction, parameters, PAPER_PARAMETERS).astype(np.float32)


VIEWS = {
    "image": image,
    "image+parameters": image_and_parameters,
    "envelope": envelope,
    "rf": rf,
}


@dataclass(frozen=True)
class LineChoice:
    """The RF lines and samples that a network takes.

    Attributes
    ----------
    lines
        Number of lines, spread evenly from the first to the last; lines of a frame with fewer are
        repeated.
    samples
        Number of samples: longer lines are cut, shorter ones are padded with zeros at the end.
    """

    lines: int
    samples: int

    def __call__(self, frames: np.ndarray) -> np.ndarray:
        """Choose from RF lines (n, line, sample); gives float32 (n, lines, samples)."""
        places = np.linspace(0, frames.shape[1] - 1, self.lines).round().astype(int)
        shown = frames[:, places, : self.samples].astype(np.float32)
        return np.pad(shown, ((0, 0), (0, 0), (0, self.samples - shown.shape[2])))


def input_rule(
    takes: str, height: int, width: int, resize: Mapping[str, Any] | None = TRAINED_HERE
) -> NetworkInput | LineChoice:
    """The rule that brings the first array of a view to a network's input (height, width).

    Pictures are resized as `resize` says (`network_input`). For `rf`, height and width are lines
    and samples, which are chosen and not resized.
    """
    if takes == "rf":
        return LineChoice(height, width)
    return network_input(height, width, resize)


def _at_each_band(
    view: Callable[..., np.ndarray], reconstruction: Reconstruction, parameters: np.ndarray
) -> np.ndarray:
    """A view of the frame after the beamforming and band-pass of each vector, (n, ...).

    It is computed once for each different setting of these.
    """
    bands, places = np.unique(
        _values(reconstruction, parameters, BEFORE_ENVELOPE), axis=0, return_inverse=True
    )
    views = np.stack(
        [view(**dict(zip(BEFORE_ENVELOPE, band, strict=True))) for band in bands.tolist()]
    )
    if len(views) == 1:
        return np.broadcast_to(views, (len(places), *views.shape[1:]))
    return views[places]


def _values(
    reconstruction: Reconstruction, parameters: np.ndarray, names: Iterable[str]
) -> np.ndarray:
    """Values of some parameters at parameter vectors, float64 (n, name)."""
    columns = dict(zip(reconstruction.names, np.asarray(parameters, float).T, strict=True))
    return np.stack(
        [
            columns.get(name, np.full(len(parameters), reconstruction.setting[name], float))
            for name in names
        ],
        axis=1,
    )
