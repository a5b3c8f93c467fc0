import numpy as np
import pytest

from reconattack.frames.frame import build_frame
from reconattack.frames.geometry import image_grid, nearest, probe_coordinates, sample_places


@pytest.mark.parametrize("shift", [0.0, 0.013, -0.3])
def test_grid_just_holds_the_sector_wherever_its_middle_is(scanner, shift):
    """Its edges, half a pixel beyond its centres, are the outermost samples."""
    frame = build_frame(np.ones((900, 64)), scanner, "p")
    lateral = frame["rf"].dims[1]
    frame = frame.assign_coords({lateral: frame[lateral] + shift})
    z, x = image_grid(frame, 300)
    deep, across = sample_places(frame)
    size = z[1] - z[0]
    for centres in (z, x):
        np.testing.assert_allclose(np.diff(centres), size, rtol=1e-9)
    assert len(z) == 300
    assert z[0] - size / 2 == pytest.approx(deep[0].min(), abs=1e-12)
    assert z[-1] + size / 2 == pytest.approx(float(frame["depth"][-1]), abs=1e-12)
    assert (x[0] + x[-1]) / 2 == pytest.approx((across.min() + across.max()) / 2, abs=1e-12)
    assert abs(len(x) * size - np.ptp(across)) <= size / 2 * (1 + 1e-9)


def test_places_of_the_samples_are_what_probe_coordinates_undo(scanner):
    frame = build_frame(np.ones((90, 16)), scanner, "p")
    z, x = sample_places(frame)
    for sample, line in ((0, 0), (40, 3), (89, 15)):
        depth, lateral = probe_coordinates(frame, z[sample, [line]], x[sample, [line]])
        assert depth.item() == pytest.approx(float(frame["depth"][sample]))
        assert lateral.item() == pytest.approx(float(frame[frame["rf"].dims[1]][line]))


def test_nearest_value_of_a_coordinate():
    found = nearest(np.array([-1, 0.1, 1.6, 3.9, 9]), np.array([0.0, 1.0, 2.0, 4.0]))
    assert found.tolist() == [0, 0, 2, 3, 3]
