import dataclasses

import numpy as np
import pytest
import SimpleITK

from reconattack.errors import InputError
from reconattack.readers.formats import read_recording
from reconattack.readers.layout import Layout

LAYOUT = Layout(dtype="int16", shape="6,80", axes="line,sample", byte_order="little")
NUMBERS = np.random.default_rng(5).permutation(6 * 80).reshape(6, 80) - 240


def write(path, values, header=b""):
    path.write_bytes(header + values.tobytes())
    return path


def read(path, layout, frames=1):
    return read_recording(path, frames, reader="binary", layout=layout)[1].samples


def echoes(samples_per_period, amplitude, dtype="int16"):
    """Narrow-band noise, shape (line, sample), as RF is sampled."""
    noise = np.random.default_rng(2).standard_normal((32, 2000))
    spectrum = np.fft.rfft(noise, axis=1)
    frequency = np.fft.rfftfreq(2000)
    spectrum *= np.exp(-((frequency * samples_per_period - 1) ** 2) / 0.1)
    rf = np.fft.irfft(spectrum, axis=1)
    return np.round(rf / rf.std() * amplitude).clip(-32768, 32767).astype(dtype)


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("dtype", ["int16", "uint32", "int64", "float32", "complex64"])
@pytest.mark.parametrize("header", [b"", b"HEADER!"])
def test_samples_come_back_as_stated(tmp_path, order, dtype, header):
    values = (NUMBERS + 1000).astype(np.dtype(dtype).newbyteorder(order))
    path = write(tmp_path / "rf.dat", values, header)
    layout = dataclasses.replace(
        LAYOUT, dtype=dtype, byte_order=order, header_bytes=len(header) or None
    )
    np.testing.assert_array_equal(read(path, layout), [values.T])


def test_single_bytes_need_no_byte_order(tmp_path):
    values = echoes(5, 30, np.int8)[:6, :80].view(np.uint8) ^ 128
    layout = dataclasses.replace(LAYOUT, dtype="uint8", byte_order=None)
    np.testing.assert_array_equal(read(write(tmp_path / "rf.bin", values), layout), [values.T])


def test_several_frames_of_iq(tmp_path):
    values = np.arange(2 * 6 * 80 * 2, dtype="<i2").reshape(2, 6, 80, 2)
    layout = dataclasses.replace(LAYOUT, shape="2,6,80,2", axes="frame,line,sample,iq")
    samples = read(write(tmp_path / "rf.bin", values), layout, frames=2)
    expected = (values[..., 0] + 1j * values[..., 1]).swapaxes(1, 2)
    np.testing.assert_array_equal(samples, expected)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dtype": None}, "dtype is empty; expected one of int8, int16"),
        ({"dtype": "object"}, "dtype is object; expected one of"),
        ({"dtype": "S8"}, "dtype is S8; expected one of"),
        ({"byte_order": None}, "byte_order is empty; expected little or big for int16"),
        ({"shape": None}, "nobody states shape; expected"),
        ({"axes": None}, "nobody states axes; expected"),
        ({"shape": None, "axes": None}, "nobody states shape and axes; expected"),
        ({"shape": "6,eighty"}, "shape is 6,eighty; expected whole numbers"),
        ({"shape": "80,6", "axes": "line"}, r"axes is 'line' and .* \(80, 6\); expected one name"),
        ({"shape": "6,81"}, "960 bytes; expected 972: header_bytes 0, shape 6,81, 2 bytes"),
        ({"header_bytes": 1}, "960 bytes; expected 961: header_bytes 1"),
        ({"dtype": "float64"}, "960 bytes; expected 3840"),
        ({"shape": "1000000000,1000000000"}, "960 bytes; expected 2000000000000000000"),
    ],
)
def test_layout_that_does_not_fit(tmp_path, changes, message):
    path = write(tmp_path / "rf.bin", NUMBERS.astype("<i2"))
    with pytest.raises(InputError, match=rf"rf\.bin: {message}"):
        read(path, dataclasses.replace(LAYOUT, **changes))


def test_axis_of_length_zero(tmp_path):
    layout = dataclasses.replace(LAYOUT, shape="0,80")
    with pytest.raises(InputError, match=r"rf\.bin: .*\(0, 80\); expected no axis of length 0"):
        read(write(tmp_path / "rf.bin", np.zeros(0)), layout)


def test_empty_file(tmp_path):
    with pytest.raises(InputError, match=r"rf\.bin: 0 bytes; expected 960"):
        read(write(tmp_path / "rf.bin", np.zeros(0)), LAYOUT)


def test_file_is_never_taken_for_binary_unasked(tmp_path):
    path = write(tmp_path / "rf.bin", NUMBERS.astype("<i2"))
    with pytest.raises(InputError, match=r"no reader of frames takes this file; .*binary"):
        read_recording(path, 1, layout=LAYOUT)


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("dtype", ["int16", "int32"])
@pytest.mark.parametrize("samples_per_period", [4, 6, 16])
@pytest.mark.parametrize("amplitude", [20, 500, 5000])
def test_wrong_byte_order_is_named(tmp_path, order, dtype, samples_per_period, amplitude):
    values = echoes(samples_per_period, amplitude, np.dtype(dtype).newbyteorder(order))
    path = write(tmp_path / "rf.bin", values)
    right = dataclasses.replace(LAYOUT, dtype=dtype, shape="32,2000", byte_order=order)
    np.testing.assert_array_equal(read(path, right), [values.T])
    other = {"little": "big", "big": "little"}[order]
    with pytest.raises(InputError, match=rf"rf\.bin: as {other}-endian .* say {order} in"):
        read(path, dataclasses.replace(right, byte_order=other))


@pytest.mark.parametrize("shift", [4, 8])
def test_samples_shifted_to_the_high_bits_are_not_mistaken(tmp_path, shift):
    values = (echoes(4, 20).astype("<i2") << shift).astype("<i2")
    layout = dataclasses.replace(LAYOUT, shape="32,2000")
    np.testing.assert_array_equal(read(write(tmp_path / "rf.bin", values), layout), [values.T])


@pytest.mark.parametrize("name", ["MouseLiverRF.mha", "EyeRoundOverChuck_5.0MHz_20V.mha"])
def test_byte_order_of_real_frames(tmp_path, real_data, name):
    image = SimpleITK.ReadImage(str(real_data / name))
    values = SimpleITK.GetArrayFromImage(image).astype("<i2")
    values = values.reshape(-1, *values.shape[-2:])[0]
    path = write(tmp_path / "rf.bin", values)
    shape = ",".join(map(str, values.shape))
    np.testing.assert_array_equal(read(path, dataclasses.replace(LAYOUT, shape=shape)), [values.T])
    with pytest.raises(InputError, match="say little in the column byte_order"):
        read(path, dataclasses.replace(LAYOUT, shape=shape, byte_order="big"))
