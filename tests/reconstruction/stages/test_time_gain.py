import numpy as np
import pytest

from reconattack.reconstruction.stages.time_gain import time_gain

DEPTH = np.linspace(0.01, 0.15, 141)


def test_overall_gain_is_the_same_at_every_depth():
    np.testing.assert_array_equal(time_gain(DEPTH, 3.5, [0] * 8), 3.5)


def test_each_slider_acts_at_its_depth_and_fades_to_its_neighbours():
    for number in range(8):
        sliders = [0.0] * 8
        sliders[number] = 6
        curve = time_gain(DEPTH, 0, sliders)
        np.testing.assert_allclose(curve[::20], sliders, atol=1e-12)
    halfway = time_gain(DEPTH, 1, [0, 6, 0, 0, 0, 0, 0, 0])[10]
    assert halfway == pytest.approx(4)


def test_sliders_in_a_row_are_a_ramp():
    np.testing.assert_allclose(time_gain(DEPTH, 0, range(8)), np.linspace(0, 7, 141), atol=1e-9)
