"""Pictures by zea, whose functions run in whichever backend Keras has (`KERAS_BACKEND`)."""

import numpy as np
import xarray as xr

from benchmarks.peers.plain_scipy import pixel_places


class Zea:
    """The paper's steps by zea's functions; its own pipeline converts levels, not amplitudes.

    Parameters
    ----------
    frame
        An RF frame.
    rows
        Height of the picture.
    compiled
        Whether `zea.backend.jit` compiles what runs, as zea's pipelines do.
    """

    def __init__(self, frame: xr.Dataset, rows: int, compiled: bool) -> None:
        from keras import ops
        from zea.backend import jit
        from zea.func.ultrasound import envelope_detect

        self._samples = frame["rf"].values[..., np.newaxis]
        places = pixel_places(frame, rows).swapaxes(1, 2).astype(np.float32)
        self._places = ops.convert_to_tensor(places)
        self._reference_level = frame.attrs["reference_level"]
        known = ("sampling_frequency", "center_frequency", "sound_speed")
        self._scanner = {name: frame.attrs[name] for name in known}
        self._detect, self._draw = envelope_detect, self._bmode
        if compiled:
            self._detect, self._draw = jit(envelope_detect), jit(self._bmode)

    def from_rf(self, *setting: float) -> np.ndarray:
        """The picture at beta, lower and upper threshold, uint8 (z, x)."""
        self._envelope = self._detect(self._samples)
        return self.another_setting(*setting)

    def another_setting(self, beta: float, lower: float, upper: float) -> np.ndarray:
        """The picture from the envelope that is kept, uint8 (z, x)."""
        from zea.func.ultrasound import make_tgc_curve

        gain = make_tgc_curve(len(self._samples), beta, **self._scanner)
        window = np.array([lower, upper], np.float32)
        return np.asarray(self._draw(self._envelope, gain, self._places, window))

    def _bmode(self, envelope, gain, places, window):
        from keras import ops
        from zea.display import scan_convert_2d
        from zea.func.tensor import normalize
        from zea.func.ultrasound import log_compress

        amplitude, _ = scan_convert_2d(envelope * gain[:, None], coordinates=places)
        level = log_compress(amplitude) + self._reference_level
        grey = normalize(level, (0.0, 255.0), (window[0], window[1]))
        return ops.cast(ops.round(grey), "uint8")
