"""Channel data and beamformed lines of the same scatterers, and frames that are neither."""

import numpy as np
import pytest
from scipy.signal import fftconvolve, hilbert

from reconattack.frames.channel_data import is_channel_data
from reconattack.frames.frame import build_frame, frame_samples
from reconattack.frames.scanner import Scanner
from reconattack.simulation.cohort import simulate_patient, simulate_rf
from tests.real_frames import PLUS_CONVEX, PLUS_LINEAR, beef_frame, mouse_frames, plus_frame

SPEED, SAMPLING, CENTER, PITCH = 1540.0, 40e6, 5e6, 0.3e-3
LINEAR = {
    "name": "linear",
    "probe": "linear",
    "reference_level": 0.0,
    "sampling_frequency": SAMPLING,
    "center_frequency": CENTER,
    "sound_speed": SPEED,
    "gain_state": "raw",
}
CONVEX = LINEAR | {
    "probe": "convex",
    "probe_radius": 0.05,
    "angle_span": 1.15,
    "sampling_frequency": 12.5e6,
    "center_frequency": 2.5e6,
}


def pulse(center, sampling, half=64):
    time = np.arange(-half, half + 1) / sampling
    return np.exp(-0.5 * (time * center * 2.2) ** 2) * np.cos(2 * np.pi * center * time)


def elements(transmit, count=128, depth=0.04, seed=0):
    """Samples of each element of a linear probe after one transmission into speckle."""
    random = np.random.default_rng(seed)
    x_elements = (np.arange(count) - (count - 1) / 2) * PITCH
    width = count * PITCH
    x, z = random.uniform(-0.6 * width, 0.6 * width, 3000), random.uniform(1e-3, 1.2 * depth, 3000)
    strength = random.normal(size=3000)
    if transmit == "plane wave":
        outward = z / SPEED
    else:
        outward = (0.02 + np.sign(z - 0.02) * np.hypot(x, z - 0.02)) / SPEED
        strength = strength * np.exp(-((x / (4e-4 + 0.25 * np.abs(z - 0.02))) ** 2))
    samples = int(2 * depth / SPEED * SAMPLING)
    heard = np.zeros((8 * samples + 1, count))  # eight times finer
    for element, place in enumerate(x_elements):
        distance = np.hypot(x - place, z)
        arrival = np.rint((outward + distance / SPEED) * 8 * SAMPLING).astype(int)
        early = arrival < 8 * samples
        np.add.at(heard[:, element], arrival[early], (strength * z / distance)[early])
    wave = pulse(CENTER, 8 * SAMPLING, 512)[:, np.newaxis]
    echoes = fftconvolve(heard, wave, "same", axes=0)[: 8 * samples : 8]
    return echoes + 0.01 * echoes.std() * random.normal(size=echoes.shape)


def linear_frame(samples):
    scanner = Scanner(**LINEAR, lateral_span=(samples.shape[1] - 1) * PITCH)
    return build_frame(samples, scanner, "p")


def beamformed(channels):
    """Delay and sum of what the elements heard after a plane wave."""
    samples, count = channels.shape
    places = (np.arange(count) - (count - 1) / 2) * PITCH
    z = np.arange(samples) * SPEED / (2 * SAMPLING)
    lines = np.zeros(channels.shape)
    for line, x in enumerate(places):
        for element in np.flatnonzero(np.abs(places - x) < z[-1] / 3):
            there = np.abs(places[element] - x)
            delay = (z + np.hypot(z, there)) / SPEED * SAMPLING
            heard = np.interp(delay, np.arange(samples), channels[:, element])
            lines[:, line] += np.where(there <= z / 3, heard, 0)
    return lines


@pytest.mark.parametrize("transmit", ["plane wave", "focused"])
@pytest.mark.parametrize("count", [64, 128])
def test_samples_of_single_elements_are_recognised(transmit, count):
    samples = elements(transmit, count)
    assert is_channel_data(linear_frame(samples))
    assert is_channel_data(linear_frame(hilbert(samples, axis=0)))  # IQ
    assert is_channel_data(linear_frame(samples[:, ::-1]))


def test_the_same_scatterers_beamformed_are_lines():
    samples = beamformed(elements("plane wave"))
    assert not is_channel_data(linear_frame(samples))
    assert not is_channel_data(linear_frame(hilbert(samples, axis=0)))


def test_few_samples_of_few_elements_cannot_be_known():
    assert not is_channel_data(linear_frame(elements("focused", 16)))
    assert not is_channel_data(linear_frame(elements("focused")[:100]))


@pytest.mark.parametrize("seed", range(4))
def test_lines_that_have_nothing_in_common_are_no_channel_data(seed):
    random = np.random.default_rng(seed)
    echoes = np.apply_along_axis(
        np.convolve, 0, random.normal(size=(2048, 96)), pulse(CENTER, SAMPLING), "same"
    )
    assert not is_channel_data(linear_frame(echoes))
    assert not is_channel_data(linear_frame(random.normal(size=(2048, 96))))
    assert not is_channel_data(linear_frame(np.zeros((2048, 96))))


@pytest.mark.parametrize("speckle", [0.01, 0.1, 0.3, 1.0])
def test_flat_layers_under_a_convex_probe_are_no_channel_data(speckle):
    """They are curved in its lines; near the probe as much as a spherical wave is."""
    random, (samples, lines) = np.random.default_rng(0), (2592, 192)
    scanner = Scanner(**CONVEX)
    fine = np.arange(0, 0.25, SPEED / 2 / 50e6)
    layers = np.zeros(len(fine))
    layers[random.integers(0, len(fine), 120)] = 3 * random.normal(size=120)
    layers = np.convolve(layers, pulse(2.5e6, 50e6), "same")
    angle, depth = scanner.lines(lines)["angle"], scanner.depth(samples)[:, np.newaxis]
    echoes = np.interp((0.05 + depth) * np.cos(angle) - 0.05, fine, layers)
    noise = random.normal(size=(samples, lines))
    noise = fftconvolve(noise, pulse(2.5e6, 12.5e6)[:, np.newaxis], "same", axes=0)
    beam = np.exp(-0.5 * (np.arange(-6, 7) / 2.5) ** 2)
    noise = np.apply_along_axis(np.convolve, 1, noise, beam, "same")
    frame = build_frame(echoes + speckle * noise / noise.std(), scanner, "p")
    assert not is_channel_data(frame)


@pytest.mark.parametrize("number", range(0, 33, 8))
def test_simulated_frames_are_lines(number):
    patient = simulate_patient(f"simulated_rf-{number:03d}")
    assert not is_channel_data(simulate_rf(patient, Scanner(**CONVEX), 192, 2592))


def test_real_lines_are_lines(real_data):
    frames = [beef_frame(real_data), *mouse_frames(real_data)]
    for frame in frames:
        assert not is_channel_data(frame)
        mirrored = frame.copy()
        mirrored["rf"] = (frame["rf"].dims, frame_samples(frame)[:, ::-1])
        assert not is_channel_data(mirrored)


@pytest.mark.parametrize("scanner", [PLUS_CONVEX, PLUS_LINEAR], ids=["convex", "linear"])
def test_real_demodulated_lines_are_lines(real_data, scanner):
    assert not is_channel_data(plus_frame(real_data, scanner))
