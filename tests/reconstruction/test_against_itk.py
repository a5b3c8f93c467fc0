"""The five steps on the real frames, beside ITK's public filters of the same steps.

ITK has no Hilbert transform of lines; its Fourier transforms make one. Scan conversion is its
linear resampling through a displacement field, compression its Log10 and intensity window.
"""

import numpy as np
import pytest
import SimpleITK

from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.reconstruction.steps import envelope
from tests.real_frames import beef_frame, mouse_frames

SETTINGS = [[0.9, 10, 55], [0.3, 10, 55], [0.5, 5, 60], [1.3, 15, 50], [0.0, 0, 45.5]]


@pytest.fixture(scope="module", params=["beef", "mouse"])
def frame(request, real_data):
    """A convex and a linear one."""
    return beef_frame(real_data) if request.param == "beef" else mouse_frames(real_data)[2]


@pytest.fixture(scope="module")
def itk_amplitude(frame):
    """Amplitude of each line, float64 (depth, line)."""
    samples = frame["rf"].values.astype(float)
    depths, lines = samples.shape
    # ITK's transform takes sizes of the factors 2, 3 and 5. Zeros beside the lines change nothing.
    padded = np.zeros((2 * depths, 2 ** int(np.ceil(np.log2(lines)))))
    padded[:depths, :lines] = samples
    spectrum = SimpleITK.GetArrayFromImage(
        SimpleITK.ForwardFFT(SimpleITK.GetImageFromArray(padded))
    )
    turned = -1j * np.sign(np.fft.fftfreq(len(padded)))
    turned[depths] = 0  # the highest frequency, of which sine and cosine cannot be told apart
    spectrum = SimpleITK.GetImageFromArray(spectrum * turned[:, np.newaxis])
    quadrature = SimpleITK.GetArrayFromImage(SimpleITK.InverseFFT(spectrum))[:depths, :lines]
    return np.hypot(samples, quadrature)


def test_envelope_is_the_one_that_itks_fourier_transforms_give(frame, itk_amplitude):
    apart = np.abs(envelope(frame["rf"].values) - itk_amplitude)
    assert apart.max() < 1e-6 * itk_amplitude.max()
    np.testing.assert_array_less(apart, 1e-6 * itk_amplitude + 1e-9 * itk_amplitude.max())


@pytest.mark.parametrize("setting", SETTINGS)
def test_picture_is_the_one_that_itks_filters_draw(frame, itk_amplitude, setting):
    beta, lower, upper = setting
    reconstruction = Reconstruction(frame, 512)
    (ours,) = reconstruction.bmode(setting)
    decibels = 2 * beta * frame.attrs["center_frequency"] / 1e6 * 100 * frame["depth"].values
    compensated = itk_amplitude * 10 ** (decibels / 20)[:, np.newaxis]
    converted = itk_scan_conversion(compensated, frame, reconstruction.z, reconstruction.x)
    level = (
        20 * SimpleITK.Log10(SimpleITK.Maximum(converted, 1e-30)) + frame.attrs["reference_level"]
    )
    grey = SimpleITK.Round(SimpleITK.IntensityWindowing(level, lower, upper, 0, 255))
    apart = np.abs(SimpleITK.GetArrayFromImage(grey) - ours)[reconstruction.sector]
    assert np.std(ours[reconstruction.sector]) > 15
    assert apart.max() <= 1
    assert np.mean(apart) < 1e-3


def itk_scan_conversion(samples, frame, z, x):
    """Samples (depth, line) resampled to the pixels at z and x [m], each told where to look."""
    lateral = frame[frame["rf"].dims[1]].values
    image = placed(SimpleITK.GetImageFromArray(samples), lateral, frame["depth"].values)
    zz, xx = np.meshgrid(z, x, indexing="ij")
    depth, across = zz, xx
    if "probe_radius" in frame.attrs:
        radius = frame.attrs["probe_radius"]
        depth, across = np.sqrt(xx**2 + (zz + radius) ** 2) - radius, np.arctan(xx / (zz + radius))
    field = placed(SimpleITK.GetImageFromArray(np.stack([across - xx, depth - zz], -1), True), x, z)
    grid = placed(SimpleITK.Image(len(x), len(z), SimpleITK.sitkFloat64), x, z)
    return SimpleITK.Resample(
        image, grid, SimpleITK.DisplacementFieldTransform(field), SimpleITK.sitkLinear
    )


def placed(image, x, z):
    image.SetOrigin((x[0], z[0]))
    image.SetSpacing((x[1] - x[0], z[1] - z[0]))
    return image
