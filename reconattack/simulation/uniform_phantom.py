"""A uniform phantom, whose frames calibrate scanners: speckle of one level and one attenuation."""

import numpy as np
import xarray as xr

from reconattack.frames.frame import build_frame
from reconattack.frames.scanner import Scanner
from reconattack.simulation.acoustics import (
    DECIBELS_PER_NEPER,
    FOCUS_DEPTH,
    attenuation_loss,
    diffraction_loss,
)
from reconattack.simulation.acquisition import PENETRATION, noise_under, record
from reconattack.simulation.anatomy import Reflections, Tissue
from reconattack.simulation.cohort import TISSUE_SPACING
from reconattack.simulation.patients import Patient

ATTENUATION = 0.7  # dB/(cm MHz), choice: commercial phantoms have 0.5 or 0.7
MEMBRANE = 1e-4  # m, the cover under the probe, thin enough to change nothing


def simulate_uniform_phantom(
    name: str, scanner: Scanner, lines: int, samples: int, focus: float = FOCUS_DEPTH
) -> xr.Dataset:
    """RF frame of a uniform phantom with the backscatter of a lean liver.

    Parameters
    ----------
    name
        Seeds the speckle and the noise: each frame shows another part of the phantom.
    scanner
        The scanner. The frame has its `gain_state`; the samples carry no time gain.
    lines, samples
        Shape of the frame: scan lines, samples per line.
    focus
        Depth of the transmit focus [m].

    Returns
    -------
    xarray.Dataset
        Frame of `reconattack.frames.frame.build_frame` without a label; its patient is `phantom`.
    """
    depth = scanner.depth(samples)
    grid = depth[0] + TISSUE_SPACING * np.arange(int(np.ptp(depth) / TISSUE_SPACING) + 2)
    level = np.zeros((len(grid), lines))
    reflections = Reflections(np.empty(0, int), np.empty(0), np.empty(0))
    tissue = Tissue(grid, level, np.full(level.shape, ATTENUATION), reflections)
    noise = noise_under(*echo_level(scanner, np.array(PENETRATION), focus))
    rf = record(tissue, _uniform(name), scanner, samples, focus, np.zeros(lines), noise)
    return build_frame(rf, scanner, "phantom")


def echo_level(scanner: Scanner, depth: np.ndarray, focus: float = FOCUS_DEPTH) -> np.ndarray:
    """Expected level [dB] of the phantom's echoes at depths [m]."""
    path = 100 * ATTENUATION / DECIBELS_PER_NEPER * depth
    center = scanner.center_frequency / 1e6
    return -attenuation_loss(center, path) - diffraction_loss(depth, focus)


def _uniform(name: str) -> Patient:
    """What the acquisition asks of a patient: a phantom has no wall, no losses and no gain."""
    return Patient(
        name=name,
        fat_fraction=0.0,
        wall_thickness=MEMBRANE,
        liver_attenuation=ATTENUATION,
        liver_level=0.0,
        kidney_level=0.0,
        nakagami_m=1.0,
        liver_sound_speed=1540.0,
        wall_loss=0.0,
        coupling_loss=0.0,
        clutter_level=-np.inf,
        gain=0.0,
    )
