"""Frames and files that several test modules share."""

import dataclasses
import os
from pathlib import Path

import numpy as np
import pytest

from reconattack.frames import build_frame
from reconattack.scanners import Scanner

REAL_DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the real RF frames; without it the test is skipped, but fails under CI."""
    if not REAL_DATA.is_dir():
        message = f"the real RF frames are not at {REAL_DATA} (they are no part of the project)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return REAL_DATA


@pytest.fixture
def convex_scanner() -> Scanner:
    return Scanner(
        name="convex",
        probe="convex",
        sampling_frequency=12e6,
        center_frequency=2.5e6,
        sound_speed=1540.0,
        reference_level=32.5,
        gain_state="raw",
        probe_radius=0.05,
        angle_span=1.2,
    )


@pytest.fixture
def linear_scanner() -> Scanner:
    return Scanner(
        name="linear",
        probe="linear",
        sampling_frequency=40e6,
        center_frequency=7.5e6,
        sound_speed=1540.0,
        reference_level=32.5,
        gain_state="raw",
        start_depth=0.002,
        lateral_span=0.0381,
    )


@pytest.fixture(params=["convex", "linear"])
def scanner(request) -> Scanner:
    return request.getfixturevalue(f"{request.param}_scanner")


@pytest.fixture
def noise_frame(scanner):
    """White noise of unit variance, attenuated by 0.9 dB/(cm MHz): 1200 samples, 64 lines."""
    samples = np.random.default_rng(3).standard_normal((1200, 64))
    decibels = 2 * 0.9 * scanner.center_frequency / 1e6 * scanner.depth(1200) * 100
    return build_frame(samples * 10 ** (-decibels[:, np.newaxis] / 20), scanner, "patient", 1, 12.5)


@pytest.fixture
def scanner_with():
    """A scanner like the one given, some fields changed."""
    return dataclasses.replace
