"""Frames of a clip: one patient, other speckle, organs a little elsewhere."""

import numpy as np

from reconattack.simulation.anatomy import draw_anatomy
from reconattack.simulation.breathing import ALONG, breathed
from reconattack.simulation.cohort import simulate_patient, simulate_rf

PATIENT = simulate_patient("clip-003")


def test_organs_move_together_and_the_wall_stays():
    still = draw_anatomy(PATIENT)
    moved = breathed(still, PATIENT, 2)
    along, into = moved.kidney.x - still.kidney.x, moved.kidney.z - still.kidney.z
    assert 0 < abs(along) < 5 * ALONG
    for name in ("sinus", "diaphragm"):
        before, after = getattr(still, name), getattr(moved, name)
        np.testing.assert_allclose((after.x - before.x, after.z - before.z), (along, into))
    for before, after in zip(still.vessels, moved.vessels, strict=True):
        shifts = after.x - before.x, after.x_end - before.x_end, after.z_end - before.z_end
        np.testing.assert_allclose(shifts, (along, along, into))
    assert (moved.layers, moved.septa) == (still.layers, still.septa)


def test_frames_of_a_clip_are_of_one_patient_and_not_the_same(convex_scanner):
    first, second, again = (
        simulate_rf(PATIENT, convex_scanner, 24, 400, frame) for frame in (0, 1, 1)
    )
    assert first.attrs == second.attrs
    np.testing.assert_array_equal(second["rf"], again["rf"])
    shared = np.corrcoef(first["rf"].values.ravel(), second["rf"].values.ravel())[0, 1]
    assert abs(shared) < 0.6  # new speckle; what reflects like a mirror stays
    levels = [20 * np.log10(frame["rf"].values.std()) for frame in (first, second)]
    assert abs(levels[0] - levels[1]) < 6  # dB: the same tissue


def test_first_frame_is_the_patient_as_before(convex_scanner):
    alone, first = (simulate_rf(PATIENT, convex_scanner, 24, 400, *frame) for frame in ((), (0,)))
    np.testing.assert_array_equal(alone["rf"], first["rf"])
