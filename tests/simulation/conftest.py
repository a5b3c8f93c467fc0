"""The default scanner B and an image processing, shared by the simulation's tests."""

import pytest

from reconattack.frames.scanner import Scanner
from reconattack.simulation.imaging import ImageProcessing


@pytest.fixture(scope="session")
def scanner_b() -> Scanner:
    return Scanner(
        name="scanner_b",
        probe="convex",
        sampling_frequency=12.5e6,
        center_frequency=2.5e6,
        sound_speed=1540.0,
        reference_level=22.0,
        gain_state="raw",
        probe_radius=0.050,
        angle_span=1.15,
    )


@pytest.fixture(scope="session")
def processing() -> ImageProcessing:
    return ImageProcessing(
        gain_slope=0.7,
        slider_share=0.5,
        slider_smoothing=0.02,
        dynamic_range=62.0,
        mean_position=0.42,
        grey_contrast=1.35,
        speckle_filter=5,
        filter_share=0.6,
    )
