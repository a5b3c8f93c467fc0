"""An axial band-pass before the envelope: the receive filter of a scanner."""

import numpy as np
from scipy.fft import fft, fftfreq, ifft, next_fast_len


def band_pass(
    samples: np.ndarray,
    sampling_frequency: float,
    center_frequency: float,
    shift: float,
    sharpness: float,
) -> np.ndarray:
    """Filter each line by a Gaussian in frequency, without a shift in depth.

    The response is 2^-(2 (f - c) / w)^2 with c = center_frequency + shift and the width at half
    amplitude (-6 dB) w = center_frequency / sharpness, the usual model of an acquisition
    (Wagner et al., IEEE Trans. Sonics Ultrason. 1983;30:156).

    Parameters
    ----------
    samples
        Shape (depth, line): RF (real) or demodulated by `center_frequency` (complex).
    sampling_frequency, center_frequency, shift
        [Hz].
    sharpness
        Above 0 [1].

    Returns
    -------
    numpy.ndarray
        Same shape and dtype.
    """
    count = len(samples)
    padded = next_fast_len(2 * count)  # so that the end of a line does not leak into its start
    frequency = fftfreq(padded, 1 / sampling_frequency)
    carried = frequency + center_frequency if np.iscomplexobj(samples) else np.abs(frequency)
    offset = carried - (center_frequency + shift)
    response = 2.0 ** -((2 * offset * sharpness / center_frequency) ** 2)
    spectrum = fft(samples.astype(complex), padded, axis=0)
    filtered = ifft(spectrum * response[:, np.newaxis], axis=0)[:count]
    return (filtered if np.iscomplexobj(samples) else filtered.real).astype(samples.dtype)
