"""What a model is shown of a frame at parameter vectors.

Each view is a function of a reconstruction, of parameter vectors (n, parameter) and, where they
have been made, of the images there; it gives arrays whose first axis is that of the vectors.

The views in `reconattack.classifiers.kinds.IMMUNE_TO` are taken before most of the
reconstruction's stages, so that these cannot change them. The band-pass alone stands before them:
it filters the RF samples. So does all that a scanner did to the samples before they were recorded,
its time gain among it (`gain_state`): that is no stage of the reconstruction, and nothing here
makes a model immune to it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from reconattack.classifiers.network_input import NetworkInput
from reconattack.errors import InputError
from reconattack.reconstruction.parameters import BAND, PAPER_PARAMETERS
from reconattack.reconstruction.reconstruction import Reconstruction

ROW_HEIGHT = 0.5e-3  # m of depth in a row of the view `envelope`
FAINTEST = 1e-6  # of the frame's largest amplitude, -120 dB: below that is silence
MIDDLE = 128  # grey level of what lies on the straight line
PER_DECIBEL = 4  # grey levels; 32 dB on either side of the line are shown


def image(
    reconstruction: Reconstruction, parameters: np.ndarray, images: np.ndarray | None = None
) -> tuple[np.ndarray]:
    """The B-mode image, uint8 (n, z, x)."""
    return (reconstruction.bmode(parameters) if images is None else images,)


def image_and_parameters(
    reconstruction: Reconstruction, parameters: np.ndarray, images: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The B-mode image and the setting that it was made at, float32 (n, 3)."""
    return *image(reconstruction, parameters, images), told(reconstruction, parameters)


def envelope(
    reconstruction: Reconstruction, parameters: np.ndarray, images: np.ndarray | None = None
) -> tuple[np.ndarray]:
    """Residual level of the lines (`residual_level`) as grey levels, float32 (n, depth, line)."""

    def picture(**band: float) -> np.ndarray:
        amplitude = reconstruction.envelope(**band).astype(float)
        faintest = max(FAINTEST * amplitude.max(), np.finfo(np.float32).tiny)
        level = 20 * np.log10(np.maximum(amplitude, faintest))
        residual = residual_level(level, reconstruction.frame["depth"].values)
        return np.clip(MIDDLE + PER_DECIBEL * residual, 0, 255).astype(np.float32)

    return (_at_each_band(picture, reconstruction, parameters),)


def residual_level(level: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Level of the lines less the straight line in depth that fits all of it best.

    A compensation of attenuation adds a level that is linear in depth, a gain and a shift of the
    thresholds add a constant: whatever they are, the residual stays. Levels are averaged over rows
    of `ROW_HEIGHT`, as decibels: the mean of power has a little less speckle, but a gain that
    changes within a row weighs its samples and does not drop out (0.08 dB over the paper's box).

    Parameters
    ----------
    level
        [dB], shape (sample, line).
    depth
        [m], shape (sample,).

    Returns
    -------
    numpy.ndarray
        float64 (depth, line), dB. The least squares weigh every row of every line alike, so that
        this is one linear projection for all frames of a shape.
    """
    rows = max(1, round(ROW_HEIGHT / np.diff(depth).mean()))
    starts = np.arange(0, len(depth), rows)
    counts = np.diff([*starts, len(depth)])
    level = np.add.reduceat(level, starts, axis=0) / counts[:, np.newaxis]
    depth = np.add.reduceat(depth, starts) / counts
    offset = depth - depth.mean()
    profile = level.mean(axis=1)
    slope = (offset * profile).sum() / (offset**2).sum()
    return level - (profile.mean() + slope * offset)[:, np.newaxis]


def rf(
    reconstruction: Reconstruction, parameters: np.ndarray, images: np.ndarray | None = None
) -> tuple[np.ndarray]:
    """RF lines of unit root mean square over the frame, float32 (n, line, sample)."""

    def lines(**band: float) -> np.ndarray:
        samples = reconstruction.samples(**band)
        if np.iscomplexobj(samples):
            raise InputError(
                f"the frame of patient {reconstruction.frame.attrs['patient']} holds demodulated "
                "samples (IQ); expected RF for a model that takes rf: the frequency that they were "
                "demodulated by is not part of a frame"
            )
        power = np.mean(np.square(samples, dtype=float))
        return (samples.T / np.sqrt(power or 1)).astype(np.float32)

    return (_at_each_band(lines, reconstruction, parameters),)


def told(reconstruction: Reconstruction, parameters: np.ndarray) -> np.ndarray:
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
    """Which RF lines and samples a network is shown.

    Attributes
    ----------
    lines
        Lines, spread evenly from the first to the last; of a frame with fewer some are repeated.
    samples
        Samples from the first: longer lines are cut, zeros follow the last of shorter ones.
    """

    lines: int
    samples: int

    def __call__(self, frames: np.ndarray) -> np.ndarray:
        """Bring RF lines (n, line, sample) to float32 (n, lines, samples)."""
        places = np.linspace(0, frames.shape[1] - 1, self.lines).round().astype(int)
        shown = frames[:, places, : self.samples].astype(np.float32)
        return np.pad(shown, ((0, 0), (0, 0), (0, self.samples - shown.shape[2])))


def input_rule(takes: str, height: int, width: int, **resize: str) -> NetworkInput | LineChoice:
    """How the first array of a view is brought to a network's input of (height, width).

    Of `rf` these are lines and samples, which are chosen and not resized.
    """
    if takes == "rf":
        return LineChoice(height, width)
    return NetworkInput(height, width, **resize)


def _at_each_band(
    view: Callable[..., np.ndarray], reconstruction: Reconstruction, parameters: np.ndarray
) -> np.ndarray:
    """A view of the frame behind each vector's band-pass, (n, ...); equal ones share memory."""
    bands, places = np.unique(
        _values(reconstruction, parameters, BAND), axis=0, return_inverse=True
    )
    views = np.stack([view(**dict(zip(BAND, band, strict=True))) for band in bands.tolist()])
    if len(views) == 1:
        return np.broadcast_to(views, (len(places), *views.shape[1:]))
    return views[places]


def _values(
    reconstruction: Reconstruction, parameters: np.ndarray, names: Iterable[str]
) -> np.ndarray:
    """Values of some parameters at parameter vectors, float (n, name)."""
    columns = dict(zip(reconstruction.names, np.asarray(parameters, float).T, strict=True))
    return np.stack(
        [
            columns.get(name, np.full(len(parameters), reconstruction.setting[name], float))
            for name in names
        ],
        axis=1,
    )
