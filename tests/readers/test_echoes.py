import numpy as np
import pytest
import scipy.io
import SimpleITK
from scipy.signal import hilbert

from reconattack.errors import InputError
from reconattack.readers.echoes import check_echoes
from reconattack.readers.formats import read_recording
from reconattack.readers.layout import Layout

SAMPLES, LINES = 1200, 40


def rf(samples_per_period=8.0, bandwidth=0.5):
    """Narrow-band noise between -1 and 1, shape (frame, sample, line)."""
    noise = np.random.default_rng(3).standard_normal((1, SAMPLES, LINES))
    frequency = np.fft.rfftfreq(SAMPLES)[:, np.newaxis] * samples_per_period
    band = np.exp(-(((frequency - 1) / bandwidth) ** 2) / 0.36)  # -6 dB at half the bandwidth
    filtered = np.fft.irfft(np.fft.rfft(noise, axis=1) * band, SAMPLES, axis=1)
    return filtered / np.abs(filtered).max()


def envelope(values):
    return np.abs(hilbert(values, axis=1))


def grey_levels(values):
    return np.clip(255 + 255 / 50 * 20 * np.log10(envelope(values)), 0, 255)


GOOD = {
    "both signs": rf(),
    "uint16 about 8192": (8192 + 3000 * rf()).astype(np.uint16),
    "uint16 about 8192, large": (8192 + 8191 * rf()).astype(np.uint16),
    "uint16 over the whole range": np.clip(32768 + 60000 * rf(), 0, 65535).astype(np.uint16),
    "uint16 about 2048, weak": (2048 + 4 * rf()).round().astype(np.uint16),
    "white noise about 8192": (8192 + 300 * np.random.default_rng(1).standard_normal((1, 99, 9))),
    "nowhere positive": rf() - 1,
    "float, nowhere negative": rf() + 1,
    "drift": rf() + 3 + 2 * np.linspace(-1, 1, SAMPLES)[:, np.newaxis],
    "four samples a period": rf(4.0) + 1,
    "thirty samples a period": rf(30.0) + 1,
    "wide band": rf(6.0, bandwidth=0.9) + 1,
    "uint8 about 128": (128 + 100 * rf()).astype(np.uint8),
    "int8": (120 * rf()).astype(np.int8),
    "IQ with positive parts": (rf() + 2) * (1 + 1j),
    "IQ of envelopes": envelope(rf()) * (1 + 0j),
    "constant": np.full((1, 100, 5), 7),
    "not finite": np.full((1, 100, 5), np.nan),
    "too short to tell": envelope(rf())[:, :63],
}
PICTURES = {
    "envelope": envelope(rf()),
    "envelope, decimated": envelope(rf())[:, ::8],
    "uint16 envelope": (30000 * envelope(rf())).astype(np.uint16),
    "grey levels": grey_levels(rf()),
    "uint8 picture": grey_levels(rf()).astype(np.uint8),
    "uint8 picture without black": (200 + grey_levels(rf()) / 5).astype(np.uint8),
    "int8 picture": (grey_levels(rf()) - 128).astype(np.int8),
    "int16 picture": grey_levels(rf()).astype(np.int16),
    "decibels below zero": 20 * np.log10(envelope(rf()) / 2 + 1e-3),
    "rectified": np.abs(rf()),
    "power": rf() ** 2,
    "uint8 noise": np.random.default_rng(2).integers(0, 256, (1, 480, 64)).astype(np.uint8),
    "mask": (envelope(rf()) > 0.3).astype(np.int16),
}


@pytest.mark.parametrize("name", GOOD)
def test_echoes_and_iq_pass(name):
    check_echoes(GOOD[name])


@pytest.mark.parametrize("name", PICTURES)
def test_envelopes_and_pictures_are_refused(name):
    with pytest.raises(InputError, match="as in an envelope or a finished picture; expected RF"):
        check_echoes(PICTURES[name])


def test_message_tells_what_was_found():
    message = r"are real, nowhere negative \(uint16, \d+ to \d+\) and do not oscillate"
    with pytest.raises(InputError, match=message):
        check_echoes(PICTURES["uint16 envelope"])


@pytest.mark.parametrize(
    ("reader", "write", "layout"),
    [
        ("numpy", np.save, Layout()),
        ("matlab", lambda path, values: scipy.io.savemat(path, {"rf": values}), Layout()),
        (
            "binary",
            lambda path, values: values.tofile(path),
            Layout(
                dtype="uint16", shape=f"{SAMPLES},{LINES}", axes="sample,line", byte_order="little"
            ),
        ),
    ],
)
def test_readers_of_plain_arrays_ask(tmp_path, reader, write, layout):
    picture, echoes = tmp_path / "picture.npy", tmp_path / "rf.npy"
    write(picture, PICTURES["uint16 envelope"][0])
    write(echoes, GOOD["uint16 about 8192"][0])
    with pytest.raises(InputError, match=r"picture\.npy: the samples are real, nowhere negative"):
        read_recording(picture, 1, reader, layout)
    assert len(read_recording(echoes, 1, reader, layout)[1]) == 1


def test_real_pictures_are_refused_and_real_echoes_with_an_offset_are_not(real_data):
    pictures = [
        real_data / "MouseLiverB.mha",
        *sorted((real_data / "plus").glob("*ScanConvertedData*.mha")),
    ]
    for path in pictures:
        pixels = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))
        with pytest.raises(InputError, match="finished picture"):
            check_echoes(pixels.reshape(-1, *pixels.shape[-2:]))
    for name, count in (("EyeRoundOverChuck_5.0MHz_20V.mha", 1), ("MouseLiverRF.mha", 4)):
        samples = read_recording(real_data / name, count)[1].samples.astype(np.int64)
        check_echoes((samples - samples.min()).astype(np.uint32))
        with pytest.raises(InputError, match="finished picture"):
            check_echoes(envelope(samples))
