import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.simulation.phantom import (
    BELOW,
    BESIDE,
    CONTRAST,
    DENSITY,
    RADIUS,
    SHALLOWEST,
    WIRE_GAP,
    WIRES,
    simulate_phantom,
)

SIZE = 0.019, 0.030


@pytest.fixture(scope="module")
def phantoms():
    return [simulate_phantom(f"channel-{number:03d}", *SIZE) for number in range(60)]


def test_a_phantom_depends_on_name_and_size_alone(phantoms):
    again = simulate_phantom("channel-007", *SIZE)
    assert again.lesion == phantoms[7].lesion
    assert again.sound_speed == phantoms[7].sound_speed
    np.testing.assert_array_equal(again.wires, phantoms[7].wires)
    for one, two in zip(again.scatterers(), phantoms[7].scatterers(), strict=True):
        np.testing.assert_array_equal(one, two)
    assert simulate_phantom("other-007", *SIZE).sound_speed != again.sound_speed


@pytest.mark.parametrize("first", [0, 13, 40])
def test_half_of_any_run_of_phantoms_has_a_lesion(phantoms, first):
    labels = [phantom.label for phantom in phantoms[first : first + 20]]
    assert abs(sum(labels) - 10) <= 1
    assert {phantom.lesion is None for phantom in phantoms if phantom.label == 0} == {True}


def test_lesions_are_inside_darker_or_brighter_and_free_of_wires(phantoms):
    width, depth = SIZE
    lesions = [phantom.lesion for phantom in phantoms if phantom.lesion]
    levels = np.array([lesion.level for lesion in lesions])
    assert 0.2 < np.mean(levels > 0) < 0.8
    assert (np.abs(levels) >= CONTRAST[0]).all() and (np.abs(levels) <= CONTRAST[1]).all()
    for phantom in phantoms:
        assert phantom.wires.shape == (WIRES, 2)
        if lesion := phantom.lesion:
            assert RADIUS[0] <= lesion.radius <= RADIUS[1]
            assert abs(lesion.x) + lesion.radius < width / 2
            assert SHALLOWEST < lesion.z - lesion.radius < lesion.z + lesion.radius < depth
            assert not lesion.covers(*phantom.wires.T, margin=WIRE_GAP).any()


def test_the_level_of_scatterers_is_that_of_the_lesion(phantoms):
    phantom = max(phantoms, key=lambda phantom: phantom.lesion.radius if phantom.lesion else 0)
    x, z, reflection = (values[:-WIRES] for values in phantom.scatterers())
    inside = phantom.lesion.covers(x, z)
    power = [np.mean(reflection[where] ** 2) for where in (inside, ~inside)]
    assert 10 * np.log10(power[0] / power[1]) == pytest.approx(phantom.lesion.level, abs=1)
    area = (SIZE[0] + 2 * BESIDE) * (BELOW * SIZE[1] - SHALLOWEST)
    assert len(x) == round(DENSITY * area)
    assert power[1] == pytest.approx(1, abs=0.1)


def test_patients_differ_in_sound_speed_and_attenuation(phantoms):
    speeds = np.array([phantom.sound_speed for phantom in phantoms])
    assert 1500 < speeds.min() < 1540 < 1570 < speeds.max() < 1620
    assert np.std([phantom.attenuation for phantom in phantoms]) == pytest.approx(0.06, rel=0.4)


@pytest.mark.parametrize("size", [(0.015, 0.03), (0.019, 0.012)])
def test_a_phantom_that_is_too_small_is_refused(size):
    with pytest.raises(InputError, match="16 mm or more each way"):
        simulate_phantom("channel-000", *size)
