"""Acoustics of the simulation: attenuation of a Gaussian pulse, the beam, and speckle statistics.

Levels are in dB relative to the diffuse echo of a lean liver at the focus, without attenuation.
"""

import numpy as np
from scipy.ndimage import gaussian_filter1d

DECIBELS_PER_NEPER = 20 / np.log(10)
FULL_WIDTH_PER_DEVIATION = 2 * np.sqrt(2 * np.log(2))

# Choice: 47 % of 2.5 MHz between the -6 dB points of the pulse-echo spectrum, common for abdominal
# probes; the absolute width is kept for scanners of other centre frequencies.
PULSE_DEVIATION = 0.5
# Choice: transmit focus set at the level of mid-liver, active aperture a third of the focal depth.
FOCUS_DEPTH = 0.08
F_NUMBER = 3.0
AZIMUTH_RANGE = 0.045
# Choice: elevation is focused by a fixed lens and has a lower depth of field.
LENS_DEPTH = 0.075
LENS_RANGE = 0.045
# Choice: wavefronts that a thicker wall aberrates focus less well.
BROADENING_PER_METRE = 10.0
# Choice: patches of equal scatterer density are larger than a resolution cell, as lobules' groups.
PATCH_DEPTH = 2e-3
PATCH_LINES = 3.0


def one_way_path(attenuation: np.ndarray, spacing: float) -> np.ndarray:
    """A(z), the attenuation collected from the probe's face to each depth, one way.

    Parameters
    ----------
    attenuation
        dB/(cm MHz), shape (depth, ...).
    spacing
        Distance between depths [m].

    Returns
    -------
    numpy.ndarray
        Np/MHz, same shape; 0 at the first depth (trapezoidal rule).
    """
    steps = (attenuation[1:] + attenuation[:-1]) / 2 * (100 * spacing / DECIBELS_PER_NEPER)
    return np.concatenate([np.zeros_like(attenuation[:1]), np.cumsum(steps, axis=0)])


def attenuated_center(center: float, path: np.ndarray) -> np.ndarray:
    """Centre frequency [MHz] of a Gaussian pulse after the path A [Np/MHz]: f0 - 2 s^2 A.

    The spectrum exp(-(f - f0)^2 / 2 s^2) times exp(-2 A f), there and back, is a Gaussian again.
    """
    return center - 2 * PULSE_DEVIATION**2 * path


def attenuation_loss(center: float, path: np.ndarray) -> np.ndarray:
    """Loss of level [dB] of a Gaussian pulse after the path A: 8.686 (2 f0 A - 2 s^2 A^2).

    It already holds the fall of the centre frequency `center` [MHz].
    """
    return DECIBELS_PER_NEPER * 2 * path * (center - PULSE_DEVIATION**2 * path)


def beam_width(
    depth: np.ndarray, wavelength: float, wall_thickness: float, focus: float = FOCUS_DEPTH
) -> np.ndarray:
    """Full width at -6 dB of the pulse-echo beam in azimuth [m], narrowest at the focus [m].

    Gaussian beam, w0 sqrt(1 + ((z - zf) / zr)^2) with w0 = wavelength x F-number, widened by the
    abdominal wall [m].
    """
    waist = wavelength * F_NUMBER * (1 + BROADENING_PER_METRE * wall_thickness)
    return waist * _spread(depth, focus, AZIMUTH_RANGE)


def diffraction_loss(depth: np.ndarray, focus: float = FOCUS_DEPTH) -> np.ndarray:
    """Loss of diffuse level [dB] where the beam is wider than at its foci.

    The power that independent scatterers send back goes with the inverse of the beam's cross
    section (azimuth x elevation), and the beam's energy is the same at every depth. `focus` is that
    of transmission [m]; the lens keeps its own.
    """
    azimuth = _spread(depth, focus, AZIMUTH_RANGE)
    elevation = _spread(depth, LENS_DEPTH, LENS_RANGE)
    return 10 * np.log10(azimuth * elevation)


def nakagami_texture(
    m: float, shape: tuple[int, int], spacing: float, random: np.random.Generator
) -> np.ndarray:
    """Local scatterer density [dB, mean power 1] that gives the envelope a Nakagami parameter m.

    Speckle whose local power is gamma distributed with shape a has the moments of the K
    distribution, E[I^2] / E[I]^2 = 2 (1 + 1/a). With m = E[I]^2 / Var[I] that gives
    a = 2m / (1 - m). The gamma values come from a smooth Gaussian field by the Wilson-Hilferty
    transform.

    Parameters
    ----------
    m
        Nakagami parameter, 0.5 < m < 1.
    shape
        (depth, line).
    spacing
        Distance between depths [m].
    """
    density = 2 * m / (1 - m)
    field = smooth_field(shape, (PATCH_DEPTH / spacing, PATCH_LINES), random)
    root = 1 - 1 / (9 * density) + field / (3 * np.sqrt(density))
    return 30 * np.log10(np.maximum(root, 0.1))


def smooth_field(
    shape: tuple[int, ...], deviations: tuple[float, ...], random: np.random.Generator
) -> np.ndarray:
    """Gaussian random field of unit variance, correlated over `deviations` samples, float32."""
    field = random.standard_normal(shape, dtype=np.float32)
    for axis, deviation in enumerate(deviations):
        if deviation > 0:
            field = gaussian_filter1d(field, deviation, axis=axis, mode="wrap", truncate=3)
            field *= np.sqrt(2 * np.sqrt(np.pi) * deviation)
    return field


def _spread(depth: np.ndarray, focus: float, depth_range: float) -> np.ndarray:
    return np.sqrt(1 + ((depth - focus) / depth_range) ** 2)
