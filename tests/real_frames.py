"""The real RF frames of shared/data, described as their scanners recorded them."""

import numpy as np

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


def beef_frame(folder):
    _, recording = read_recording(folder / "EyeRoundOverChuck_5.0MHz_20V.mha", 1)
    return recorded_frame(recording, 0, BEEF, {"patient": "beef"})


def mouse_frames(folder):
    _, recording = read_recording(folder / "MouseLiverRF.mha", len(MICE))
    return [recorded_frame(recording, index, MOUSE, {"patient": "mouse"}) for index in MICE]
