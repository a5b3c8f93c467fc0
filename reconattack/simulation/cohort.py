"""The simulated cohort: RF frame and B-mode image of a patient."""

from dataclasses import replace

import numpy as np
import xarray as xr

from reconattack.frames.frame import build_frame
from reconattack.frames.scanner import Scanner
from reconattack.simulation.acoustics import FOCUS_DEPTH
from reconattack.simulation.acquisition import acquire
from reconattack.simulation.anatomy import draw_anatomy, map_tissue
from reconattack.simulation.breathing import breathed
from reconattack.simulation.imaging import ImageProcessing, process_image
from reconattack.simulation.patients import Patient, simulate_patient

__all__ = ["ImageProcessing", "Patient", "simulate_image", "simulate_patient", "simulate_rf"]

TISSUE_SPACING = 0.25e-3  # m, depth grid of the organs: finer than an axial resolution cell


def simulate_rf(
    patient: Patient,
    scanner: Scanner,
    lines: int,
    samples: int,
    frame: int = 0,
    focus: float = FOCUS_DEPTH,
) -> xr.Dataset:
    """RF frame of a patient's liver/kidney view.

    Parameters
    ----------
    patient
        The patient (`simulate_patient`).
    scanner
        The scanner. The frame has its `gain_state`; the samples carry no time gain.
    lines, samples
        Shape of the frame: scan lines, samples per line.
    frame
        Number of the frame in a clip of the patient. From 1 on the organs are shifted by breathing,
        and speckle, noise and acoustic window are drawn anew.
    focus
        Depth of the transmit focus [m].

    Returns
    -------
    xarray.Dataset
        Frame of `reconattack.frames.frame.build_frame` with label and fat fraction [%]. The same
        patient, scanner and shape give the same bits.
    """
    depth = scanner.depth(samples)
    grid = depth[0] + TISSUE_SPACING * np.arange(int(np.ptp(depth) / TISSUE_SPACING) + 2)
    anatomy, drawn = draw_anatomy(patient), patient
    if frame:
        anatomy = breathed(anatomy, patient, frame)
        drawn = replace(patient, name=f"{patient.name} frame {frame}")
    tissue = map_tissue(anatomy, patient, scanner, grid, lines)
    rf = acquire(anatomy, tissue, drawn, scanner, samples, focus)
    return build_frame(rf, scanner, patient.name, patient.label, patient.fat_fraction)


def simulate_image(
    patient: Patient,
    scanner: Scanner,
    lines: int,
    samples: int,
    processing: ImageProcessing,
    rows: int,
    focus: float = FOCUS_DEPTH,
) -> xr.Dataset:
    """B-mode image of a patient as the scanner shows and exports it.

    Parameters
    ----------
    patient, scanner, lines, samples
        As for `simulate_rf`.
    processing
        The scanner's image processing.
    rows
        Height of the image in pixels.
    focus
        Depth of the transmit focus [m].

    Returns
    -------
    xarray.Dataset
        `bmode` and `sector` (z, x), no parameter coordinates; attributes scanner, patient, label
        and fat_fraction [%].
    """
    frame = simulate_rf(patient, scanner, lines, samples, focus=focus)
    return process_image(frame, processing, rows)
