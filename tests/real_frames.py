"""The real RF frames of shared/data, described as their scanners recorded them."""

import numpy as np
from scipy.ndimage import gaussian_filter

from reconattack.frames.recording import recorded_frame
from reconattack.readers.formats import read_recording

MICE = range(4)
BEEF = {  # as ITKUltrasound's example states it; the file's name says 5.0 MHz, not its spectrum
    "name": "beef",
    "probe": "convex",
    "sampling_frequency": 15e6,
    "center_frequency": 2.63e6,
    "sound_speed": 1540.0,
    "reference_level": -46.1,
    "gain_state": "unknown",
    "probe_radius": 0.0264,
    "angle_span": np.pi / 2 + 0.5,
}
MOUSE = {
    "name": "mouse",
    "probe": "linear",
    "sampling_frequency": 60e6,
    "center_frequency": 12.5e6,
    "sound_speed": 1540.0,
    "reference_level": -26.1,
    "lateral_span": 0.0127,
}
# As PLUS draws them (its settings for these two tests): the samples fill its fan or its rectangle.
# The scale of the convex one is a convention; the frequencies are those of the spectra.
PLUS_CONVEX = {
    "name": "bk",
    "probe": "convex",
    "sampling_frequency": 1540 / 2 * 1739 / 0.050,
    "center_frequency": 6e6,
    "sound_speed": 1540.0,
    "reference_level": 0.0,
    "probe_radius": 0.010,
    "angle_span": np.radians(140),
}
PLUS_LINEAR = {
    "name": "ultrasonix",
    "probe": "linear",
    "sampling_frequency": 1540 / 2 * 2079 / 0.055,
    "center_frequency": 6.6e6,
    "sound_speed": 1540.0,
    "reference_level": 0.0,
    "lateral_span": 0.038 * 127 / 128,  # 128 lines, each at the left edge of its strip of 38 mm
}


def plus_frame(folder, scanner):
    """The real IQ frame of one of PLUS's two scanners."""
    names = {"bk": "BkCurvilinearRfData.igs.mhd", "ultrasonix": "UltrasonixLinearRfData.igs.mha"}
    _, recording = read_recording(folder / "plus" / names[scanner["name"]], 1)
    return recorded_frame(recording, 0, scanner, {"patient": "phantom"})


def beef_frame(folder):
    _, recording = read_recording(folder / "EyeRoundOverChuck_5.0MHz_20V.mha", 1)
    return recorded_frame(recording, 0, BEEF, {"patient": "beef"})


def mouse_frames(folder):
    _, recording = read_recording(folder / "MouseLiverRF.mha", len(MICE))
    return [recorded_frame(recording, index, MOUSE, {"patient": "mouse"}) for index in MICE]


def speckle_of(image):
    image = np.asarray(image, float)
    return gaussian_filter(image, 1) - gaussian_filter(image, 12)


def best_offset(block, image, rows, columns, most=(24, 4)):
    """Correlation and (down, across) [pixels] of the place in the image that resembles most."""
    downs, acrosses = (range(-steps, steps + 1) for steps in most)
    places = [(down, across) for down in downs for across in acrosses]
    correlations = [
        np.corrcoef(block.ravel(), image[moved(rows, down), moved(columns, across)].ravel())[0, 1]
        for down, across in places
    ]
    best = np.argmax(correlations)
    return correlations[best], *places[best]


def moved(pixels, steps):
    return slice(pixels.start + steps, pixels.stop + steps)
