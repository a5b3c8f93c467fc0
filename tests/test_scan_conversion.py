import numpy as np
import pytest

from reconattack.frames import build_frame
from reconattack.reconstruction import Reconstruction
from reconattack.scan_conversion import magnified, place_pixels, probe_coordinates


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
    assert not np.array_equal(Reconstruction(other, 60).levels(0.9), first.levels(0.9))
