from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from reconattack.frames.frame import build_frame
from reconattack.frames.geometry import probe_coordinates
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.reconstruction.scan_conversion import magnified, place_pixels


@pytest.fixture
def convex_frame(convex_scanner):
    samples = np.random.default_rng(3).standard_normal((1200, 64))
    return build_frame(samples, convex_scanner, "patient")


def test_magnification_keeps_the_middle():
    positions = np.linspace(0.01, 0.05, 5)
    np.testing.assert_allclose(magnified(positions, 2), [0.02, 0.025, 0.03, 0.035, 0.04])
    assert magnified(positions, 1) is positions
    np.testing.assert_allclose(magnified(magnified(positions, 1.3), 1 / 1.3), positions)


def test_pixels_lie_where_interpolation_says(convex_frame):
    reconstruction = Reconstruction(convex_frame, 60)
    pixels = place_pixels(
        convex_frame, reconstruction.z, reconstruction.x, convex_frame["depth"].values
    )
    depth, angle = probe_coordinates(convex_frame, reconstruction.z, reconstruction.x)
    np.testing.assert_array_equal(pixels.shown, reconstruction.sector)
    for place, fraction, position, coordinate in (
        (pixels.row, pixels.down, depth[pixels.shown], convex_frame["depth"].values),
        (pixels.line, pixels.across, angle[pixels.shown], convex_frame["angle"].values),
    ):
        there = coordinate[place] + fraction * np.diff(coordinate)[place]
        np.testing.assert_allclose(there, position, atol=1e-6)


@pytest.mark.parametrize("faster", [1.05, 0.95])
def test_another_sound_speed_shows_every_depth_elsewhere(convex_frame, faster):
    reconstruction = Reconstruction(convex_frame, 60)
    depths = convex_frame["depth"].values
    pixels = place_pixels(convex_frame, reconstruction.z, reconstruction.x, depths * faster)
    depth, _ = probe_coordinates(convex_frame, reconstruction.z, reconstruction.x)
    sample = pixels.row + pixels.down
    np.testing.assert_allclose(
        np.interp(sample, np.arange(len(depths)), depths) * faster, depth[pixels.shown], atol=1e-6
    )
    lost = reconstruction.sector & ~pixels.shown
    if faster < 1:  # what lies deeper than the last sample is not known
        assert lost.any() and (depth[lost] > depths[-1] * faster).all()


def test_frames_of_one_geometry_share_what_nobody_can_change(convex_frame, convex_scanner):
    first = Reconstruction(convex_frame, 60)
    other = build_frame(convex_frame["rf"].values[::-1], convex_scanner, "other")
    arguments = first.z, first.x, convex_frame["depth"].values
    pixels = place_pixels(convex_frame, *arguments)
    assert place_pixels(other, *arguments) is pixels
    assert place_pixels(other, *arguments, zoom=1.1) is not pixels
    with pytest.raises(ValueError, match="read-only"):
        pixels.shown[0, 0] = True
    with pytest.raises(FrozenInstanceError):
        pixels.shown = first.sector
    assert not np.array_equal(Reconstruction(other, 60).levels(0.9), first.levels(0.9))


def test_pixel_on_an_outermost_sample_lies_between_the_last_two(linear_scanner):
    samples = np.random.default_rng(2).standard_normal((80, 8))
    frame = build_frame(samples, linear_scanner, "p")
    depths, lines = frame["depth"].values, frame["lateral"].values
    pixels = place_pixels(frame, depths[[0, 40, -1]], lines[[0, 3, -1]], depths)
    assert pixels.shown.all()
    rows, columns = np.repeat([0, 40, 79], 3), np.tile([0, 3, 7], 3)
    assert pixels.row.max() == 78 and pixels.line.max() == 6
    np.testing.assert_allclose(pixels.row + pixels.down, rows, atol=1e-5)
    np.testing.assert_allclose(pixels.line + pixels.across, columns, atol=1e-5)
    np.testing.assert_array_equal(pixels.place, pixels.row * 8 + pixels.line)
    np.testing.assert_array_equal(pixels.nearest(samples), samples[rows, columns])
    amplitude = np.abs(samples).astype(np.float32)
    total, place = pixels.amplitudes(amplitude, 1.0)
    np.testing.assert_allclose(total, amplitude[rows, columns], rtol=1e-3, atol=1e-5)
    assert (pixels.row <= place).all() and (place <= pixels.row + 1).all()
