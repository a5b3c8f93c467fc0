"""Setting transfer functions against closed forms: Gaussian spectra whose ratio is known."""

import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.frames.frame import build_frame, frame_samples
from reconattack.frames.scanner import Scanner
from reconattack.reconstruction.setting_transfer import (
    DYNAMIC_RANGE,
    Spectra,
    measure_spectra,
    transfer_frame,
    transfer_response,
)

LINES, DEPTH = 64, 0.08
SOUND_SPEED = 1540.0
FACTS = {"scanner": "a", "center_frequency": 3e6, "reference_level": 0.0, "gain_state": "raw"}


def scanner(name, rate, center, reference_level=0.0):
    return Scanner(
        name,
        **{"probe": "linear", "lateral_span": 0.04, "sound_speed": SOUND_SPEED},
        sampling_frequency=rate,
        center_frequency=center,
        reference_level=reference_level,
        gain_state="raw",
    )


A = scanner("a", 20e6, 3.0e6)
B = scanner("b", 25e6, 2.6e6, reference_level=7.0)
DEVIATION = 0.5e6  # Hz, of the amplitude spectra


def amplitude(frequency, center, gain, deviation=DEVIATION):
    return gain * np.exp(-((frequency - center) ** 2) / (2 * deviation**2))


def phantom(machine, gain, seed, fall=0.0, lines=LINES, iq=False):
    """Noise of unit density behind a Gaussian response, which falls with depth [dB/m]."""
    count = round(DEPTH * 2 * machine.sampling_frequency / SOUND_SPEED)
    random = np.random.default_rng(seed)
    white = random.standard_normal((count, lines)) * np.sqrt(machine.sampling_frequency)
    frequency = np.fft.rfftfreq(count, 1 / machine.sampling_frequency)
    response = amplitude(frequency, machine.center_frequency, gain)
    rf = np.fft.irfft(np.fft.rfft(white, axis=0) * response[:, np.newaxis], count, axis=0)
    rf *= 10 ** (-fall * machine.depth(count) / 20)[:, np.newaxis]
    return build_frame(demodulated(rf, machine) if iq else rf, machine, "phantom")


def demodulated(rf, machine):
    """IQ samples whose magnitude is the envelope of RF samples."""
    spectrum = np.fft.fft(rf, axis=0)
    frequency = np.fft.fftfreq(len(rf), 1 / machine.sampling_frequency)
    analytic = np.fft.ifft(spectrum * 2 * (frequency > 0)[:, np.newaxis], axis=0)
    time = np.arange(len(rf)) / machine.sampling_frequency
    return analytic * np.exp(-2j * np.pi * machine.center_frequency * time)[:, np.newaxis]


def calibration(machine, gain, fall=0.0, seed=0, iq=False, frames=12):
    return measure_spectra(
        (f"p{number}", phantom(machine, gain, [seed, number], fall, iq=iq))
        for number in range(frames)
    )


@pytest.fixture(scope="module")
def spectra():
    return calibration(A, 1.0, seed=1), calibration(B, 3.0, fall=100.0, seed=2)


FREQUENCY = np.linspace(1.8e6, 3.4e6, 33)  # within 25 dB of the peak of both
MIDDLE = np.array([0.02, 0.04, 0.06])


def test_spectra_are_those_of_the_machine(spectra):
    for of_machine, machine, gain in zip(spectra, (A, B), (1.0, 3.0), strict=True):
        fall = 0.0 if machine is A else 100.0
        near = np.abs(of_machine.frequency - machine.center_frequency) < 0.4e6
        found = np.sqrt(of_machine.power[:, near])
        # A real signal of density 1 has an envelope of density 4 on one side.
        known = 2 * amplitude(of_machine.frequency[near], machine.center_frequency, gain)
        known = known * 10 ** (-fall * of_machine.depth / 20)[:, np.newaxis]
        np.testing.assert_allclose(found, known, rtol=0.1)


def test_response_is_the_known_ratio_where_there_is_signal(spectra):
    found = transfer_response(*spectra, MIDDLE, FREQUENCY, dynamic_range=60)
    ratio = amplitude(FREQUENCY, 2.6e6, 3.0) / amplitude(FREQUENCY, 3.0e6, 1.0)
    known = ratio * 10 ** (-100.0 * MIDDLE / 20)[:, np.newaxis]
    # The spectra are blurred by the window of a block, and estimated from twelve frames.
    assert np.abs(20 * np.log10(found / known)).max() < 1.0


def test_response_is_that_of_the_formula():
    frequency = np.linspace(1e6, 5e6, 81)
    depth = np.array([0.01, 0.03])
    power = np.stack([amplitude(frequency, 3e6, gain) ** 2 for gain in (1.0, 0.5)])
    source = Spectra(power, depth, frequency, FACTS)
    target = Spectra(4 * power, depth, frequency, FACTS | {"scanner": "b"})
    found = transfer_response(source, target, np.array([0.02]), frequency, dynamic_range=20)
    mean = power.mean(axis=0)
    np.testing.assert_allclose(found[0], 2 * mean / (mean + 0.01 * mean.max()), rtol=1e-12)
    outside = transfer_response(source, target, depth, np.array([0.5e6, 6e6]))
    np.testing.assert_array_equal(outside, 0)


@pytest.mark.parametrize("dynamic_range", [10.0, DYNAMIC_RANGE, 50.0])
def test_response_stays_within_its_bound(spectra, dynamic_range):
    frequency = np.linspace(0, 10e6, 400)
    source, target = spectra
    found = transfer_response(source, target, source.depth, frequency, dynamic_range)
    noise = 10 ** (-dynamic_range / 10) * source.power.max(axis=1)
    peak = target.power.max()
    assert np.all(found <= np.sqrt(peak / noise)[:, np.newaxis] / 2 * (1 + 1e-12))
    assert np.all(found >= 0)


def test_a_frame_that_is_carried_to_its_own_scanner_stays_itself(spectra):
    source, _ = spectra
    frame = phantom(A, 1.0, 5)
    same = transfer_frame(frame, source, source)
    inside = slice(40, -40)  # the cut ends of a line lie outside the band
    before, after = (frame_samples(one)[inside] for one in (frame, same))
    assert np.sqrt(np.mean((after - before) ** 2) / np.mean(before**2)) < 0.02
    assert same.attrs == frame.attrs | {"transferred_from": "a"}


@pytest.mark.parametrize("iq", [False, True])
def test_a_frame_looks_as_the_target_recorded_it(iq):
    source = calibration(A, 1.0, seed=1, iq=iq)
    target = calibration(B, 3.0, fall=100.0, seed=2, iq=iq)
    moved = transfer_frame(phantom(A, 1.0, 7, iq=iq), source, target)
    assert moved.attrs["scanner"] == "b"
    assert moved.attrs["transferred_from"] == "a"
    assert moved.attrs["center_frequency"] == 2.6e6
    assert moved.attrs["reference_level"] == 7.0
    assert moved.attrs["sampling_frequency"] == 20e6
    found = measure_spectra([("moved", moved)])
    for depth in MIDDLE:
        row = found.power[np.abs(found.depth - depth).argmin()]
        center = np.sum(row * found.frequency) / row.sum()
        assert center == pytest.approx(2.6e6, abs=0.06e6)
        level = 10 * np.log10(row.sum() * np.diff(found.frequency[:2])[0])
        spread = np.linspace(0, 10e6, 20001)
        known = np.sum(4 * amplitude(spread, 2.6e6, 3.0) ** 2) * (spread[1] - spread[0])
        assert level == pytest.approx(10 * np.log10(known) - 100 * depth, abs=1.0)


def test_rf_and_iq_make_the_same_filter():
    rf = transfer_response(
        calibration(A, 1.0, seed=1), calibration(B, 3.0, seed=2), MIDDLE, FREQUENCY
    )
    mixed = transfer_response(
        calibration(A, 1.0, seed=1), calibration(B, 3.0, seed=2, iq=True), MIDDLE, FREQUENCY
    )
    np.testing.assert_allclose(mixed, rf, rtol=0.02)


def test_iq_samples_are_the_rf_s_filtered_and_demodulated_by_the_target():
    source, target = calibration(A, 1.0, seed=1), calibration(B, 3.0, seed=2)
    frames = [phantom(A, 1.0, 9, iq=iq) for iq in (False, True)]
    rf, iq = (frame_samples(transfer_frame(frame, source, target)) for frame in frames)
    time = np.arange(len(rf)) / A.sampling_frequency
    carried = np.real(iq * np.exp(2j * np.pi * B.center_frequency * time)[:, np.newaxis])
    inside = slice(40, -40)  # the cut ends of a line lie outside the band
    error = carried[inside] - rf[inside]
    assert np.sqrt(np.mean(error**2) / np.mean(rf[inside] ** 2)) < 0.01


@pytest.mark.parametrize("sample", [150, 811, 1037, 1900])
def test_echoes_stay_at_their_depth(spectra, sample):
    count = round(DEPTH * 2 * A.sampling_frequency / SOUND_SPEED)
    rf = np.zeros((count, 2))
    rf[sample] = 1
    moved = frame_samples(transfer_frame(build_frame(rf, A, "p"), *spectra))[:, 0]
    assert np.abs(moved).argmax() == sample
    reach = 100
    before, after = moved[sample - reach : sample][::-1], moved[sample + 1 : sample + 1 + reach]
    # Symmetric about the echo but for the change of the response with depth.
    assert np.abs(before - after).max() < 0.1 * np.abs(moved).max()


def test_echo_of_a_constant_response_is_symmetric():
    source, target = calibration(A, 1.0, seed=1), calibration(B, 3.0, seed=2)
    flat = [
        Spectra(np.repeat(one.power.mean(axis=0)[np.newaxis], len(one.depth), 0), *one[1:])
        for one in (source, target)
    ]
    rf = np.zeros((2000, 2))
    rf[1037] = 1
    moved = frame_samples(transfer_frame(build_frame(rf, A, "p"), *flat))[:, 0]
    np.testing.assert_allclose(
        moved[1037 - 100 : 1037][::-1], moved[1038 : 1038 + 100], atol=1e-5 * moved.max()
    )


def test_masks_and_geometry_stay(spectra):
    frame = phantom(A, 1.0, 5)
    frame["mask"] = frame["rf"] > 0
    moved = transfer_frame(frame, *spectra)
    np.testing.assert_array_equal(moved["mask"], frame["mask"])
    np.testing.assert_array_equal(moved["depth"], frame["depth"])
    np.testing.assert_array_equal(moved["lateral"], frame["lateral"])


def test_calibration_frames_of_two_scanners_are_refused():
    frames = [("one", phantom(A, 1.0, 1)), ("two", phantom(B, 1.0, 2))]
    with pytest.raises(InputError, match=r"calibration frame two has scanner b, .* scanner a"):
        measure_spectra(frames)


def test_no_calibration_frame_is_told():
    with pytest.raises(InputError, match="no calibration frame could be read"):
        measure_spectra([])


def test_frames_of_another_scanner_are_refused(spectra):
    with pytest.raises(InputError, match=r"phantom has scanner b, .*the calibration has scanner a"):
        transfer_frame(phantom(B, 1.0, 1), *spectra)


def test_a_gain_of_the_frame_s_own_is_refused(spectra):
    frame = phantom(A, 1.0, 1)
    frame["applied_gain"] = "depth", np.zeros(frame.sizes["depth"])
    with pytest.raises(InputError, match="states a time gain of its own"):
        transfer_frame(frame, *spectra)
    with pytest.raises(InputError, match="frame p states a time gain of its own"):
        measure_spectra([("p", frame)])


@pytest.mark.parametrize("block", [1e-4, 0.09])
def test_a_block_has_to_fit(block):
    with pytest.raises(InputError, match=r"block is .* m, and the frame of patient phantom has"):
        measure_spectra([("p", phantom(A, 1.0, 1))], block)
