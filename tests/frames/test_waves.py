import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.frames.waves import (
    declared_delays,
    element_positions,
    plane_delays,
    source_delays,
)

C = 1540.0


def test_elements_of_a_flat_and_of_a_convex_array():
    x, z = element_positions(4, 3e-4)
    np.testing.assert_allclose(x, [-4.5e-4, -1.5e-4, 1.5e-4, 4.5e-4])
    assert not z.any()
    x, z = element_positions(5, 3e-4, 0.02)
    np.testing.assert_allclose(np.hypot(x, z + 0.02), 0.02)
    np.testing.assert_allclose(np.diff(np.arctan2(x, z + 0.02)) * 0.02, 3e-4)
    assert z[2] == 0 and z[0] < 0


@pytest.mark.parametrize("radius", [None, 0.02])
def test_plane_wave_passes_all_points_of_a_front_at_once(radius):
    """Fired elements and the way from each to a far front in its direction add up to one time."""
    x, z = element_positions(16, 3e-4, radius)
    delay = plane_delays(x, z, 0.2, C)
    far = 1e3 * np.array([np.sin(0.2), np.cos(0.2)])
    arrival = delay + np.hypot(far[0] - x, far[1] - z) / C
    np.testing.assert_allclose(arrival, 1e3 / C, rtol=0, atol=1e-10)


def test_waves_to_a_focus_arrive_together():
    x, z = element_positions(16, 3e-4, 0.02)
    delay = source_delays(x, z, (0.003, 0.03), C)
    arrival = delay + np.hypot(0.003 - x, 0.03 - z) / C
    np.testing.assert_allclose(arrival, np.hypot(0.003, 0.03) / C, rtol=1e-12)


def test_diverging_wave_reaches_each_element_from_its_source():
    x, z = element_positions(16, 3e-4)
    delay = source_delays(x, z, (0.003, -0.01), C)
    way = np.hypot(x - 0.003, 0.01) - np.hypot(0.003, 0.01)
    np.testing.assert_allclose(delay, way / C, rtol=1e-12)


@pytest.mark.parametrize(("radius", "source"), [(None, (0.0, 0.0)), (0.02, (0.0, -1e-5))])
def test_source_between_the_elements_is_refused(radius, source):
    x, z = element_positions(64, 3e-4, radius)
    with pytest.raises(InputError, match="lies between the elements; expected a focus below"):
        source_delays(x, z, source, C)


def test_declared_waves_begin_with_their_first_element():
    x, z = element_positions(8, 3e-4)
    angles = declared_delays({"transmit_angles": [-0.1, 0.0, 0.1]}, x, z, C)
    assert angles.shape == (3, 8)
    assert not angles.min(axis=1).any()
    assert angles[0].argmin() == 7 and angles[2].argmin() == 0
    focused = declared_delays({"transmit_sources": [[0.0, 0.02]]}, x, z, C)
    assert focused[0].argmax() in (3, 4)
    stated = declared_delays({"transmit_delays": [[0.0, None, 1e-6]]}, x, z, C)
    np.testing.assert_array_equal(stated, [[0.0, np.nan, 1e-6]])
    assert declared_delays({"pitch": 3e-4}, x, z, C) is None
