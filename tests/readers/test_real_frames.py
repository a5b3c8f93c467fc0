"""Real RF frames: does the picture have the geometry that the probe had?"""

import numpy as np
import pytest
import SimpleITK
import xarray as xr
from scipy.ndimage import uniform_filter, zoom
from scipy.stats import spearmanr

from reconattack.frames.frame import frame_samples
from reconattack.frames.quality import measured_frequency
from reconattack.reconstruction.drawing import reconstruct
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.reconstruction.steps import envelope
from tests.real_frames import (
    PLUS_CONVEX,
    PLUS_LINEAR,
    beef_frame,
    best_offset,
    mouse_frames,
    plus_frame,
    speckle_of,
)

INITIAL = {"beta": 0.9, "alpha_lower": 10.0, "alpha_upper": 55.0}
DRIFT = 0.5e6  # Hz; below it the mouse's frames hold drift, not echoes
FINER = 4  # steps of the linear interpolation from sample to sample


@pytest.fixture(scope="module")
def beef(real_data):
    return beef_frame(real_data)


@pytest.fixture(scope="module")
def mice(real_data):
    return mouse_frames(real_data)


def test_measured_frequencies_lie_in_the_bands_of_the_spectra(beef, mice):
    assert 2.20e6 < measured_frequency(beef) < 3.01e6
    assert all(5e6 < measured_frequency(mouse) < 15e6 for mouse in mice)


@pytest.fixture(scope="module")
def beef_picture(beef):
    return reconstruct(beef, INITIAL, rows=1024)


@pytest.fixture(scope="module")
def mouse_pictures(mice):
    """At 0.3 dB/(cm MHz), which makes the level of these frames even over depth."""
    return [reconstruct(frame, INITIAL | {"beta": 0.3}, rows=1024) for frame in mice]


def test_samples_arrive_as_depth_by_line(beef, mice):
    assert beef["rf"].shape == (2048, 241)
    assert [frame["rf"].shape for frame in mice] == [(1536, 128)] * 4
    assert float(beef["rf"].min()) == pytest.approx(-32768, abs=40)  # less its line's offset


def test_described_center_frequencies_are_the_spectra(beef, mice):
    for frame in [beef, *mice]:
        centroid = spectral_centroid(frame)
        assert centroid == pytest.approx(frame.attrs["center_frequency"], rel=0.03)


def spectral_centroid(frame):
    """Mean frequency [Hz] of the power above the drift."""
    rf = frame["rf"].values - frame["rf"].values.mean(axis=0)
    power = np.sum(
        np.abs(np.fft.rfft(rf * np.hanning(len(rf))[:, np.newaxis], axis=0)) ** 2, axis=1
    )
    frequency = np.fft.rfftfreq(len(rf), 1 / frame.attrs["sampling_frequency"])
    echo = frequency > DRIFT
    return np.average(frequency[echo], weights=power[echo])


# Geometry of the convex picture, measured in its mask


def test_fan_of_the_convex_frame(beef_picture):
    """The straight edges meet at the probe's centre, 26.4 mm behind the face, at 118.6 degrees."""
    left = outer_edge(beef_picture)
    upper = left[: left.argmin() - 2]
    z = beef_picture["z"].values[: len(upper)]
    slope, offset = np.polyfit(upper, z, 1)
    assert 2 * np.degrees(np.arctan(-1 / slope)) == pytest.approx(118.65, abs=0.2)
    assert offset == pytest.approx(-0.0264, abs=2e-4)
    np.testing.assert_allclose(outer_edge(beef_picture, right=True), -left, atol=1e-9)


def outer_edge(picture, right=False):
    """x [m] of the outermost sector pixel of each row."""
    sector = picture["sector"].values
    column = (
        sector.shape[1] - 1 - sector[:, ::-1].argmax(axis=1) if right else sector.argmax(axis=1)
    )
    return picture["x"].values[column]


def test_depth_range_of_the_convex_frame(beef_picture):
    axis = beef_picture.sel(x=0, method="nearest")
    inside = axis["z"].values[axis["sector"].values]
    size = float(np.diff(beef_picture["z"])[0])
    assert inside[0] == pytest.approx(0, abs=size)
    assert inside[-1] == pytest.approx(0.1315 - 0.0264, abs=size)
    # from the outer line's first sample to the deepest sample of the axis
    height = 0.1315 - 0.0264 * np.cos(np.radians(118.65 / 2))
    assert size == pytest.approx(height / 1024, rel=1e-3)
    assert beef_picture.sizes["x"] * size == pytest.approx(
        2 * 0.1315 * np.sin(np.radians(118.65 / 2)), rel=2e-3
    )


def test_depth_range_of_the_linear_frames(mouse_pictures):
    for picture in mouse_pictures:
        size = float(np.diff(picture["z"])[0])
        assert picture["sector"].sel(z=slice(7e-4, None)).all()
        assert not picture["sector"].sel(z=2e-4, method="nearest").any()  # the receiver is silent
        assert picture.sizes["z"] * size == pytest.approx(0.0197, rel=2e-3)
        assert picture.sizes["x"] * size == pytest.approx(0.0127, rel=4e-3)


# Speckle: as wide in the picture as on the scan lines, which are as far apart as its grains


def test_speckle_of_the_convex_frame_is_not_smeared(beef):
    block = {"near": 0.035, "far": 0.055, "half_width": 0.005}
    reach = (block["near"] + block["far"]) / 2 + beef.attrs["probe_radius"]
    picture = reconstruct(beef, INITIAL, rows=1536)
    check_speckle(beef, picture, reach * beef["angle"].values, **block)


def test_speckle_of_the_linear_frames_is_not_smeared(mice, mouse_pictures):
    block = {"near": 0.003, "far": 0.012, "half_width": 0.005}
    for frame, picture in zip(mice, mouse_pictures, strict=True):
        check_speckle(frame, picture, frame["lateral"].values, **block)


def check_speckle(frame, picture, position, near, far, half_width):
    """Compare the speckle's size along both axes in the picture and in the probe's coordinates."""
    picture = picture.sel(z=slice(near, far), x=slice(-half_width, half_width))
    size = float(np.diff(picture["z"])[0])
    found = speckle_widths(picture["bmode"].values.astype(float), size, size)
    across = np.abs(position) <= half_width
    down = (frame["depth"].values >= near) & (frame["depth"].values <= far)
    amplitude = envelope(frame["rf"].values)[np.ix_(down, across)]
    spacing = np.diff(frame["depth"])[0], np.diff(position)[0]
    scan_lines = speckle_widths(decibels(amplitude), *spacing)
    finer = speckle_widths(decibels(zoom(amplitude, FINER, order=1)), *(s / FINER for s in spacing))
    assert found == pytest.approx(finer, rel=0.12)
    assert found[0] < scan_lines[0] + 2 * size and found[1] < scan_lines[1] + spacing[1]


def decibels(amplitude):
    return 20 * np.log10(amplitude + 1)


def speckle_widths(level, *spacing):
    """Lag [m] along both axes at which the speckle's autocorrelation has fallen to one half."""
    speckle = level - uniform_filter(level, [int(4e-3 / step) for step in spacing])
    return tuple(half_lag(speckle, axis) * spacing[axis] for axis in (0, 1))


def half_lag(speckle, axis):
    speckle = np.moveaxis(speckle, axis, 0)
    last, lag, correlation = 1.0, 0, 1.0
    while correlation >= 0.5:
        lag, last = lag + 1, correlation
        correlation = np.mean(speckle[:-lag] * speckle[lag:]) / np.mean(speckle**2)
    return lag - 1 + (last - 0.5) / (last - correlation)


# The mouse's B-mode that came with the frames


def test_picture_of_the_mouse_lies_on_the_b_mode_that_came_with_it(real_data, mouse_pictures):
    """Every block of the picture is found again in place, but for one delay of the recording.

    The B-mode is 0.19 mm (15 samples) ahead at all depths; a wrong sampling frequency or pitch of
    1 % would spread the offsets over 5 rows or shift the outer lines.
    """
    given = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(real_data / "MouseLiverB.mha")))
    for number in (1, 2):
        picture = speckle_on_grid(mouse_pictures[number], given.shape[1:])
        blocks = [
            best_offset(picture[rows, columns], speckle_of(given[number]), rows, columns)
            for rows in (slice(row, row + 64) for row in range(32, 420, 64))
            for columns in (slice(8, 64), slice(64, 120))
        ]
        correlation, down, across = np.transpose(blocks)
        assert np.all(np.abs(down + 5) <= 1) and np.all(np.abs(across) <= 1), blocks
        assert np.median(correlation) > 0.5


def speckle_on_grid(picture, shape):
    """The picture's speckle at the pixels of the B-mode: 3 samples deep, one line wide."""
    z = (np.arange(shape[0]) * 3 + 1) * 1540 / 120e6
    x = (np.arange(shape[1]) - (shape[1] - 1) / 2) * 0.1e-3
    z = np.clip(z, *picture["z"].values[[0, -1]])
    x = np.clip(x, *picture["x"].values[[0, -1]])
    return speckle_of(picture["bmode"].astype(float).interp(z=z, x=x))


# PLUS's own pictures of its two IQ recordings: 0.15 and 0.2 mm a pixel, the face's middle given


@pytest.mark.parametrize(
    ("name", "scanner", "size", "face", "alpha_lower"),
    [
        ("BkCurvilinearScanConvertedData", PLUS_CONVEX, 0.15e-3, (53, 300), 30),
        ("UltrasonixLinearScanConvertedData", PLUS_LINEAR, 0.2e-3, (12, 119.25), 40),
    ],
)
def test_picture_lies_on_that_of_plus(real_data, name, scanner, size, face, alpha_lower):
    """The sector is that of PLUS, and every block is found in its place, within a pixel."""
    path = real_data / "plus" / f"{name}.igs.mha"
    given = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))
    setting = {"beta": 0.0, "alpha_lower": alpha_lower, "alpha_upper": alpha_lower + 60.0}
    picture = reconstruct(plus_frame(real_data, scanner), setting, rows=1100)
    z, x = (size * (np.arange(n) - zero) for n, zero in zip(given.shape, face, strict=True))
    sector = picture["sector"].astype(float).interp(z=z, x=x).fillna(0).values > 0.5
    reached = given > 0
    for axis in (0, 1):
        found, expected = (np.nonzero(part.any(axis))[0][[0, -1]] for part in (sector, reached))
        # PLUS leaves the ends of linear lines black, which its filter does not reach
        assert np.abs(found - expected).max() <= (3 if scanner is PLUS_LINEAR and axis else 1)
    grey = speckle_of(picture["bmode"].astype(float).interp(z=z, x=x).fillna(0))
    blocks = [
        best_offset(grey[rows, columns], speckle_of(given), rows, columns, most=(6, 6))
        for rows in (slice(row, row + 40) for row in range(20, given.shape[0] - 60, 40))
        for columns in (slice(column, column + 60) for column in range(30, given.shape[1] - 70, 60))
        if sector[rows, columns].all()
    ]
    correlation, down, across = np.transpose(blocks)
    assert len(blocks) >= 10
    assert np.all(np.abs(down) <= 1) and np.all(np.abs(across) <= 1), blocks
    assert np.median(correlation) > 0.5


def test_grey_levels_of_plus_rise_with_the_levels_of_its_recording(real_data):
    """At the same place in both, along one curve."""
    path = real_data / "plus" / "BkCurvilinearScanConvertedData.igs.mha"
    given = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path))).squeeze()
    reconstruction = Reconstruction(plus_frame(real_data, PLUS_CONVEX), 2 * len(given))
    levels = np.full(reconstruction.sector.shape, np.nan)
    levels[reconstruction.sector] = reconstruction.levels(beta=0)
    levels = xr.DataArray(levels, {"z": reconstruction.z, "x": reconstruction.x}, ("z", "x"))
    z, x = (0.15e-3 * (np.arange(n) - zero) for n, zero in zip(given.shape, (53, 300), strict=True))
    levels = levels.interp(z=z, x=x).values
    seen = np.isfinite(levels)
    place = ((levels[seen] - levels[seen].min()) // 3).astype(int)
    many = np.flatnonzero(np.bincount(place) >= 100)
    median = [np.median(given[seen][place == number]) for number in many]
    assert len(median) > 15
    assert (np.diff(median) > 0).all()
    assert spearmanr(levels[seen], given[seen]).statistic > 0.9


def test_linear_recording_of_plus_begins_at_the_probe(real_data):
    """Its file begins with the deepest samples; echoes are strongest at the probe's face."""
    amplitude = np.abs(frame_samples(plus_frame(real_data, PLUS_LINEAR))).mean(axis=1)
    assert amplitude[:20].mean() > 20 * amplitude[-20:].mean()
