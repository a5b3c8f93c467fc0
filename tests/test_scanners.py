import numpy as np
import pytest

from reconattack.errors import InputError


def test_depth_is_half_the_way_of_sound(convex_scanner):
    depth = convex_scanner.depth(3)
    np.testing.assert_allclose(depth, [0, 64.1666667e-6, 128.333333e-6], rtol=1e-6)


def test_depth_begins_at_start_depth(linear_scanner):
    assert linear_scanner.depth(100)[0] == 0.002


def test_lines_of_a_convex_probe_are_angles_around_the_axis(convex_scanner):
    np.testing.assert_allclose(convex_scanner.lines(5)["angle"], [-0.6, -0.3, 0, 0.3, 0.6])


def test_lines_of_a_linear_probe_are_positions_around_the_axis(linear_scanner):
    np.testing.assert_allclose(linear_scanner.lines(3)["lateral"], [-0.01905, 0, 0.01905])


@pytest.mark.parametrize("missing", ["probe_radius", "angle_span"])
def test_convex_probe_needs_its_geometry(convex_scanner, scanner_with, missing):
    with pytest.raises(InputError, match=f"scanner convex: a convex probe needs {missing}"):
        scanner_with(convex_scanner, **{missing: None})


def test_linear_probe_needs_its_span(linear_scanner, scanner_with):
    with pytest.raises(InputError, match="a linear probe needs lateral_span"):
        scanner_with(linear_scanner, lateral_span=None)


def test_unknown_probe_is_named_with_the_known_ones(convex_scanner, scanner_with):
    with pytest.raises(InputError, match="probe is 'phased'; expected one of convex, linear"):
        scanner_with(convex_scanner, probe="phased")
