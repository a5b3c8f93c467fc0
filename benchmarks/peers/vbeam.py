"""Pictures by vbeam's scan conversion in JAX; it has no envelope, so that is SciPy's, padded."""

import numpy as np
import xarray as xr

from benchmarks.peers.plain_scipy import padded_envelope
from reconattack.frames.geometry import image_grid, probe_coordinates
from reconattack.reconstruction.steps import attenuation_gain


class Vbeam:
    """The interpolation of vbeam's `scan_convert`, whose own grid puts pixels elsewhere."""

    def __init__(self, frame: xr.Dataset, rows: int) -> None:
        import jax
        from vbeam.fastmath import backend_manager
        from vbeam.interpolation import FastInterpLinspace

        backend_manager.active_backend = "jax"
        self._samples = frame["rf"].values
        self._frequency = frame.attrs["center_frequency"] / 1e6
        self._depth = frame["depth"].values * 100
        self._reference_level = frame.attrs["reference_level"]
        depth, angle = probe_coordinates(frame, *image_grid(frame, rows))
        self._pixels = [jax.numpy.asarray(place.T, np.float32) for place in (angle, depth)]
        self._axes = [
            FastInterpLinspace.from_array(frame[name].values) for name in ("angle", "depth")
        ]
        self._draw = jax.jit(self._bmode)

    def from_rf(self, *setting: float) -> np.ndarray:
        """The picture at beta, lower and upper threshold, uint8 (z, x)."""
        self._envelope = padded_envelope(self._samples).astype(np.float32)
        return self.another_setting(*setting)

    def another_setting(self, beta: float, lower: float, upper: float) -> np.ndarray:
        """The picture from the envelope that is kept, uint8 (z, x)."""
        gain = attenuation_gain(beta, self._frequency, self._depth).astype(np.float32)
        return np.asarray(self._draw(self._envelope, gain, self._pixels, lower, upper))

    def _bmode(self, envelope, gain, pixels, lower, upper):
        from jax import numpy as jnp
        from vbeam.interpolation import FastInterpLinspace

        amplitude = FastInterpLinspace.interp2d(
            *pixels, *self._axes, envelope * gain[:, None], azimuth_axis=1, depth_axis=0
        )
        level = 20 * jnp.log10(jnp.maximum(amplitude, 1e-30)) + self._reference_level
        grey = 255 * (jnp.clip(level, lower, upper) - lower) / (upper - lower)
        return jnp.rint(grey).astype(jnp.uint8)
