"""From an RF frame to a B-mode image: the five steps of the paper, in its order.

1. amplitude by the Hilbert transform; 2. attenuation compensation; 3. scan conversion (bilinear, of
the amplitude); 4. logarithmic compression and thresholding; 5. linear mapping to 8 bits
(Byra et al. 2020, arXiv:2009.03364, section 2.2). `reconattack.reconstruction.steps` has them as
functions. The stages of `reconattack.reconstruction.stages` lie between them; each is skipped while
its parameters are neutral. Before all of them stand the lines, which a frame with channel data can
beamform again.

The paper's parameters first enter at step 2, as a gain per depth row. Steps 1 and 3 are therefore
computed once per frame: a pixel between the samples i and i + 1 of a (laterally interpolated) line
has the amplitude g[i] A + g[i+1] B, where A and B do not depend on the parameters. The gain is a
ramp in decibels, so that g[i+1] = q g[i] and the pixel's level is that of A + q B, raised by the
ramp's height at sample i. What is kept is this level at one beta, the paper's: another ramp adds
nearly a straight line to it (`Amplitudes`). The result of a step is kept until a parameter before
it changes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from reconattack.errors import InputError
from reconattack.frames.channels import has_channels
from reconattack.frames.empty_samples import empty_samples
from reconattack.frames.frame import frame_samples
from reconattack.frames.geometry import image_grid
from reconattack.frames.image import image_attributes, label_image
from reconattack.reconstruction.beamforming import Beamformer, stated_beam
from reconattack.reconstruction.parameters import (
    BEAM,
    BEFORE_ENVELOPE,
    COMPENSATION,
    GEOMETRY,
    NEUTRAL,
    PAPER_PARAMETERS,
    PICTURE,
    SLIDERS,
)
from reconattack.reconstruction.scan_conversion import Pixels, place_pixels
from reconattack.reconstruction.setting import PAPER_SETTING
from reconattack.reconstruction.stages.band_pass import band_pass
from reconattack.reconstruction.stages.processing import process
from reconattack.reconstruction.stages.time_gain import time_gain
from reconattack.reconstruction.steps import Amplitudes, attenuation_level, envelope, window

BEFORE_COMPENSATION = (*BEFORE_ENVELOPE, *GEOMETRY)
BEFORE_RAMP = (*BEFORE_COMPENSATION, *SLIDERS)
BEFORE_WINDOW = (*BEFORE_COMPENSATION, *COMPENSATION)


class Reconstruction:
    """One RF frame, ready for reconstruction at any parameter vector.

    Parameters
    ----------
    frame
        An RF frame (`reconattack.frames.frame.build_frame`).
    rows
        Height of the image in pixels. Pixels are isotropic: the frame's depth range sets their
        size, its width the number of columns.
    names
        The parameters of a vector, in its order.
    others
        Values of further parameters; all that are named nowhere are neutral.
    kept_beta
        The beta whose levels are kept; those of another differ by rounding alone.

    Attributes
    ----------
    frame
        The RF frame.
    names
        The parameters of a vector, in its order.
    z, x
        Pixel centres [m], shapes (rows,) and (columns,); z = 0 where the face crosses the axis.
    sector
        bool (rows, columns): True inside the insonified region, where samples were recorded.
    runs
        The sector's `shown_runs`, int64 (run, 2).
    setting
        Values of the parameters that a vector does not hold.
    frequency
        Nominal centre frequency [Hz].
    reference_level
        Level that is added to the compensated level [dB].
    upper_offset
        Upper end of the window less `alpha_upper` [dB]: 0, except of a picture frame.
    outside
        Grey level of each pixel that no setting changes, uint8 (rows, columns); None if all are 0.
    """

    upper_offset = 0.0
    outside = None

    def __init__(
        self,
        frame: xr.Dataset,
        rows: int,
        names: Sequence[str] = PAPER_PARAMETERS,
        others: Mapping[str, float] | None = None,
        kept_beta: float = PAPER_SETTING["beta"],
    ) -> None:
        self.frame = frame
        self.names = tuple(names)
        self.setting = NEUTRAL | dict(others or {})
        self._kept_beta = kept_beta
        self._steps: dict[str, tuple[tuple[float, ...], Any]] = {}
        self._prepare(rows)
        placed = self.amplitudes(**stated_beam(frame))
        self.sector, self.runs = placed.shown, placed.runs

    def _prepare(self, rows: int) -> None:
        """Set what does not depend on a setting, except the sector."""
        self.z, self.x = image_grid(self.frame, rows)
        self.frequency = self.frame.attrs["center_frequency"]
        self.reference_level = self.frame.attrs["reference_level"]

    @cached_property
    def empty(self) -> np.ndarray:
        """Samples of the frame that hold nothing (`empty_samples`), bool (depth, line).

        Pixels that show them lie outside the sector. A silent frame is shown as it is.
        """
        sampling_frequency = self.frame.attrs["sampling_frequency"]
        empty = empty_samples(frame_samples(self.frame), sampling_frequency, self.frequency)
        return np.zeros_like(empty) if empty.all() else empty

    def samples(self, **setting: float) -> np.ndarray:
        """Samples after the band-pass, (depth, line): float32 RF, or complex64 IQ."""
        return self._filter(*_values(self.setting | setting, BEFORE_ENVELOPE))

    def envelope(self, **setting: float) -> np.ndarray:
        """Amplitude of each line before any gain, float32 (depth, line)."""
        return self._kept(self._envelope, *_values(self.setting | setting, BEFORE_ENVELOPE))

    def amplitudes(self, **setting: float) -> Amplitudes:
        """Scan-converted amplitudes, which do not depend on compensation and window."""
        return self._kept(self._place, *_values(self.setting | setting, BEFORE_COMPENSATION))

    def levels(self, beta: float, **others: float) -> np.ndarray:
        """Compensated, scan-converted level [dB] of each shown pixel, shape (pixels,), float32."""
        return self._kept(
            self._compensate, *_values(self.setting | {"beta": beta} | others, BEFORE_WINDOW)
        )

    def bmode(self, parameters: np.ndarray) -> np.ndarray:
        """B-mode images at many parameter vectors.

        Parameters
        ----------
        parameters
            Shape (n, parameter): a column for each of `names`, by default beta [dB/(cm MHz)],
            alpha_lower [dB], alpha_upper [dB].

        Returns
        -------
        numpy.ndarray
            uint8 (n, rows, columns); 0 outside the sector, where a picture frame keeps its pixels.
        """
        parameters = np.atleast_2d(np.asarray(parameters, float))
        images = np.empty((len(parameters), *self.sector.shape), np.uint8)
        for image, vector in zip(images, parameters.tolist(), strict=True):
            setting = self.setting | dict(zip(self.names, vector, strict=True))
            self._draw(image, setting)
            self._draw_outside(image, setting)
        return images

    def image(self, vector: Sequence[float]) -> xr.Dataset:
        """Labelled image at one parameter vector (`reconattack.frames.image.label_image`).

        It has the liver of a frame with a mask, and the frame's `image_attributes`.
        """
        liver = self.liver(vector)
        image = label_image(
            self.bmode(vector)[0], self.sector, self.z, self.x, None if liver is None else liver[0]
        )
        return image.assign_attrs(image_attributes(self.frame))

    def liver(self, parameters: np.ndarray) -> np.ndarray | None:
        """Liver masks of the images at many parameter vectors; they follow the geometry.

        Parameters
        ----------
        parameters
            Shape (n, parameter), as for `bmode`.

        Returns
        -------
        numpy.ndarray or None
            bool (n, rows, columns); None if the frame has no mask.
        """
        if "liver" not in self.frame:
            return None
        parameters = np.atleast_2d(np.asarray(parameters, float))
        settings = (dict(zip(self.names, row, strict=True)) for row in parameters.tolist())
        return np.stack(
            [
                self._kept(self._place_liver, *_values(self.setting | setting, GEOMETRY))
                for setting in settings
            ]
        )

    @property
    def depths(self) -> np.ndarray:
        """Depth of each sample [m], rising, (depth,)."""
        return self.frame.variables["depth"].values

    def thresholds(self, setting: Mapping[str, float]) -> tuple[float, float]:
        """Levels [dB] that a setting shows as black and as white."""
        return setting["alpha_lower"], setting["alpha_upper"]

    def _draw(self, image: np.ndarray, setting: Mapping[str, float]) -> None:
        """Draw a picture at one setting over an image."""
        thresholds = self.thresholds(setting)
        if self.is_linear and _values(setting, PICTURE) == UNPROCESSED:
            placed = self._kept(self._amplify, *_values(setting, BEFORE_RAMP))
            if placed.draw(image, *self._ramp(setting), *thresholds):
                return
        shown = self._kept(self._place, *_values(setting, BEFORE_COMPENSATION)).shown
        processing = {name: setting[name] for name in PICTURE if setting[name] != NEUTRAL[name]}
        levels = self._kept(self._compensate, *_values(setting, BEFORE_WINDOW))
        grey = self.mapped(window(levels, *thresholds))
        image[:] = 0
        if processing:
            picture = np.zeros(image.shape, np.float32)
            picture[shown] = grey
            grey = process(picture, processing)[shown]
        image[shown] = np.rint(grey, out=grey).astype(np.uint8)

    @property
    def is_linear(self) -> bool:
        """Whether grey levels follow the window without a grey map of the scanner's own."""
        return True

    def mapped(self, grey: np.ndarray) -> np.ndarray:
        """Grey levels (pixels,) after the scanner's own grey map."""
        return grey

    def _draw_outside(self, image: np.ndarray, setting: Mapping[str, float]) -> None:
        """Draw what lies outside the sector over an image: nothing."""

    def _kept(self, step: Callable[..., Any], *values: float) -> Any:
        """The result of a step at some values, kept until it is asked for at others.

        A cache of bound methods would tie the frame to itself, and its arrays would stay for long.
        """
        known = self._steps.get(step.__name__)
        if known is None or known[0] != values:
            known = values, step(*values)
            self._steps[step.__name__] = known
        return known[1]

    @cached_property
    def _beamformer(self) -> Beamformer:
        return Beamformer.of_frame(self.frame)

    def _beamform(self, *values: float) -> np.ndarray:
        """Lines at the values of `BEAM`, (depth, line): the frame's own if it holds them."""
        setting = dict(zip(BEAM, values, strict=True))
        if not has_channels(self.frame):
            moved = [name for name in BEAM if setting[name] != NEUTRAL[name]]
            if moved:
                raise InputError(
                    f"the frame of patient {self.frame.attrs['patient']} cannot be drawn at "
                    f"another value of {', '.join(moved)}; expected channel data, which it does "
                    f"not have: leave {'it' if len(moved) == 1 else 'them'} out of the box"
                )
            return frame_samples(self.frame)
        made = self._beamformer.setting(stated_beam(self.frame))
        if self._beamformer.setting(setting) == made:
            return frame_samples(self.frame)
        return self._beamformer.lines(**setting)

    def _filter(self, *values: float) -> np.ndarray:
        """Samples at the values of `BEFORE_ENVELOPE`, (depth, line)."""
        *beam, shift, sharpness = values
        samples = self._kept(self._beamform, *beam)
        if sharpness == NEUTRAL["band_sharpness"]:
            return samples
        sampling_frequency = self.frame.attrs["sampling_frequency"]
        return band_pass(samples, sampling_frequency, self.frequency, shift, sharpness)

    def _envelope(self, *values: float) -> np.ndarray:
        """Amplitude of each line at the values of `BEFORE_ENVELOPE`, float32 (depth, line)."""
        return envelope(self._filter(*values))

    def _place(self, *values: float) -> Amplitudes:
        """Amplitudes at the values of `BEFORE_COMPENSATION`."""
        *before, speed_shift, zoom, aspect = values
        pixels = self._pixels(speed_shift, zoom, aspect)
        kept = self._ramp(NEUTRAL | {"beta": self._kept_beta})
        amplitude, depth = self._kept(self._envelope, *before), self._depth(speed_shift)
        return Amplitudes(pixels, amplitude, depth, *kept)

    def _place_liver(self, speed_shift: float, zoom: float, aspect: float) -> np.ndarray:
        """Pixels that show the liver at the values of `GEOMETRY`, bool (rows, columns)."""
        pixels = self._pixels(speed_shift, zoom, aspect)
        liver = np.zeros(pixels.shown.shape, bool)
        liver[pixels.shown] = pixels.nearest(self.frame["liver"].values)
        return liver

    def _pixels(self, speed_shift: float, zoom: float, aspect: float) -> Pixels:
        """Pixels that show recorded samples, at the values of `GEOMETRY`."""
        depth = self._depth(speed_shift)
        pixels = place_pixels(self.frame, self.z, self.x, depth, zoom, aspect)
        return pixels.without(self.empty) if self.empty.any() else pixels

    def _depth(self, speed_shift: float) -> np.ndarray:
        """Depth at which each sample is shown [m], (depth,)."""
        depth = self.frame.variables["depth"].values
        if speed_shift == NEUTRAL["sound_speed_shift"]:
            return depth
        return depth * (1 + speed_shift / self.frame.attrs["sound_speed"])

    def _amplify(self, *values: float) -> Amplitudes:
        """Amplitudes at the values of `BEFORE_RAMP`."""
        placed = self._kept(self._place, *values[: len(BEFORE_COMPENSATION)])
        sliders = values[len(BEFORE_COMPENSATION) :]
        return placed.amplified(time_gain(placed.depth, 0, sliders)) if any(sliders) else placed

    def _compensate(self, *values: float) -> np.ndarray:
        """Levels at the values of `BEFORE_WINDOW`."""
        setting = dict(zip(BEFORE_WINDOW, values, strict=True))
        return self._kept(self._amplify, *_values(setting, BEFORE_RAMP)).levels(
            *self._ramp(setting)
        )

    def _ramp(self, setting: Mapping[str, float]) -> tuple[float, float]:
        """What compensation adds at a setting: a level over depth [dB/m] and a level [dB]."""
        ramp = attenuation_level(setting["beta"], self.frequency / 1e6, 100)
        return ramp, self.reference_level + setting["gain"]


def _values(setting: Mapping[str, float], names: Iterable[str]) -> tuple[float, ...]:
    return tuple(map(setting.__getitem__, names))


UNPROCESSED = _values(NEUTRAL, PICTURE)
