"""A finished B-mode picture, ready to be drawn at other settings.

Where the grey map and the dynamic range are known, a grey level tells the level of a pixel:
level = alpha_lower + range * inverse(grey). From there on a picture is drawn as the levels of an RF
frame are. What the scanner did before cannot be changed: band-pass and sound speed act on samples.

A setting says how far the window's ends move from their initial values. `alpha_upper` thus means
the upper end of the picture's own window, whatever its dynamic range.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import xarray as xr
from scipy.ndimage import map_coordinates

from reconattack.errors import InputError
from reconattack.frames.picture import (
    GREYS,
    initial_setting,
    pixel_depths,
    window_shares,
    without_scale,
)
from reconattack.frames.region import Fan, region_of
from reconattack.reconstruction.completion import BEST, Censored
from reconattack.reconstruction.parameters import (
    GEOMETRY,
    NEUTRAL,
    OF_SAMPLES,
    PAPER_PARAMETERS,
    SLIDERS,
)
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.reconstruction.scan_conversion import magnified
from reconattack.reconstruction.steps import DECIBELS_PER_NEPER, Amplitudes

WHOLE = 1 - 1e-6  # share of a magnified pixel that lies in the region


class PictureReconstruction(Reconstruction):
    """A picture frame, ready for reconstruction at any parameter vector.

    Parameters
    ----------
    frame
        A picture frame (`reconattack.frames.picture.build_picture`).
    names, others
        As for `Reconstruction`.
    completion
        How the levels of black and white pixels are filled in, one of
        `reconattack.reconstruction.completion.COMPLETIONS`.
    dynamic_range
        From black to white [dB]; None takes the declared value.
    like
        The same picture, from which is taken what does not depend on the two.

    Attributes
    ----------
    censored
        The levels of the picture, with the pixels at which they are unknown.

    Notes
    -----
    The picture keeps its own size in pixels. Pixels outside the region keep their grey levels.
    """

    def __init__(
        self,
        frame: xr.Dataset,
        names: Sequence[str] = PAPER_PARAMETERS,
        others: Mapping[str, float] | None = None,
        completion: str = BEST,
        dynamic_range: float | None = None,
        like: "PictureReconstruction | None" = None,
    ) -> None:
        self.completion = completion
        self._initial = NEUTRAL | initial_setting(frame)
        self.dynamic_range = dynamic_range or frame.attrs["dynamic_range"]
        self._pixel_depths = pixel_depths(frame) if like is None else like._pixel_depths
        alike = like is not None and like.dynamic_range == self.dynamic_range
        self.censored = like.censored if alike else self._censored(frame)
        super().__init__(frame, len(frame["grey"]), names, others, self._initial["beta"])

    def _prepare(self, rows: int) -> None:
        frame = self.frame
        self.frequency = frame.attrs.get("center_frequency", 0.0)
        self.reference_level = -self._initial["gain"]
        self._region = region_of(frame.attrs)
        size = frame.attrs.get("pixel", 1.0)
        height, width = frame["grey"].shape
        middle, top = self._region.face
        self.z = (np.arange(height) + 0.5 - top) * size
        self.x = (np.arange(width) + 0.5 - middle) * size
        self.outside = np.where(frame["sector"].values, np.uint8(0), frame["grey"].values)
        self._lit = np.flatnonzero(self.outside)

    @property
    def depths(self) -> np.ndarray:
        """Depths of the face and of the deepest pixel [m], (2,); zeros without a scale."""
        deepest = self._pixel_depths.max()
        return np.linspace(0, deepest, 2)

    @cached_property
    def empty(self) -> np.ndarray:
        """No pixel of a picture is left out for what its samples hold."""
        return np.zeros((0, 0), bool)

    def _censored(self, frame: xr.Dataset) -> Censored:
        grey, sector = frame["grey"].values, frame["sector"].values
        levels = self._initial["alpha_lower"] + self.dynamic_range * window_shares(frame)
        margin = frame.attrs["censored_margin"]
        return Censored(
            level=levels[grey],
            region=sector,
            black=sector & (grey <= margin),
            white=sector & (grey >= GREYS - 1 - margin),
            lowest=float(levels[margin]),
            highest=float(levels[GREYS - 1 - margin]),
            height=region_of(frame.attrs).height,
        )

    def image(self, vector: Sequence[float]) -> xr.Dataset:
        """As of an RF frame; without z and x if the size of a pixel is unknown."""
        image = super().image(vector)
        return image if "pixel" in self.frame.attrs else image.drop_vars(["z", "x"])

    def undetermined(self, vector: Sequence[float]) -> np.ndarray:
        """Pixels whose grey level at a setting the picture does not tell, bool (z, x).

        They are the black ones that would not stay black at the highest level that they may have,
        and the white ones that would not stay white at the lowest.
        """
        bound = self if self.completion == "bound" else self.with_completion("bound")
        (image,) = bound.bmode(vector)
        censored = self.censored
        return (censored.black & (image > 0)) | (censored.white & (image < GREYS - 1))

    def with_completion(
        self, completion: str, dynamic_range: float | None = None
    ) -> "PictureReconstruction":
        """The same picture with other levels of black and white pixels, or another range [dB]."""
        spread = dynamic_range or self.dynamic_range
        return PictureReconstruction(self.frame, self.names, self.setting, completion, spread, self)

    def thresholds(self, setting: Mapping[str, float]) -> tuple[float, float]:
        """Levels [dB] that a setting shows as black and as white."""
        return setting["alpha_lower"], setting["alpha_upper"] + self.upper_offset

    @property
    def upper_offset(self) -> float:
        """Upper end of the picture's window at the initial setting, less `alpha_upper` [dB]."""
        initial = self._initial
        return self.dynamic_range - (initial["alpha_upper"] - initial["alpha_lower"])

    @property
    def probe_radius(self) -> float | None:
        """Radius of the probe's face by the region [m, or pixels without a scale]; None if flat."""
        if not isinstance(self._region, Fan):
            return None
        return self._region.face_radius * self.frame.attrs.get("pixel", 1.0)

    @property
    def is_linear(self) -> bool:
        return "share" not in self.frame

    def mapped(self, grey: np.ndarray) -> np.ndarray:
        if self.is_linear:
            return grey
        white = np.float32(GREYS - 1)
        mapped = np.interp(grey / white, window_shares(self.frame), np.arange(GREYS))
        return mapped.astype(np.float32)

    def _draw_outside(self, image: np.ndarray, setting: Mapping[str, float]) -> None:
        """Draw what lies outside the region over an image, as it is in the picture."""
        lit = self._lit
        if not len(lit):
            return
        if (setting["zoom"], setting["aspect"]) != (1, 1):
            shown = self.amplitudes(**{name: setting[name] for name in GEOMETRY}).shown
            lit = lit[~shown.ravel()[lit]]
        image.ravel()[lit] = self.outside.ravel()[lit]

    def _filter(self, *values: float) -> np.ndarray:
        raise InputError(
            f"the picture of patient {self.frame.attrs['patient']} has no samples; expected an RF "
            "frame for a model that takes rf or envelope"
        )

    def _place(self, *values: float) -> Amplitudes:
        """Levels at the values of `BEFORE_COMPENSATION`."""
        *of_samples, zoom, aspect = values
        moved = dict(zip(OF_SAMPLES, of_samples, strict=True))
        self._refuse([name for name in moved if moved[name] != NEUTRAL[name]], "RF samples")
        depth, shown = self._pixel_depths, self.frame["sector"].values
        level = self.censored.completed(self.completion)
        if (zoom, aspect) != (1, 1):
            depth, level, shown = self._magnified(depth, level, shown, zoom, aspect)
        ramp, reference_level = self._ramp(NEUTRAL | self._initial)
        return Amplitudes.of_levels(shown, level[shown], depth[shown], ramp, reference_level)

    def _magnified(
        self, depth: np.ndarray, level: np.ndarray, shown: np.ndarray, zoom: float, aspect: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Depth, level and region of a magnified picture; amplitudes are interpolated."""
        rows, columns = map(np.arange, map(float, shown.shape))
        places = np.meshgrid(
            magnified(rows, zoom), magnified(columns, zoom * aspect), indexing="ij"
        )
        amplitude = np.exp(np.where(shown, level, -np.inf) / DECIBELS_PER_NEPER)
        whole = map_coordinates(shown.astype(float), places, order=1, cval=0.0) >= WHOLE
        placed = map_coordinates(amplitude, places, order=1)
        placed = DECIBELS_PER_NEPER * np.log(np.where(whole, placed, 1))
        return map_coordinates(depth, places, order=1, mode="nearest"), placed, whole

    def _place_liver(self, speed_shift: float, zoom: float, aspect: float) -> np.ndarray:
        liver = self.frame["liver"].values
        if (zoom, aspect) == (1, 1):
            return liver
        rows, columns = map(np.arange, map(float, liver.shape))
        places = np.meshgrid(
            magnified(rows, zoom), magnified(columns, zoom * aspect), indexing="ij"
        )
        return map_coordinates(liver.astype(np.uint8), places, order=0).astype(bool)

    def _amplify(self, *values: float) -> Amplitudes:
        others, sliders = values[: -len(SLIDERS)], values[-len(SLIDERS) :]
        moves = [now - self._initial[name] for name, now in zip(SLIDERS, sliders, strict=True)]
        if any(moves) and "pixel" not in self.frame.attrs:
            self._refuse(["the sliders"], "the depth of the scan in metres")
        return super()._amplify(*others, *moves)

    def _ramp(self, setting: Mapping[str, float]) -> tuple[float, float]:
        lacks = without_scale(self.frame)
        if lacks and setting["beta"] != self._initial["beta"]:
            self._refuse(["beta"], " and ".join(lacks))
        if lacks:
            return 0.0, self.reference_level + setting["gain"]
        return super()._ramp(setting)

    def _refuse(self, moved: Sequence[str], needs: str) -> None:
        if moved:
            raise InputError(
                f"the picture of patient {self.frame.attrs['patient']} cannot be drawn at another "
                f"value of {', '.join(moved)}; expected {needs}, which it does not have: leave "
                f"{'it' if len(moved) == 1 else 'them'} out of the box"
            )
