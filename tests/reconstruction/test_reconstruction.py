import tracemalloc

import numpy as np
import pytest
from scipy.fft import next_fast_len
from scipy.ndimage import map_coordinates
from scipy.signal import gausspulse, hilbert
from scipy.signal.windows import tukey

from reconattack.errors import InputError
from reconattack.frames.frame import build_frame
from reconattack.reconstruction.drawing import reconstruct
from reconattack.reconstruction.parameters import (
    GEOMETRY,
    NEUTRAL,
    PAPER_PARAMETERS,
    PARAMETERS,
    SLIDERS,
)
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.reconstruction.steps import envelope

INITIAL = {"beta": 0.9, "alpha_lower": 10.0, "alpha_upper": 55.0}
VECTORS = np.array(
    [[0.9, 10, 55], [0.5, 5, 60], [1.3, 15, 50], [1.05, 11.5, 54.5], [0.9, 14.5, 50], [0.0, 0, 1]]
)


@pytest.mark.parametrize("upper", [10, 5, np.nan])
def test_lower_threshold_must_lie_below_the_upper(noise_frame, upper):
    with pytest.raises(
        InputError, match=r"alpha_lower is 10 dB, alpha_upper .* expected alpha_lower below"
    ):
        Reconstruction(noise_frame, 32).bmode([0.9, 10, upper])


# Closed forms


@pytest.mark.parametrize("beta", [0.5, 0.9, 1.3])
def test_constant_envelope_compensated_by_its_own_attenuation_is_flat(scanner, scanner_with, beta):
    scanner = scanner_with(scanner, reference_level=30.0)
    frame = attenuated_carrier(scanner, beta)
    reconstruction = Reconstruction(frame, 200)
    depth = sector_depth(reconstruction, scanner)
    first, last = frame["depth"].values[[300, -300]]
    inner = (depth > first) & (depth < last)
    np.testing.assert_allclose(reconstruction.levels(beta)[inner], 30, atol=0.02)
    tilted = reconstruction.levels(beta + 0.1)[inner] - 30
    decibels = 2 * 0.1 * scanner.center_frequency / 1e6 * depth[inner] * 100
    np.testing.assert_allclose(tilted, decibels, atol=0.02)


def attenuated_carrier(scanner, beta, samples=1600):
    """A carrier of amplitude 1 at the face, tapered at both ends: a step would spread in depth."""
    time = np.arange(samples) / scanner.sampling_frequency
    decibels = 2 * beta * scanner.center_frequency / 1e6 * scanner.depth(samples) * 100
    line = np.cos(2 * np.pi * scanner.center_frequency * time) * 10 ** (-decibels / 20)
    return build_frame(np.tile((line * tukey(samples, 0.3))[:, np.newaxis], 40), scanner, "p")


def sector_depth(reconstruction, scanner):
    """Depth [m] of each sector pixel."""
    z, x = np.meshgrid(reconstruction.z, reconstruction.x, indexing="ij")
    radius = scanner.probe_radius or np.inf
    depth = z if scanner.probe == "linear" else np.hypot(x, z + radius) - radius
    return depth[reconstruction.sector]


# Geometry


def point_target(scanner, sample, line, samples=2000, lines=97):
    """A frame that is silent but for one pulse."""
    time = (np.arange(samples) - sample) / scanner.sampling_frequency
    rf = np.zeros((samples, lines))
    rf[:, line] = 316 * gausspulse(time, scanner.center_frequency, bw=0.6)
    return build_frame(rf, scanner, "p")


@pytest.mark.parametrize("sample", [120, 900, 1850])
@pytest.mark.parametrize("line", [4, 48, 80])
def test_point_target_lands_where_geometry_says(scanner, scanner_with, sample, line):
    scanner = scanner_with(scanner, reference_level=0.0)
    frame = point_target(scanner, sample, line)
    image = reconstruct(frame, INITIAL | {"beta": 0.0}, rows=400)
    z, x = scanner.depth(2000)[sample], scanner.lines(97)
    if scanner.probe == "linear":
        x = x["lateral"][line]
    else:
        angle, reach = x["angle"][line], z + scanner.probe_radius
        z, x = reach * np.cos(angle) - scanner.probe_radius, reach * np.sin(angle)
    brightest = image["bmode"].where(image["bmode"] == image["bmode"].max(), drop=True)
    size = float(image["z"][1] - image["z"][0])
    assert float(brightest["z"].mean()) == pytest.approx(z, abs=size)
    assert float(brightest["x"].mean()) == pytest.approx(x, abs=size)
    assert brightest.max() > 150


def test_pixels_are_isotropic_and_just_hold_the_sector(scanner):
    frame = build_frame(np.ones((1200, 64)), scanner, "p")
    image = reconstruct(frame, INITIAL, rows=300)
    size = np.diff(image["z"])
    np.testing.assert_allclose(size, size[0], rtol=1e-9)
    np.testing.assert_allclose(np.diff(image["x"]), size[0], rtol=1e-9)
    assert image.sizes["z"] == 300
    rows, columns = np.nonzero(image["sector"].values)
    assert (rows.min(), rows.max()) == (0, 299)
    assert (columns.min(), columns.max()) == (0, image.sizes["x"] - 1)


def test_sector_of_a_convex_probe_ends_at_its_arcs_and_outer_lines(convex_scanner):
    frame = build_frame(np.ones((1200, 64)), convex_scanner, "p")
    image = reconstruct(frame, INITIAL, rows=300)
    reach = np.hypot(image["x"], image["z"] + 0.05).transpose("z", "x").values
    angle = np.arctan2(image["x"], image["z"] + 0.05).transpose("z", "x").values
    deepest = 0.05 + 1199 * 1540 / 24e6
    expected = (reach >= 0.05) & (reach <= deepest) & (abs(angle) <= 0.6)
    np.testing.assert_array_equal(image["sector"], expected)
    half = float(image["z"][1] - image["z"][0]) / 2
    assert float(image["z"][0]) - half == pytest.approx(0.05 * np.cos(0.6) - 0.05)
    assert float(image["z"][-1]) + half == pytest.approx(deepest - 0.05)
    assert float(image["x"][-1]) + half == pytest.approx(deepest * np.sin(0.6), abs=half)


def test_sector_of_a_linear_probe_is_the_picture(linear_scanner):
    image = reconstruct(build_frame(np.ones((1200, 64)), linear_scanner, "p"), INITIAL, rows=300)
    assert image["sector"].all()
    half = float(image["z"][1] - image["z"][0]) / 2
    assert float(image["z"][0]) - half == pytest.approx(0.002)
    assert float(image["x"][-1]) + half == pytest.approx(0.01905, abs=half)


def test_picture_is_black_outside_the_sector_and_where_nothing_echoes(scanner):
    silent = reconstruct(build_frame(np.zeros((1200, 64)), scanner, "p"), INITIAL, rows=100)
    assert not silent["bmode"].any()
    loud = reconstruct(build_frame(1e9 * np.ones((1200, 64)), scanner, "p"), INITIAL, rows=100)
    np.testing.assert_array_equal(loud["bmode"] == 255, loud["sector"])
    np.testing.assert_array_equal(loud["bmode"] == 0, ~loud["sector"])


# The fast reconstruction


def test_fast_reconstruction_agrees_with_the_obvious_one(noise_frame):
    rows = 512
    reconstruction = Reconstruction(noise_frame, rows)
    pictures = reconstruction.bmode(VECTORS)
    for picture, vector in zip(pictures, VECTORS, strict=True):
        slow = slow_reconstruction(noise_frame, reconstruction.z, reconstruction.x, *vector)
        apart = np.abs(picture.astype(int) - slow)
        assert np.mean(apart <= 1) >= 0.9999
        assert np.mean(apart == 0) >= 0.999
        assert np.std(slow) > 15


def slow_reconstruction(frame, z, x, beta, lower, upper):
    """The five steps of the paper, one after the other, in float64."""
    rf = frame["rf"].values.astype(float)
    depths, lines = frame["depth"].values, frame[frame["rf"].dims[1]].values
    padded = np.pad(rf, ((0, next_fast_len(2 * len(rf)) - len(rf)), (0, 0)))
    amplitude = np.abs(hilbert(padded, axis=0))[: len(rf)]
    decibels = 2 * beta * (frame.attrs["center_frequency"] / 1e6) * (depths * 100)
    compensated = amplitude * 10 ** (decibels / 20)[:, np.newaxis]
    zz, xx = np.meshgrid(z, x, indexing="ij")
    if "probe_radius" in frame.attrs:
        radius = frame.attrs["probe_radius"]
        depth, lateral = np.sqrt(xx**2 + (zz + radius) ** 2) - radius, np.arctan(xx / (zz + radius))
    else:
        depth, lateral = zz, xx
    row = (depth - depths[0]) / (depths[1] - depths[0])
    column = (lateral - lines[0]) / (lines[1] - lines[0])
    converted = map_coordinates(compensated, [row, column], order=1, mode="nearest")
    level = 20 * np.log10(np.maximum(converted, 1e-30)) + frame.attrs["reference_level"]
    grey = np.round(255 * (np.clip(level, lower, upper) - lower) / (upper - lower))
    inside = (row >= 0) & (row <= len(depths) - 1) & (column >= 0) & (column <= len(lines) - 1)
    return np.where(inside, grey, 0).astype(int)


@pytest.mark.parametrize(("samples", "lines", "most"), [(64, 2, 1e6), (20_000, 512, 4)])
def test_smallest_frame_and_a_large_one(scanner_with, convex_scanner, samples, lines, most):
    scanner = scanner_with(convex_scanner, sampling_frequency=40e6)
    frame = build_frame(np.random.default_rng(1).standard_normal((samples, lines)), scanner, "p")
    tracemalloc.start()
    picture = Reconstruction(frame, 64).bmode([0.9, 10, 55])[0]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(picture) == 64
    assert picture.any()
    assert peak <= most * frame["rf"].nbytes


def test_batch_equals_one_by_one_bit_for_bit(noise_frame):
    reconstruction = Reconstruction(noise_frame, 128)
    batch = reconstruction.bmode(VECTORS)
    assert batch.shape == (len(VECTORS), *reconstruction.sector.shape)
    for picture, vector in zip(batch, VECTORS, strict=True):
        np.testing.assert_array_equal(picture, Reconstruction(noise_frame, 128).bmode(vector)[0])
    np.testing.assert_array_equal(reconstruction.bmode(VECTORS[::-1]), batch[::-1])


def test_reconstruct_keeps_the_contract_of_an_image(noise_frame):
    image = reconstruct(noise_frame, INITIAL, rows=64)
    assert image["bmode"].dims == image["sector"].dims == ("z", "x")
    assert image["bmode"].dtype == np.uint8 and image["sector"].dtype == bool
    for name, value in INITIAL.items():
        assert image[name].shape == () and image[name] == value
    assert image["beta"].attrs["units"] == "dB/(cm MHz)"
    assert image["z"].attrs["units"] == image["x"].attrs["units"] == "m"
    for name in image.variables:
        assert {"units", "long_name"} <= set(image[name].attrs)
    for name in ("patient", "label", "fat_fraction", "scanner", "gain_state"):
        assert image.attrs[name] == noise_frame.attrs[name]
    vector = [INITIAL[name] for name in PAPER_PARAMETERS]
    np.testing.assert_array_equal(image["bmode"], Reconstruction(noise_frame, 64).bmode(vector)[0])


# Parameters beyond the paper's

FURTHER = {
    "band_shift": 3e5,
    "band_sharpness": 1.0,
    "gain": 4.0,
    "slider_3": 5.0,
    "sound_speed_shift": -40.0,
    "zoom": 1.1,
    "aspect": 1.05,
    "gamma": 0.8,
    "median": 0.5,
    "lee": 0.5,
    "bilateral": 0.5,
    "edges": 0.5,
}


def test_neutral_parameters_change_no_bit(noise_frame):
    image = reconstruct(noise_frame, INITIAL | NEUTRAL, rows=64)
    paper = reconstruct(noise_frame, INITIAL, rows=64)
    np.testing.assert_array_equal(image["bmode"], paper["bmode"])
    assert set(PARAMETERS) <= set(image.coords)


@pytest.mark.parametrize("name", [name for name in FURTHER if name != "band_shift"])
def test_each_parameter_changes_the_picture(noise_frame, name):
    changed = reconstruct(noise_frame, INITIAL | {name: FURTHER[name]}, rows=64)
    paper = reconstruct(noise_frame, INITIAL, rows=64)
    assert np.array_equal(changed["sector"], paper["sector"]) or name in GEOMETRY
    assert np.mean(changed["bmode"] != paper["bmode"]) > 0.05
    assert changed[name] == FURTHER[name]


def test_vectors_may_come_in_any_order(noise_frame):
    """What a step keeps is used only while every parameter before it stays."""
    names = [*INITIAL, *FURTHER]
    start, end = [*INITIAL.values(), *FURTHER.values()], [0.8, 12, 54, *FURTHER.values()]
    vectors = [start]
    for column, name in enumerate(names):
        vector = list(start)
        vector[column] = end[column] if name in INITIAL else FURTHER[name] * 0.97
        vectors += [vector, start]
    reconstruction = Reconstruction(noise_frame, 48, names)
    pictures = reconstruction.bmode(vectors)
    for picture, vector in zip(pictures, vectors, strict=True):
        alone = Reconstruction(noise_frame, 48, names).bmode(vector)[0]
        np.testing.assert_array_equal(picture, alone)
    for changed in pictures[1::2]:
        assert (changed != pictures[0]).any()


def test_parameters_that_no_vector_has_stay_as_they_are_given(noise_frame):
    fixed = Reconstruction(noise_frame, 64, others=FURTHER)
    (picture,) = fixed.bmode([*INITIAL.values()])
    np.testing.assert_array_equal(
        picture, reconstruct(noise_frame, INITIAL | FURTHER, rows=64)["bmode"]
    )


def test_gain_is_a_shift_of_the_window(noise_frame):
    brighter = reconstruct(noise_frame, INITIAL | {"gain": 4}, rows=64)["bmode"].astype(int)
    shifted = INITIAL | {"alpha_lower": 6, "alpha_upper": 51}
    by_window = reconstruct(noise_frame, shifted, rows=64)["bmode"]
    np.testing.assert_allclose(brighter, by_window, atol=1)


def test_sliders_in_a_row_are_attenuation_compensation(noise_frame):
    """Both are straight lines in decibels over depth."""
    depth = noise_frame["depth"].values
    per_metre = 2 * 0.4 * noise_frame.attrs["center_frequency"] / 1e6 * 100
    curve = per_metre * np.linspace(depth[0], depth[-1], len(SLIDERS))
    reconstruction = Reconstruction(noise_frame, 64)
    by_sliders = reconstruction.levels(0.5, **dict(zip(SLIDERS, curve, strict=True)))
    np.testing.assert_allclose(by_sliders, reconstruction.levels(0.9), atol=1e-3)


def test_assumed_sound_speed_moves_a_target_in_depth(convex_scanner):
    samples = np.full((1200, 64), 1e-9)
    samples[600:604] = 1
    frame = build_frame(samples, convex_scanner, "p")
    shown = {
        shift: reconstruct(frame, INITIAL | {"beta": 0, "sound_speed_shift": shift}, 400)["bmode"]
        for shift in (0, -77)  # from 1540 m/s
    }
    axis = {shift: image.sel(x=0, method="nearest") for shift, image in shown.items()}
    depths = {shift: float(line.idxmax()) for shift, line in axis.items()}
    assert depths[0] == pytest.approx(frame["depth"].values[601], abs=5e-4)
    assert depths[-77] / depths[0] == pytest.approx(0.95, abs=0.01)


def test_zoom_and_aspect_move_a_target_away_from_the_middle(linear_scanner):
    samples = np.full((1200, 64), 1e-9)
    samples[700:704, 40:42] = 1
    frame = build_frame(samples, linear_scanner, "p")
    start = INITIAL | {"beta": 0}

    def target(**magnification):
        image = reconstruct(frame, start | magnification, rows=400)
        row, column = np.unravel_index(image["bmode"].values.argmax(), image["bmode"].shape)
        middle = (image["z"].values[[0, -1]].mean(), image["x"].values[[0, -1]].mean())
        return np.subtract((image["z"].values[row], image["x"].values[column]), middle)

    paper = target()
    assert (paper > 1e-3).all()
    np.testing.assert_allclose(target(zoom=1.5), 1.5 * paper, atol=5e-4)
    np.testing.assert_allclose(target(aspect=1.5), paper * [1, 1.5], atol=5e-4)
    np.testing.assert_allclose(target(zoom=0.8, aspect=1.5), paper * [0.8, 1.2], atol=5e-4)


def test_sector_is_that_of_the_picture(convex_scanner):
    frame = build_frame(1e9 * np.ones((1200, 64)), convex_scanner, "p")
    smaller = reconstruct(frame, INITIAL | {"zoom": 0.8}, rows=64)
    np.testing.assert_array_equal(smaller["sector"], smaller["bmode"] > 0)
    assert smaller["sector"].sum() < reconstruct(frame, INITIAL, rows=64)["sector"].sum()


def test_demodulated_frames_take_every_parameter(convex_scanner):
    random = np.random.default_rng(3)
    samples = random.standard_normal((1200, 16)) + 1j * random.standard_normal((1200, 16))
    frame = build_frame(samples, convex_scanner, "p")
    image = reconstruct(frame, INITIAL | FURTHER, rows=48)
    assert image["bmode"].values[image["sector"].values].std() > 0


# Steps, and what is kept of them


def test_steps_are_kept_until_a_parameter_before_them_changes(noise_frame):
    reconstruction = Reconstruction(noise_frame, 48)
    amplitude, placed = reconstruction.envelope(), reconstruction.amplitudes()
    level = reconstruction.levels(0.9)
    assert reconstruction.levels(0.9) is level
    assert reconstruction.levels(0.8) is not level
    assert reconstruction.levels(0.9) is not level  # one is kept, not all
    assert reconstruction.amplitudes() is placed
    assert reconstruction.amplitudes(zoom=1.1) is not placed
    assert reconstruction.amplitudes() is not placed
    assert reconstruction.envelope() is amplitude
    assert reconstruction.envelope(band_sharpness=1.0) is not amplitude
    assert reconstruction.envelope() is not amplitude


def test_samples_and_envelope_are_those_behind_the_band_pass(noise_frame):
    plain = Reconstruction(noise_frame, 48)
    np.testing.assert_array_equal(plain.samples(), noise_frame["rf"])
    np.testing.assert_array_equal(plain.envelope(), envelope(noise_frame["rf"].values))
    narrow = plain.samples(band_sharpness=2.0)
    assert narrow.std() < 0.5 * plain.samples().std()
    np.testing.assert_array_equal(plain.envelope(band_sharpness=2.0), envelope(narrow))
    fixed = Reconstruction(noise_frame, 48, others={"band_sharpness": 2.0})
    np.testing.assert_array_equal(fixed.samples(), narrow)
    np.testing.assert_array_equal(fixed.envelope(), envelope(narrow))
    np.testing.assert_array_equal(fixed.envelope(band_sharpness=0.0), plain.envelope())


@pytest.mark.parametrize("vector", [[0.9, 10], [0.9, 10, 55, 1]])
def test_vector_of_another_length_is_an_error(noise_frame, vector):
    reconstruction = Reconstruction(noise_frame, 48)
    with pytest.raises(ValueError, match="argument"):
        reconstruction.bmode(vector)
    liver = np.zeros(noise_frame["rf"].shape, bool)
    marked = noise_frame.assign(liver=(noise_frame["rf"].dims, liver))
    with pytest.raises(ValueError, match="argument"):
        Reconstruction(marked, 48).liver(vector)


def test_constant_amplitude_is_one_level_on_the_whole_picture(convex_scanner):
    """Interpolation of equal samples changes nothing, and every pixel has the level by hand."""
    frame = build_frame(np.full((600, 32), 1000.0, complex), convex_scanner, "p")
    reconstruction = Reconstruction(frame, 64)
    expected = 60 + convex_scanner.reference_level
    np.testing.assert_allclose(reconstruction.levels(0.0), expected, atol=1e-4)
    np.testing.assert_allclose(reconstruction.levels(0.0, gain=3.0), expected + 3, atol=1e-4)
    place = reconstruction.amplitudes().place
    sliders = dict.fromkeys([f"slider_{number}" for number in range(1, 9)], 5.0)
    np.testing.assert_allclose(reconstruction.levels(0.0, **sliders), expected + 5, atol=1e-4)
    assert place.min() >= 0 and place.max() <= 599


@pytest.mark.parametrize("zoom", [1.0, 1.5])
def test_empty_samples_are_black_and_outside_the_sector(noise_frame, zoom):
    """Padding and a dead line; everything else keeps its grey level."""
    samples = noise_frame["rf"].values.copy()
    samples[900:] = samples[:, 20] = 0
    holed = noise_frame.assign(rf=(noise_frame["rf"].dims, samples))
    vector = [0.9, 10, 55]
    whole, part = (Reconstruction(f, 128, others={"zoom": zoom}) for f in (noise_frame, holed))
    lost = whole.sector & ~part.sector
    assert 0.1 < lost.sum() / whole.sector.sum() < 0.6
    assert not (part.sector & ~whole.sector).any()
    (before,), (after,) = whole.bmode(vector), part.bmode(vector)
    assert (after[lost] == 0).all() and (before[lost] > 0).any()
    apart = np.abs(before.astype(int) - after)[part.sector]
    assert np.median(apart) == 0
    assert len(part.levels(0.9)) == part.sector.sum()


def test_silent_frame_keeps_its_sector(noise_frame):
    silent = noise_frame.assign(rf=noise_frame["rf"] * 0)
    sectors = [Reconstruction(frame, 32).sector for frame in (noise_frame, silent)]
    np.testing.assert_array_equal(*sectors)
