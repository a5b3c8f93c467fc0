from dataclasses import replace

import numpy as np
import pytest

from reconattack.frames.frame import check_frame, frame_samples
from reconattack.frames.quality import frame_quality
from reconattack.frames.recording import Recording, recorded_frame
from reconattack.frames.scanner import Scanner
from reconattack.reconstruction.drawing import reconstruct
from reconattack.reconstruction.setting import PAPER_SETTING
from reconattack.simulation.cohort import simulate_image, simulate_patient, simulate_rf

LINES, SAMPLES = 192, 2592


@pytest.fixture(scope="module")
def frame(scanner_b):
    return simulate_rf(simulate_patient("scanner_b-007"), scanner_b, LINES, SAMPLES)


def test_an_rf_frame_keeps_the_contract(frame, scanner_b):
    check_frame(frame)
    patient = simulate_patient("scanner_b-007")
    assert frame["rf"].dims == ("depth", "angle")
    assert frame["rf"].shape == (SAMPLES, LINES)
    assert frame["rf"].dtype == np.float32
    assert frame["depth"].attrs["units"] == "m"
    assert frame["angle"].attrs["units"] == "rad"
    assert frame.attrs["gain_state"] == scanner_b.gain_state
    assert frame.attrs["scanner"] == "scanner_b"
    assert frame.attrs["patient"] == "scanner_b-007"
    assert frame.attrs["label"] == patient.label
    assert frame.attrs["fat_fraction"] == patient.fat_fraction


def test_a_frame_repeats_bit_for_bit_whatever_came_before(frame, scanner_b):
    simulate_rf(simulate_patient("scanner_b-001"), scanner_b, LINES, SAMPLES)
    again = simulate_rf(simulate_patient("scanner_b-007"), scanner_b, LINES, SAMPLES)
    assert frame.identical(again)


@pytest.mark.parametrize("number", range(0, 33, 4))
def test_frames_of_the_default_run_hold_nothing_to_remove(scanner_b, number):
    """Samples and picture keep their bits where a file's samples would lose an offset or drift."""
    simulated = simulate_rf(
        simulate_patient(f"simulated_rf-{number:03d}"), scanner_b, LINES, SAMPLES
    )
    facts = {name: value for name, value in vars(scanner_b).items() if value is not None}
    recording = Recording(frame_samples(simulated)[np.newaxis])
    recorded = recorded_frame(recording, 0, facts, {"patient": "p"})
    quality = frame_quality(recorded)
    assert (quality["drift_share"], quality["empty_share"]) == (0, 0)
    assert quality == frame_quality(simulated)
    np.testing.assert_array_equal(recorded["rf"], simulated["rf"])
    before, after = (reconstruct(frame, PAPER_SETTING, 512) for frame in (simulated, recorded))
    np.testing.assert_array_equal(after["bmode"], before["bmode"])


def test_patients_have_frames_of_their_own(frame, scanner_b):
    other = simulate_rf(simulate_patient("scanner_b-008"), scanner_b, LINES, SAMPLES)
    one, two = (each["rf"].sel(depth=slice(0.06, None)).values.ravel() for each in (frame, other))
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.05


def test_gain_state_is_the_scanners(scanner_b):
    unknown = replace(scanner_b, gain_state="unknown")
    frame = simulate_rf(simulate_patient("scanner_b-002"), unknown, 32, SAMPLES)
    assert frame.attrs["gain_state"] == "unknown"


def test_a_linear_probe_sees_the_same_patient():
    probe = Scanner(
        name="linear",
        probe="linear",
        sampling_frequency=20e6,
        center_frequency=5e6,
        sound_speed=1540.0,
        reference_level=0.0,
        gain_state="raw",
        lateral_span=0.04,
    )
    frame = simulate_rf(simulate_patient("scanner_b-002"), probe, 64, 1500)
    assert frame["rf"].dims == ("depth", "lateral")


def test_an_image_keeps_the_contract(scanner_b, processing):
    patient = simulate_patient("scanner_a-003")
    image = simulate_image(patient, scanner_b, LINES, SAMPLES, processing, rows=200)
    assert image["bmode"].dims == ("z", "x")
    assert image["bmode"].dtype == np.uint8
    assert set(image.coords) == {"z", "x"}
    assert image.attrs == {
        "scanner": "scanner_b",
        "patient": "scanner_a-003",
        "label": patient.label,
        "fat_fraction": patient.fat_fraction,
    }
    inside = image["bmode"].values[image["sector"].values]
    assert np.all(image["bmode"].values[~image["sector"].values] == 0)
    assert 70 < inside.mean() < 140
    assert np.mean((inside == 0) | (inside == 255)) < 0.05
    again = simulate_image(patient, scanner_b, LINES, SAMPLES, processing, rows=200)
    assert image.identical(again)


def test_fat_shows_in_the_paper_s_reconstruction(scanner_b):
    """Fatty livers are brighter under the wall and fall more steeply with depth."""
    change = {0: [], 1: []}
    for number in range(24):
        patient = simulate_patient(f"scanner_b-{number:03d}")
        if 3 < patient.fat_fraction < 10:
            continue
        frame = simulate_rf(patient, scanner_b, 96, SAMPLES)
        parameters = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
        image = reconstruct(frame, parameters, rows=160)
        center = image["bmode"].sel(x=slice(-0.03, 0.03))
        near = center.sel(z=slice(patient.wall_thickness + 0.01, patient.wall_thickness + 0.04))
        deep = center.sel(z=slice(0.12, 0.15))
        change[patient.label].append(float(deep.mean() - near.mean()))
    assert np.mean(change[1]) < np.mean(change[0])
