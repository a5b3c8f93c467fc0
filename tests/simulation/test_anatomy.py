import numpy as np
import pytest

from reconattack.simulation.anatomy import ATTENUATION, draw_anatomy, map_tissue
from reconattack.simulation.patients import simulate_patient
from reconattack.simulation.shapes import Ellipse, Tube

DEPTH = 0.25e-3 * np.arange(640)


def test_ellipse_distance_is_exact_on_the_contour_and_signed():
    ellipse = Ellipse(x=0.01, z=0.08, semi_long=0.05, semi_short=0.02, tilt=0.5)
    tip_x, tip_z = 0.01 + 0.05 * np.cos(0.5), 0.08 + 0.05 * np.sin(0.5)
    assert ellipse.distance(tip_x, tip_z) == pytest.approx(0, abs=1e-12)
    assert ellipse.distance(0.011, 0.081) < 0
    assert ellipse.distance(tip_x + 0.001, tip_z) > 0


def test_tube_distance_follows_its_taper():
    tube = Tube(0.0, 0.05, 0.04, 0.05, radius=0.004, radius_end=0.002, walled=True)
    assert tube.distance(0.0, 0.054) == pytest.approx(0)
    assert tube.distance(0.02, 0.053) == pytest.approx(0)
    assert tube.distance(0.05, 0.05) == pytest.approx(0.008)


def test_organs_vary_but_stay_in_the_view():
    patients = [simulate_patient(f"scanner_b-{number}") for number in range(40)]
    anatomies = [draw_anatomy(patient) for patient in patients]
    places = np.array([(anatomy.kidney.x, anatomy.kidney.z) for anatomy in anatomies])
    assert np.all(places.std(axis=0) > 0.004)
    for patient, anatomy in zip(patients, anatomies, strict=True):
        layers = [thickness for _, thickness in anatomy.layers]
        assert sum(layers) == pytest.approx(patient.wall_thickness)
        assert min(layers) > 0
        assert patient.wall_thickness < anatomy.kidney.z < 0.115
        assert anatomy.diaphragm.z + anatomy.diaphragm.semi_short < 0.15


def test_tissue_lies_where_it_belongs(scanner_b):
    patient = simulate_patient("scanner_b-007")
    anatomy = draw_anatomy(patient)
    tissue = map_tissue(anatomy, patient, scanner_b, DEPTH, 192)
    assert tissue.level.shape == tissue.attenuation.shape == (640, 192)
    assert np.all(tissue.attenuation[DEPTH < 0.001] == ATTENUATION["skin"])
    below_wall = np.searchsorted(DEPTH, patient.wall_thickness * 1.25)
    liver = patient.liver_attenuation * patient.liver_sound_speed / 1540
    assert np.median(tissue.attenuation[below_wall]) == pytest.approx(liver)
    assert np.all((tissue.attenuation > 0.1) & (tissue.attenuation < 1.2))


def test_interfaces_are_crossed_inside_the_grid(scanner_b):
    patient = simulate_patient("scanner_b-007")
    tissue = map_tissue(draw_anatomy(patient), patient, scanner_b, DEPTH, 192)
    reflections = tissue.reflections
    assert reflections.line.shape == reflections.depth.shape == reflections.level.shape
    assert set(range(192)) == set(reflections.line)
    assert 0 <= reflections.depth.min() <= reflections.depth.max() <= DEPTH[-1]
