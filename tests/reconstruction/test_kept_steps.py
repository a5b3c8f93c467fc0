"""What a reconstruction shows of its steps, and what it keeps of them."""

import numpy as np
import pytest

from reconattack.frames.frame import build_frame
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.reconstruction.steps import envelope


def test_steps_are_kept_until_a_parameter_before_them_changes(noise_frame):
    reconstruction = Reconstruction(noise_frame, 48)
    amplitude, placed = reconstruction.envelope(), reconstruction.amplitudes()
    level = reconstruction.levels(0.9)
    assert reconstruction.levels(0.9) is level
    assert reconstruction.levels(0.8) is not level
    assert reconstruction.levels(0.9) is not level  # one is kept, not all
    assert reconstruction.amplitudes() is placed
    assert reconstruction.amplitudes(zoom=1.1) is not placed
    assert reconstruction.amplitudes() is not placed
    assert reconstruction.envelope() is amplitude
    assert reconstruction.envelope(band_sharpness=1.0) is not amplitude
    assert reconstruction.envelope() is not amplitude


def test_samples_and_envelope_are_those_behind_the_band_pass(noise_frame):
    plain = Reconstruction(noise_frame, 48)
    np.testing.assert_array_equal(plain.samples(), noise_frame["rf"])
    np.testing.assert_array_equal(plain.envelope(), envelope(noise_frame["rf"].values))
    narrow = plain.samples(band_sharpness=2.0)
    assert narrow.std() < 0.5 * plain.samples().std()
    np.testing.assert_array_equal(plain.envelope(band_sharpness=2.0), envelope(narrow))
    fixed = Reconstruction(noise_frame, 48, others={"band_sharpness": 2.0})
    np.testing.assert_array_equal(fixed.samples(), narrow)
    np.testing.assert_array_equal(fixed.envelope(), envelope(narrow))
    np.testing.assert_array_equal(fixed.envelope(band_sharpness=0.0), plain.envelope())


def test_envelope_of_more_lines_than_samples_is_that_of_each_line_alone():
    samples = np.random.default_rng(6).standard_normal((70, 101)).astype(np.float32)
    alone = np.hstack([envelope(samples[:, [line]]) for line in range(101)])
    np.testing.assert_array_equal(envelope(samples), alone)


@pytest.mark.parametrize("vector", [[0.9, 10], [0.9, 10, 55, 1]])
def test_vector_of_another_length_is_an_error(noise_frame, vector):
    reconstruction = Reconstruction(noise_frame, 48)
    with pytest.raises(ValueError, match="argument"):
        reconstruction.bmode(vector)
    liver = np.zeros(noise_frame["rf"].shape, bool)
    marked = noise_frame.assign(liver=(noise_frame["rf"].dims, liver))
    with pytest.raises(ValueError, match="argument"):
        Reconstruction(marked, 48).liver(vector)


def test_constant_amplitude_is_one_level_on_the_whole_picture(convex_scanner):
    """Interpolation of equal samples changes nothing, and every pixel has the level by hand."""
    frame = build_frame(np.full((600, 32), 1000.0, complex), convex_scanner, "p")
    reconstruction = Reconstruction(frame, 64)
    expected = 60 + convex_scanner.reference_level
    np.testing.assert_allclose(reconstruction.levels(0.0), expected, atol=1e-4)
    np.testing.assert_allclose(reconstruction.levels(0.0, gain=3.0), expected + 3, atol=1e-4)
    depth = reconstruction.amplitudes().depth_above
    sliders = dict.fromkeys([f"slider_{number}" for number in range(1, 9)], 5.0)
    np.testing.assert_allclose(reconstruction.levels(0.0, **sliders), expected + 5, atol=1e-4)
    assert depth.min() >= 0 and depth.max() <= frame["depth"].values[-1]
