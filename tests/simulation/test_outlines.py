import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.frames.geometry import image_grid, nearest, probe_coordinates
from reconattack.simulation.anatomy import ATTENUATION, draw_anatomy, map_tissue
from reconattack.simulation.cohort import simulate_rf
from reconattack.simulation.outlines import simulated_outlines
from reconattack.simulation.patients import simulate_patient

ROWS, SAMPLES, LINES = 160, 2592, 96


@pytest.fixture(scope="module")
def frame(scanner_b):
    return simulate_rf(simulate_patient("scanner_b-007"), scanner_b, LINES, SAMPLES)


def test_outlines_lie_where_the_tissue_was_laid(frame, scanner_b):
    patient = simulate_patient("scanner_b-007")
    grid = frame["depth"].values[0] + 0.25e-3 * np.arange(640)
    tissue = map_tissue(draw_anatomy(patient), patient, scanner_b, grid, LINES)
    depth, angle = probe_coordinates(frame, *image_grid(frame, ROWS))
    rows, lines = nearest(depth, grid), nearest(angle, frame["angle"].values)
    laid = tissue.attenuation[rows, lines] * scanner_b.sound_speed / patient.liver_sound_speed
    liver, kidney = simulated_outlines(frame, ("liver", "kidney"), ROWS)
    sector = liver | kidney
    is_kidney = np.isclose(laid, ATTENUATION["kidney"])
    assert kidney.sum() > 1000
    # The two differ by the line or the row of the grid that is nearest to a pixel.
    assert np.mean(is_kidney[kidney]) > 0.97
    assert np.mean(kidney[is_kidney & sector]) > 0.97
    assert np.mean(np.isclose(laid, patient.liver_attenuation)[liver]) > 0.8  # the rest is vessels
    assert not (liver & kidney).any()


def test_outlines_follow_the_order_and_the_name(frame):
    _, kidney = simulated_outlines(frame, ("liver", "kidney"), ROWS)
    (alone,) = simulated_outlines(frame, ("kidney",), ROWS)
    np.testing.assert_array_equal(alone, kidney)
    (other,) = simulated_outlines(frame.assign_attrs(patient="other"), ("kidney",), ROWS)
    assert (other != kidney).any()
    with pytest.raises(InputError, match="no outline of spleen; expected some of liver, kidney"):
        simulated_outlines(frame, ("spleen",), ROWS)
