"""Frames for proofs of a small run."""

import numpy as np
import pytest
import xarray as xr

from reconattack.frames.frame import build_frame


@pytest.fixture(scope="module")
def frames(convex_scanner):
    random, made = np.random.default_rng(3), {"broken": xr.Dataset(attrs={"error": "no file"})}
    for name, factor in (("steady", 1.0), ("near", 0.3)):
        samples = random.standard_normal((1200, 64)) * factor
        decibels = 2 * 0.9 * 2.5 * convex_scanner.depth(1200) * 100
        samples *= 10 ** (-decibels[:, np.newaxis] / 20)
        made[name] = build_frame(samples, convex_scanner, name)
    return made
