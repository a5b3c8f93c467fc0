import numpy as np
import pytest

from reconattack.simulation.patients import (
    KIDNEY_LEVEL,
    fat_fraction,
    mean_liver_attenuation,
    mean_liver_level,
    mean_liver_sound_speed,
    mean_nakagami_m,
    simulate_patient,
)


def cohort(stem, count, first=0):
    return [simulate_patient(f"{stem}-{number:03d}") for number in range(first, first + count)]


def test_a_patient_depends_on_the_name_alone():
    alone = simulate_patient("scanner_b-007")
    assert cohort("scanner_b", 20)[7] == alone
    assert cohort("scanner_b", 3, first=5)[::-1][0] == alone
    assert simulate_patient("scanner_a-007") != alone


def test_the_label_is_fat_above_five_percent():
    for patient in cohort("scanner_b", 60):
        assert patient.label == int(patient.fat_fraction > 5)
    assert fat_fraction(0.35) == pytest.approx(5)


@pytest.mark.parametrize("stem", ["scanner_a", "scanner_b", "scanner_b-further", "x"])
@pytest.mark.parametrize("count", [20, 33, 178, 300])
def test_prevalence_is_about_65_percent_at_any_size(stem, count):
    fatty = sum(patient.label for patient in cohort(stem, count))
    assert abs(fatty - 0.65 * count) <= 2


def test_fat_fractions_are_skewed_and_crowd_at_the_cut_off():
    fat = np.array([patient.fat_fraction for patient in cohort("scanner_b", 300)])
    assert np.median(fat) < fat.mean()
    assert np.mean((fat > 3) & (fat < 8)) > 0.3
    assert fat.min() > 0
    assert fat.max() < 50


def test_the_wall_is_2_to_5_cm_and_weakly_correlated_with_fat():
    patients = cohort("scanner_b", 300)
    wall = np.array([patient.wall_thickness for patient in patients])
    correlation = np.corrcoef(wall, np.log([patient.fat_fraction for patient in patients]))[0, 1]
    assert wall.min() >= 0.02
    assert wall.max() <= 0.05
    assert 0.1 < correlation < 0.5


def test_fat_trends_follow_the_literature():
    rise = mean_liver_attenuation(40) - mean_liver_attenuation(0)
    assert 0.2 < rise < 0.3
    assert mean_liver_attenuation(1) == pytest.approx(0.58, abs=0.03)
    assert mean_liver_level(2) - KIDNEY_LEVEL == pytest.approx(1.9, abs=0.3)
    assert mean_liver_level(13) - KIDNEY_LEVEL == pytest.approx(6.2, abs=0.3)
    assert mean_nakagami_m(0) == pytest.approx(0.87)
    assert 0.97 < mean_nakagami_m(40) < 1
    assert mean_liver_sound_speed(11) - mean_liver_sound_speed(10) == pytest.approx(-1.7)


def test_patients_overlap_around_the_trends():
    patients = cohort("scanner_b", 300)
    attenuation = np.array([patient.liver_attenuation for patient in patients])
    fatty = np.array([patient.label for patient in patients], bool)
    assert attenuation[~fatty].std() == pytest.approx(0.06, abs=0.02)
    assert 0.05 < attenuation[fatty].mean() - attenuation[~fatty].mean() < 0.15
    assert attenuation[~fatty].max() > attenuation[fatty].min()
