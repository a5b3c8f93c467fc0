import sys
import tracemalloc
from dataclasses import replace
from functools import cache

import numpy as np
import pymust
import pytest
from pymust.utils import Param
from scipy.signal import hilbert, resample

from reconattack.errors import InputError
from reconattack.frames.channels import channels_of, has_channels
from reconattack.frames.frame import frame_samples
from reconattack.frames.geometry import from_probe
from reconattack.reconstruction import beamforming, delays
from reconattack.reconstruction.beamforming import Beamformer, memory, transmits_used
from reconattack.reconstruction.drawing import reconstruct
from reconattack.reconstruction.parameters import BEAM, NEUTRAL
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.reconstruction.setting import PAPER_SETTING
from tests.channel_frames import (
    CENTER,
    ELEMENTS,
    PROBES,
    SAMPLING,
    SPEED,
    WAVELENGTH,
    WAVES,
    array,
    channel_frame,
    demodulated,
    noise,
    simulated,
)
from tests.channel_frames import delays as delays_of

MOVED = {
    "beam_sound_speed": 1480.0,
    "f_number": 1.5,
    "receive_window": 1.0,
    "transmits": 2.0,
    "coherence": 0.7,
}


def beamformer(probe, channels):
    known = array(probe)
    return Beamformer(channels, known.depth, known.lines, known.radius, SPEED, CENTER)


@cache
def lines_of(probe, wave="plane"):
    """Lines of the points at the neutral setting, which several tests look at."""
    lines = beamformer(probe, simulated(probe, wave)).lines()
    lines.setflags(write=False)
    return lines


def levels(lines):
    """Envelope in decibels below its largest value."""
    amplitude = np.abs(lines if np.iscomplexobj(lines) else hilbert(lines, axis=0))
    return 20 * np.log10(np.maximum(amplitude / amplitude.max(), 1e-9))


def brightest_near(level, known, depth, line, reach=3e-3):
    """Depth and line of the highest level within a reach of a depth, five lines to either side."""
    spacing = np.diff(known.lines).mean()
    near = np.abs(known.depth - depth)[:, np.newaxis] < reach
    near = near & (np.abs(known.lines - line) < 5.5 * spacing)
    row, column = np.unravel_index(np.argmax(np.where(near, level, -np.inf)), level.shape)
    return known.depth[row], known.lines[column], level[row, column]


def plain_sum(probe, channels, virtual=False, f_number=0.0):
    """PyMUST's own call on its own array, and the number of samples in each point's sum."""
    known = array(probe)
    z, x = from_probe(known.radius, known.depth, known.lines)
    shape, z, x = z.shape, z.ravel(), x.ravel()
    total = 0
    for law, samples in zip(channels.transmit_delay, channels.samples, strict=True):
        param = Param()
        param.update(known.param, fnumber=f_number, useVirtualSource=virtual)
        size = np.array(samples.T.shape)
        matrix = pymust.dasmtx(size, x, z - known.z.min(), law, param)
        total = total + matrix @ samples.ravel().astype(float)
    counts = np.bincount(matrix.row, minlength=x.size) / 2
    return total.reshape(shape), counts.reshape(shape)


@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize("wave", WAVES)
def test_points_come_out_at_their_places(probe, wave):
    """Half a wavelength along a line, and one line across."""
    known = array(probe)
    level = levels(lines_of(probe, wave))
    for depth, line in known.on_lines():
        row, column, peak = brightest_near(level, known, depth, line)
        assert abs(row - depth) < WAVELENGTH / 2
        assert abs(column - line) < 1.01 * np.diff(known.lines).mean()
        assert peak > -15


@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize("wave", WAVES)
def test_lines_are_the_sum_of_the_library(probe, wave):
    expected, _ = plain_sum(probe, simulated(probe, wave), virtual=wave == "focused")
    lines = lines_of(probe, wave)
    assert lines.dtype == np.float32
    np.testing.assert_allclose(lines, expected, atol=1e-5 * np.abs(expected).max())
    seen = levels(expected) > -60
    assert np.abs(levels(lines) - levels(expected))[seen].max() < 0.1


@pytest.mark.parametrize("probe", ["linear", "convex"])
def test_f_number_is_the_librarys_but_keeps_the_level(probe):
    """Where every element of the aperture has a sample, the sum is scaled by their share."""
    channels = simulated(probe)
    expected, counts = plain_sum(probe, channels, f_number=1.5)
    seen = counts > 0
    lines = beamformer(probe, channels).lines(f_number=1.5)
    scaled = expected * ELEMENTS / np.maximum(counts, 1)
    np.testing.assert_allclose(lines[seen], scaled[seen], atol=1e-4 * np.abs(scaled).max())
    assert counts[0].max() < ELEMENTS / 2 < counts[-1].max()


def test_aperture_of_a_phased_array_lies_about_its_middle():
    """At an f-number of 2 and a depth of 12 mm it is 6 mm wide, at any angle."""
    known = array("phased")
    lines = beamformer("phased", noise("phased")).lines(f_number=2.0)
    row = np.argmin(np.abs(known.depth - 0.012))
    inner = np.abs(known.x) <= known.depth[row] / 4
    assert 20 < inner.sum() < 28
    channels = noise("phased")
    silent = replace(channels, samples=channels.samples * inner[:, np.newaxis])
    same = beamformer("phased", silent).lines(f_number=2.0)
    np.testing.assert_array_equal(same[row], lines[row])
    assert (same[row + 60] != lines[row + 60]).all()


@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize("used", [1400.0, 1680.0])
def test_wrong_sound_speed_moves_and_blurs_points(probe, used):
    """A point at the depth z shows at about z c / c', weaker and wider than at its own speed."""
    known = array(probe)
    moved = beamformer(probe, simulated(probe)).lines(used)
    right, wrong = np.abs(hilbert([lines_of(probe), moved], axis=1))
    for depth, line in known.on_lines():
        seen = [brightest_near(right, known, depth, line)]
        seen.append(brightest_near(wrong, known, depth * used / SPEED, line))
        assert abs(seen[1][0] - depth * used / SPEED) < WAVELENGTH / 2
        assert seen[1][2] < seen[0][2]
        widths = []
        for picture, (row, _, peak) in zip((right, wrong), seen, strict=True):
            near = np.abs(known.depth - row) < WAVELENGTH
            widths.append(picture[near].max(axis=0).sum() / peak)
        assert widths[1] > widths[0]


@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize("setting", [{}, MOVED])
def test_rf_and_iq_agree(probe, setting):
    """IQ lines are those of RF, demodulated by the centre frequency."""
    known, channels = array(probe), simulated(probe)
    # Linear interpolation between four samples in a period would cost RF up to a decibel.
    finer = resample(channels.samples, 8 * channels.samples.shape[-1], axis=-1)
    fine = replace(channels, samples=finer, sampling_frequency=8 * SAMPLING)
    rf = beamformer(probe, fine).lines(**setting)
    iq = beamformer(probe, demodulated(channels)).lines(**setting)
    assert iq.dtype == np.complex64
    carrier = np.exp(4j * np.pi * CENTER / SPEED * known.depth)[:, np.newaxis]
    np.testing.assert_allclose((iq * carrier).real, rf, atol=0.02 * np.abs(rf).max())
    seen = levels(rf) > -20
    assert np.abs(levels(iq) - levels(rf))[seen].max() < 0.5


def test_iq_of_another_frequency_is_demodulated_by_the_centre_frequency():
    channels = demodulated(simulated("linear"))
    other = CENTER - 4e5
    times = np.arange(channels.samples.shape[-1]) / SAMPLING
    turned = channels.samples * np.exp(2j * np.pi * (CENTER - other) * times)
    moved = replace(channels, samples=turned.astype(np.complex64), demodulation_frequency=other)
    expected, lines = (beamformer("linear", one).lines() for one in (channels, moved))
    np.testing.assert_allclose(lines, expected, atol=0.05 * np.abs(expected).max())


def test_window_weighs_the_elements_by_hann():
    """Of one element alone, lines at the window 1 over those at 0 are its weight over the mean."""
    place = (np.arange(ELEMENTS) - (ELEMENTS - 1) / 2) / (ELEMENTS / 2)
    hann = (1 + np.cos(np.pi * place)) / 2
    channels = noise()
    for share in (1.0, 0.4):
        weights = 1 - share + share * hann
        for element in (0, 9, 23):
            alone = np.zeros_like(channels.samples)
            alone[:, element] = channels.samples[:, element]
            lone = beamformer("linear", replace(channels, samples=alone))
            expected = lone.lines() * weights[element] / weights.mean()
            found = lone.lines(receive_window=share)
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("coherence", [0.0, 1.0])
def test_elements_at_both_ends_of_the_aperture_alone_make_a_line(coherence):
    """A Hann window is 0 there; between two elements no other one is active near the face."""
    known = array("linear")
    pitch = np.diff(known.x).mean()
    line = [known.x[10] + pitch / 2, known.x[20]]
    made = Beamformer(noise(), known.depth, line, None, SPEED, CENTER)
    f_number = known.depth[0] / pitch
    lines = made.lines(f_number=f_number, receive_window=1.0, coherence=coherence)
    assert np.isfinite(lines).all() and lines[0].all()


def test_coherence_of_identical_and_of_opposite_echoes():
    """The factor of N equal echoes is 1, that of one lone echo 1 / N, of opposite ones 0."""
    weights = np.linspace(0.2, 1, 8, dtype=np.float32)[:, np.newaxis]
    equal = np.full((8, 3), 2 - 1j, np.complex64)
    for share in (0.3, 1.0):
        np.testing.assert_allclose(
            beamforming._summed(equal, weights, share), equal.sum(axis=0), rtol=1e-6
        )
    flat = np.ones((8, 1), np.float32)
    alone = np.eye(8, dtype=np.complex64)
    np.testing.assert_allclose(beamforming._summed(alone, flat, 1.0), np.full(8, 1 / 8))
    np.testing.assert_allclose(beamforming._summed(alone, flat, 0.5), np.full(8, 9 / 16))
    opposite = np.where(np.arange(8) % 2, 1, -1)[:, np.newaxis].astype(np.complex64)
    assert beamforming._summed(opposite, flat, 1.0) == 0
    assert beamforming._summed(0 * opposite, flat, 1.0) == 0


def test_coherence_suppresses_noise_more_than_points():
    channels = simulated("linear")
    made = beamformer("linear", channels)
    known, plain, factored = array("linear"), levels(made.lines()), levels(made.lines(coherence=1))
    depth, line = known.on_lines()[0]
    assert brightest_near(factored, known, depth, line)[2] > -1
    off = np.abs(known.lines - line).argmax()
    near = np.abs(known.depth - depth) < 1e-3
    assert factored[near, off].max() < plain[near, off].max() - 10


@pytest.mark.parametrize(
    ("recorded", "used", "expected"),
    [
        (11, 1, [5]),
        (4, 1, [2]),
        (11, 2, [0, 10]),
        (11, 3, [0, 5, 10]),
        (11, 5, [0, 3, 5, 7, 10]),
        (6, 4, [0, 2, 3, 5]),
        (5, 5, [0, 1, 2, 3, 4]),
        (4, 4, [0, 1, 2, 3]),
        (1, 1, [0]),
    ],
)
def test_transmits_are_spread_evenly_and_symmetrically(recorded, used, expected):
    np.testing.assert_array_equal(transmits_used(recorded, used), expected)


@pytest.mark.parametrize("recorded", range(1, 40))
def test_every_number_of_transmits_is_met(recorded):
    for used in range(1, recorded + 1):
        found = transmits_used(recorded, used)
        assert len(np.unique(found)) == used and found[0] >= 0 and found[-1] < recorded
        if used % 2 == 0 or recorded % 2:
            np.testing.assert_array_equal(found, recorded - 1 - found[::-1])


def test_transmits_are_summed_and_keep_the_level():
    channels = noise(transmits=5)
    made = beamformer("linear", channels)
    middle, ends = [2], [0, 4]
    for number, used in ((1, middle), (0.2, middle), (2.4, ends)):
        parts = {
            name: getattr(channels, name)[used]
            for name in ("samples", "transmit_delay", "start_time")
        }
        alone = beamformer("linear", replace(channels, **parts)).lines()
        np.testing.assert_allclose(
            made.lines(transmits=number), alone * 5 / len(used), rtol=1e-5, atol=1e-4
        )
    np.testing.assert_array_equal(made.lines(transmits=9), made.lines())


def test_elements_may_come_from_right_to_left():
    channels = simulated("convex", "diverging")
    turned = replace(
        channels,
        samples=channels.samples[:, ::-1],
        element_x=channels.element_x[::-1],
        element_z=channels.element_z[::-1],
        transmit_delay=channels.transmit_delay[:, ::-1],
    )
    np.testing.assert_array_equal(
        beamformer("convex", turned).lines(), lines_of("convex", "diverging")
    )


def test_clock_may_begin_anywhere():
    channels = simulated("linear", "focused")
    later = replace(
        channels,
        transmit_delay=channels.transmit_delay + 3e-6,
        start_time=channels.start_time + 3e-6,
    )
    expected = lines_of("linear", "focused")
    found = beamformer("linear", later).lines()
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("probe", PROBES)
def test_waves_are_told_apart(probe):
    """A virtual array is needed only of waves that run to a focus."""
    known = array(probe)
    angles = np.arctan2(known.x, known.z + known.radius) if known.radius else 0 * known.x
    for wave in WAVES:
        for law in delays_of(probe, wave):
            focused = delays.converges(known.x, known.z, angles, law, SPEED)
            assert focused == (wave == "focused")


def test_one_element_and_a_part_of_the_array_may_fire():
    channels = noise(transmits=2)
    law = np.full((2, ELEMENTS), np.nan)
    law[0, 20], law[1, 10:30] = 0, 0
    made = beamformer("linear", replace(channels, transmit_delay=law))
    assert np.isfinite(made.lines()).all() and made.lines().any()


@pytest.mark.parametrize(
    ("fires", "message"),
    [
        ([], "transmit 1 fires 0 elements; expected one element, or at least 4"),
        ([3, 4], "transmit 1 fires 2 elements; expected one element, or at least 4"),
        ([1, 2, 3, 7, 8, 9], "transmit 1 fires elements with silent ones between them"),
        ([0, 1, 2, 3, 44, 45, 46, 47], "transmit 1 fires elements with silent ones between"),
    ],
)
def test_waves_that_the_library_cannot_tell_are_refused(fires, message):
    channels = noise(transmits=2)
    law = channels.transmit_delay.copy()
    law[1] = np.nan
    law[1, fires] = 0
    with pytest.raises(InputError, match=message):
        beamformer("linear", replace(channels, transmit_delay=law))


@pytest.mark.parametrize("speed", [15.4, 999, 2001])
def test_sound_speed_of_no_tissue_is_refused(speed):
    with pytest.raises(InputError, match=r"beam_sound_speed is .* from 1000 to 2000 m/s"):
        beamformer("linear", noise()).lines(beam_sound_speed=speed)


def test_missing_library_is_told_with_its_installation(monkeypatch):
    monkeypatch.setitem(sys.modules, "pymust", None)
    with pytest.raises(InputError, match=r"pymust is not installed.*'reconattack\[channel\]'"):
        beamformer("linear", noise()).lines(beam_sound_speed=1234.5)


def test_kept_matrices_change_no_bit(monkeypatch):
    channels = simulated("convex", "focused")
    lines = beamformer("convex", channels).lines(1500.0, transmits=3)
    monkeypatch.setattr(delays, "KEPT_PAIRS", 0)
    np.testing.assert_array_equal(beamformer("convex", channels).lines(1500.0, transmits=3), lines)


def test_frames_of_one_geometry_share_the_delays(monkeypatch):
    first, second = noise(), noise()
    expected = beamformer("linear", first).lines(1512.0)

    def never(*_):
        raise AssertionError("the delays were computed again")

    monkeypatch.setattr(delays, "_matrices", never)
    np.testing.assert_array_equal(beamformer("linear", second).lines(1512.0), expected)


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("iq", [True, False])
def test_memory_is_what_was_estimated(monkeypatch, kept, iq):
    """At most the estimate, and more than an eighth of it: blocks of focused waves are larger."""
    if not kept:
        monkeypatch.setattr(delays, "KEPT_PAIRS", 0)
        monkeypatch.setattr(beamforming, "KEPT_PAIRS", 0)
    channels = noise(transmits=5)
    made = beamformer("linear", demodulated(channels) if iq else channels)
    delays._kept_matrices.cache_clear()
    beamforming._echoes.cache_clear()
    tracemalloc.start()
    for speed in (1500.0, 1510.0, 1520.0):
        made.lines(speed, f_number=1, receive_window=0.5, coherence=1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    estimate = memory(ELEMENTS, 512 * ELEMENTS, 5, channels.samples.shape[-1], iq)
    assert estimate / 8 < peak < estimate


# Frames with channel data


@pytest.fixture(scope="module")
def frame():
    return channel_frame("linear", noise(), f_number=1.2, beam_sound_speed=SPEED)


def vector(**moved):
    return [(NEUTRAL | PAPER_SETTING | {"f_number": 1.2} | moved)[name] for name in NAMES]


NAMES = [*PAPER_SETTING, *BEAM]


def test_frame_states_how_its_lines_were_made(frame):
    stated = {name: frame.attrs[name] for name in BEAM}
    assert stated == NEUTRAL_BEAM | {"f_number": 1.2, "beam_sound_speed": SPEED}
    assert has_channels(frame)
    expected = beamformer("linear", noise()).lines(f_number=1.2)
    np.testing.assert_array_equal(frame_samples(frame), expected)
    np.testing.assert_array_equal(channels_of(frame).samples, noise().samples)


NEUTRAL_BEAM = {name: NEUTRAL[name] for name in BEAM}


def test_other_parameters_never_call_the_beamformer(frame, monkeypatch):
    def never(*_, **__):
        raise AssertionError("lines were beamformed again")

    monkeypatch.setattr(Beamformer, "lines", never)
    kept = Reconstruction(frame, 48, NAMES)
    pictures = kept.bmode(
        [vector(), vector(beta=0.5), vector(alpha_upper=50), vector(transmits=5.0)]
    )
    same = {"beam_sound_speed": SPEED, "transmits": 99.0}
    np.testing.assert_array_equal(kept.bmode([vector(**same)])[0], pictures[0])
    assert (pictures[1] != pictures[0]).any() and (pictures[2] != pictures[0]).any()
    with pytest.raises(AssertionError, match="beamformed again"):
        kept.bmode([vector(f_number=1.3)])


@pytest.mark.parametrize("iq", [False, True])
def test_each_parameter_of_the_beamformer_changes_the_picture(frame, iq):
    if iq:
        frame = channel_frame("linear", demodulated(noise()), f_number=1.2)
    start = reconstruct(frame, PAPER_SETTING | {"f_number": 1.2}, 64)["bmode"]
    for name in BEAM:
        moved = PAPER_SETTING | {"f_number": 1.2} | {name: MOVED[name]}
        picture = reconstruct(frame, moved, 64)
        assert np.mean(picture["bmode"] != start) > 0.05, name
        assert picture[name] == MOVED[name]
        again = channel_frame("linear", channels_of(frame), **moved)
        np.testing.assert_array_equal(reconstruct(again, moved, 64)["bmode"], picture["bmode"])


def test_vectors_may_come_in_any_order(frame):
    """Lines are used again only while every parameter of the beamformer stays."""
    vectors = [vector()]
    for name, value in (MOVED | {"beta": 0.6}).items():
        vectors += [vector(**{name: value}), vector()]
    together = Reconstruction(frame, 48, NAMES).bmode(vectors)
    for picture, one in zip(together, vectors, strict=True):
        np.testing.assert_array_equal(picture, Reconstruction(frame, 48, NAMES).bmode([one])[0])


def test_samples_and_envelope_follow_the_beamformer(frame):
    plain = Reconstruction(frame, 48, others={"f_number": 1.2})
    np.testing.assert_array_equal(plain.samples(), frame_samples(frame))
    moved = plain.samples(coherence=1.0)
    assert (moved != frame_samples(frame)).any()
    fixed = Reconstruction(frame, 48, others={"f_number": 1.2, "coherence": 1.0})
    np.testing.assert_array_equal(fixed.samples(), moved)


@pytest.mark.parametrize("name", BEAM)
def test_frame_without_channel_data_is_refused_by_name(noise_frame, name):
    with pytest.raises(InputError, match=f"another value of {name}; expected channel data"):
        reconstruct(noise_frame, PAPER_SETTING | {name: MOVED[name]}, 64)


@pytest.mark.parametrize("probe", PROBES)
def test_picture_shows_points_at_their_places(probe):
    """In metres from the face, within half a wavelength and a line or a pixel."""
    known = array(probe)
    frame = channel_frame(probe, simulated(probe))
    image = reconstruct(frame, {"beta": 0.0, "alpha_lower": -20, "alpha_upper": 80}, 300)
    z, x, size = image["z"].values, image["x"].values, float(np.diff(image["z"][:2])[0])
    grey = image["bmode"].values.astype(float)
    for lateral, depth in known.places():
        near = np.hypot(z[:, np.newaxis] - depth, x - lateral) < 2e-3
        rows, columns = np.nonzero(near & (grey == grey[near].max()))
        spacing = np.diff(known.lines).mean()
        across = spacing if known.radius is None else spacing * (known.radius + depth)
        assert abs(z[rows].mean() - depth) < WAVELENGTH / 2 + size
        assert abs(x[columns].mean() - lateral) < across + size
