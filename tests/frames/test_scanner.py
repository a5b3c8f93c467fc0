import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.frames.frame import build_frame
from reconattack.frames.geometry import probe_coordinates, sample_places
from reconattack.frames.scanner import scanner_description


def test_depth_is_half_the_way_of_sound(convex_scanner):
    depth = convex_scanner.depth(3)
    np.testing.assert_allclose(depth, [0, 64.1666667e-6, 128.333333e-6], rtol=1e-6)


def test_depth_begins_at_start_depth(linear_scanner):
    assert linear_scanner.depth(100)[0] == 0.002


def test_lines_of_a_convex_probe_are_angles_around_the_axis(convex_scanner):
    np.testing.assert_allclose(convex_scanner.lines(5)["angle"], [-0.6, -0.3, 0, 0.3, 0.6])


def test_lines_of_a_linear_probe_are_positions_around_the_axis(linear_scanner):
    np.testing.assert_allclose(linear_scanner.lines(3)["lateral"], [-0.01905, 0, 0.01905])


@pytest.mark.parametrize(
    "missing",
    [
        "probe",
        "sampling_frequency",
        "center_frequency",
        "sound_speed",
        "probe_radius",
        "angle_span",
    ],
)
def test_what_nobody_states_is_named(convex_scanner, scanner_with, missing):
    with pytest.raises(InputError, match=f"scanner convex: nobody states {missing}; expected it"):
        scanner_with(convex_scanner, **{missing: None})


def test_linear_probe_needs_its_span(linear_scanner, scanner_with):
    with pytest.raises(InputError, match="scanner linear: nobody states lateral_span"):
        scanner_with(linear_scanner, lateral_span=None)


@pytest.mark.parametrize(
    ("probe", "facts", "message"),
    [
        (
            "convex",
            {"lateral_span": 0.04},
            "found lateral_span, which a convex probe does not have",
        ),
        ("linear", {"probe_radius": 0.05}, "found probe_radius, which a linear probe does not"),
        (
            "linear",
            {"probe_radius": 0.05, "angle_span": 1.2},
            "found angle_span and probe_radius, .*; expected lateral_span alone",
        ),
    ],
)
def test_fact_of_another_probe_is_an_error(request, scanner_with, probe, facts, message):
    scanner = request.getfixturevalue(f"{probe}_scanner")
    with pytest.raises(InputError, match=f"scanner {probe}: {message}"):
        scanner_with(scanner, **facts)


def test_unknown_probe_is_named_with_the_known_ones(convex_scanner, scanner_with):
    with pytest.raises(InputError, match=r"probe is 'round'; expected one of convex, .*phased"):
        scanner_with(convex_scanner, probe="round")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("probe_radius", 50, "probe_radius is 50 m; expected from 0.001 to 0.5 m"),
        ("angle_span", 66, "angle_span is 66 rad; expected from 0.01 to 3.14 rad"),
        ("sound_speed", 1.54, "sound_speed is 1.54 m/s; expected from 1000 to 2000 m/s"),
        ("sampling_frequency", 12, "sampling_frequency is 12 Hz"),
        ("center_frequency", 2.5, "center_frequency is 2.5 Hz"),
        ("start_depth", 2, "start_depth is 2 m"),
        ("sound_speed", float("nan"), "sound_speed is nan m/s"),
    ],
)
def test_value_in_another_unit_is_noticed(convex_scanner, scanner_with, field, value, message):
    with pytest.raises(InputError, match=f"{message}.*: is it in another unit"):
        scanner_with(convex_scanner, **{field: value})


def test_all_that_is_wrong_with_a_scanner_is_told_at_once(convex_scanner, scanner_with):
    with pytest.raises(InputError) as error:
        scanner_with(convex_scanner, center_frequency=2.5, probe_radius=50, sound_speed=None)
    lines = str(error.value).splitlines()
    assert [line.split(": ")[1].split()[0] for line in lines] == [
        *("nobody", "center_frequency", "probe_radius")
    ]
    assert lines[2].endswith("is it in another unit? 50 mm are 0.05 m, 50 cm are 0.5 m")


def test_description_as_yaml_leaves_it_has_numbers():
    described = scanner_description(
        {"reference_level": "-2e1", "sampling_frequency": "40e6", "probe": "linear"}
    )
    assert described == {
        **{"name": "scanner", "reference_level": -20.0, "sampling_frequency": 40e6},
        "probe": "linear",
    }


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"reference_level": 0, "sampling_frequncy": 4e7}, "did you mean sampling_frequency"),
        ({"probe": "linear"}, "has no reference_level; .*: put 0, then measure it"),
        ({"reference_level": 0, "sound_speed": "fast"}, "is 'fast'; expected a number in m/s"),
        ({"reference_level": 0, "lateral_span": "0,04"}, "write it with a point, 0.04"),
    ],
)
def test_description_that_cannot_be_meant(stated, said):
    with pytest.raises(InputError, match=said):
        scanner_description(stated)


def test_lines_of_a_phased_array_diverge_from_its_face(convex_scanner, scanner_with):
    phased = scanner_with(convex_scanner, probe="phased", probe_radius=None)
    assert phased.radius == 0
    np.testing.assert_allclose(phased.lines(3)["angle"], [-0.6, 0, 0.6])
    frame = build_frame(np.random.default_rng(0).standard_normal((100, 9)), phased, "p")
    assert frame.attrs["probe_radius"] == 0
    z, x = sample_places(frame)
    np.testing.assert_allclose(np.hypot(z, x), np.broadcast_to(phased.depth(100)[:, None], z.shape))
    depth, angle = (place.diagonal() for place in probe_coordinates(frame, z[50], x[50]))
    np.testing.assert_allclose(depth, frame["depth"][50])
    np.testing.assert_allclose(angle, frame["angle"], atol=1e-12)
    with pytest.raises(InputError, match="found probe_radius, which a phased probe does not have"):
        scanner_with(convex_scanner, probe="phased")
