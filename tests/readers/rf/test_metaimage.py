import re
import subprocess
import sys
import zlib

import numpy as np
import pytest
import SimpleITK

from reconattack.errors import InputError
from reconattack.readers.formats import read_recording
from reconattack.readers.layout import Layout

FRAMES, LINES, SAMPLES = 2, 16, 200


@pytest.fixture
def samples():
    """Distinct numbers, shape (frame, depth, line)."""
    return (
        np.random.default_rng(5)
        .permutation(FRAMES * SAMPLES * LINES)
        .reshape(FRAMES, SAMPLES, LINES)
    ) - FRAMES * SAMPLES * LINES // 2


def write(path, samples, spacing=(1.0, 1.0, 1.0), compressed=False):
    image = SimpleITK.GetImageFromArray(samples.swapaxes(-1, -2))
    image.SetSpacing(spacing[: image.GetDimension()])
    SimpleITK.WriteImage(image, str(path), useCompression=compressed)
    return path


@pytest.mark.parametrize("suffix", ["mha", "mhd", "MHA"])
@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_samples_come_back_as_depth_by_line(tmp_path, samples, suffix, compressed, dtype):
    samples = samples.astype(dtype)
    written = write(tmp_path / "rf.mha", samples, compressed=compressed)
    if suffix == "mhd":
        written = write(tmp_path / "rf.mhd", samples, compressed=compressed)
    path = written.rename(tmp_path / f"rf.{suffix}")
    reader, recording = read_recording(path, FRAMES)
    assert reader == "metaimage"
    assert recording.samples.dtype == dtype
    np.testing.assert_array_equal(recording.samples, samples)


def test_file_without_frame_axis_is_one_frame(tmp_path, samples):
    path = write(tmp_path / "rf.mha", samples[0].astype(np.int16))
    _, recording = read_recording(path, 1)
    np.testing.assert_array_equal(recording.samples, samples[:1])


def test_other_number_of_frames_than_declared(tmp_path, samples):
    path = write(tmp_path / "rf.mha", samples.astype(np.int16))
    with pytest.raises(InputError, match=r"rf\.mha: the file holds 2 frames, .* says 3"):
        read_recording(path, 3)


@pytest.mark.parametrize(
    ("compressed", "message"),
    [
        (False, "truncated: 9800 bytes of samples; its header declares 12800"),
        (True, "truncated or damaged: the compressed samples cannot be unpacked"),
    ],
)
def test_truncated_file(tmp_path, samples, compressed, message):
    path = write(tmp_path / "rf.mha", samples.astype(np.int16), compressed=compressed)
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(InputError, match=rf"rf\.mha: {message}"):
        read_recording(path, FRAMES)


@pytest.mark.parametrize("stated", [b"4294967295", b"9223372036854775807", b"-1", b"some", b"9"])
def test_stated_size_of_compressed_samples_is_that_of_the_file(tmp_path, samples, stated):
    path = write(tmp_path / "rf.mha", samples.astype(np.int16), compressed=True)
    header = re.sub(rb"(CompressedDataSize = )\d+", rb"\g<1>" + stated, path.read_bytes(), count=1)
    path.write_bytes(header)
    with pytest.raises(InputError, match="the compressed samples cannot be unpacked"):
        read_recording(path, 1, None, Layout())


def test_damaged_compressed_file(tmp_path, samples):
    path = write(tmp_path / "rf.mha", samples.astype(np.int16), compressed=True)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        read_recording(path, FRAMES)


@pytest.mark.parametrize("content", [b"", b"hello\nworld\n", b"\x89PNG\r\n\x1a\n", b"NDims = 3\n"])
def test_file_that_is_no_metaimage(tmp_path, content):
    path = tmp_path / "rf.mha"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"rf\.mha: not a MetaImage, or its header is cut short"):
        read_recording(path, 1)


def test_header_without_its_samples(tmp_path, samples):
    path = write(tmp_path / "rf.mhd", samples.astype(np.int16))
    (tmp_path / "rf.raw").unlink()
    with pytest.raises(InputError, match=r"rf\.mhd: its samples stand in rf\.raw"):
        read_recording(path, FRAMES)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("NDims = 0", "NDims is '0' with DimSize 200 16 2; expected as many dimensions"),
        ("ElementSpacing = 1 nan 1", "ElementSpacing is '1 nan 1'; expected numbers"),
        ("ElementSpacing = 1", "ElementSpacing is '1'; expected numbers"),
        (
            "ElementSpacing = 0.1 0 1",
            "ElementSpacing is '0.1 0 1' .* expected distances above 0 in",
        ),
        (
            "ElementSpacing = 0.1 1 1\nDistanceUnits = in",
            r"\(DistanceUnits in\); expected distances",
        ),
        ("DimSize = 200 -16 2", "DimSize is '200 -16 2'; expected whole numbers from 1"),
        ("DimSize = 200 16 2\nDimSize = 200 16 2", "its header states 'DimSize' twice"),
        ("DimSize = 100 16 2", "longer than its header declares: 12800 bytes of samples; .* 6400"),
        ("DimSize = 200 2 2 8", "200 2 2 8 samples of 1-channel MET_SHORT; expected one real"),
        ("BinaryData = False", "its samples stand as text"),
        ("HeaderSize = 4", "HeaderSize is '4'; expected -1 or"),
        ("HeaderSize = some", "HeaderSize is 'some'; expected -1 or"),
        ("ElementByteOrderMSB = True", "BinaryDataByteOrderMSB and ElementByteOrderMSB differ"),
        ("ElementDataFile = LIST", r"several files \(ElementDataFile is 'LIST'\); expected one"),
        ("ElementDataFile = f%03d.raw 1 9 1", "several files .* expected one: export the frames"),
        ("ElementToIntensityFunctionSlope = 0", "ElementToIntensityFunctionSlope is 0; expected a"),
        ("ElementToIntensityFunctionOffset = x", "FunctionOffset is 'x'; expected a number"),
        (
            "UltrasoundImageType = BRIGHTNESS",
            "UltrasoundImageType is 'BRIGHTNESS', a finished pict",
        ),
        ("UltrasoundImageType = RGB_COLOR", "UltrasoundImageType is 'RGB_COLOR', a finished pict"),
        ("UltrasoundImageType = RF", "UltrasoundImageType is 'RF'; expected RF_REAL, RF_IQ_LINE"),
        (
            "UltrasoundImageOrientation = AMF",
            "UltrasoundImageOrientation is 'AMF'; expected the dir",
        ),
    ],
)
def test_header_that_cannot_be_used(tmp_path, samples, line, message):
    path = with_fields(write(tmp_path / "rf.mha", samples.astype(np.int16)), line)
    with pytest.raises(InputError, match=rf"rf\.mha: .*{message}"):
        read_recording(path, FRAMES)


def with_fields(path, *lines):
    """Put lines into a header, each in the place of the line with its key if there is one."""
    header, last, data = path.read_bytes().partition(b"ElementDataFile = LOCAL\n")
    header, last = header.decode(), last.decode()
    for line in lines:
        key = line.split(" = ")[0]
        if key == "ElementDataFile":
            last = line + "\n"
            continue
        header = re.sub(rf"(?m)^{key} = .*\n", "", header) + line + "\n"
    path.write_bytes((header + last).encode() + data)
    return path


@pytest.mark.parametrize("compressed", [False, True])
def test_scale_of_the_samples_is_applied(tmp_path, samples, compressed):
    path = write(tmp_path / "rf.mha", samples.astype(np.int16), compressed=compressed)
    slope, offset = (f"ElementToIntensityFunction{name}" for name in ("Slope", "Offset"))
    with_fields(path, f"{slope} = 0.25", f"{offset} = -3")
    np.testing.assert_array_equal(read_recording(path, FRAMES)[1].samples, samples / 4 - 3)


@pytest.mark.parametrize("name", ["BinaryDataByteOrderMSB", "ElementByteOrderMSB"])
def test_big_endian_samples(tmp_path, samples, name):
    path = write(tmp_path / "rf.mha", samples.astype(np.int16).byteswap())
    path.write_bytes(path.read_bytes().replace(b"BinaryDataByteOrderMSB = False\n", b""))
    np.testing.assert_array_equal(
        read_recording(with_fields(path, f"{name} = True"), FRAMES)[1].samples, samples
    )


@pytest.mark.parametrize(("before", "stated"), [(0, 0), (100, 100), (33, -1)])
def test_bytes_before_the_samples(tmp_path, samples, before, stated):
    path = write(tmp_path / "rf.mhd", samples.astype(np.int16))
    raw = tmp_path / "rf.raw"
    raw.write_bytes(b"x" * before + raw.read_bytes())
    header, key, name = path.read_text().partition("ElementDataFile")
    path.write_text(f"{header}HeaderSize = {stated}\n{key}{name}")
    np.testing.assert_array_equal(read_recording(path, FRAMES)[1].samples, samples)


@pytest.mark.parametrize(("unit", "metres"), [("um", 1e-6), ("mm", 1e-3), ("cm", 1e-2)])
def test_spacing_has_the_unit_that_the_header_states(tmp_path, samples, unit, metres):
    path = write(tmp_path / "rf.mha", samples.astype(np.int16), spacing=(0.5, 3, 1))
    _, recording = read_recording(with_fields(path, f"DistanceUnits = {unit}"), FRAMES)
    assert recording.sample_spacing == pytest.approx(0.5 * metres)
    assert recording.line_spacing == pytest.approx(3 * metres)


def test_compressed_samples_that_end_too_early(tmp_path, samples):
    """SimpleITK takes such a file and returns what lies in the memory."""
    stream = zlib.compress(samples.astype("<i2").swapaxes(1, 2).tobytes()[:-200])
    header = "NDims = 3\nDimSize = 200 16 2\nElementType = MET_SHORT\nCompressedData = True\n"
    path = tmp_path / "rf.mha"
    path.write_bytes(f"{header}ElementDataFile = LOCAL\n".encode() + stream)
    with pytest.raises(InputError, match="truncated: 12600 bytes of samples; its header declares"):
        read_recording(path, FRAMES)


# The fields of PLUS


@pytest.mark.parametrize(
    ("orientation", "turn"),
    [
        ("FM", lambda stored: stored),
        ("NM", lambda stored: stored[..., ::-1]),
        ("FU", lambda stored: stored[:, ::-1]),
        ("NUA", lambda stored: stored[:, ::-1, ::-1]),
        ("MF", lambda stored: stored.swapaxes(1, 2)),
        ("UND", lambda stored: stored[:, ::-1, ::-1].swapaxes(1, 2)),
        ("XX", lambda stored: stored),
    ],
)
def test_axes_run_as_the_orientation_says(tmp_path, samples, orientation, turn):
    """Lines come out towards the marked side, samples away from the probe."""
    stored = turn(samples.astype(np.int16).swapaxes(1, 2))
    path = write(tmp_path / "rf.mha", stored.swapaxes(1, 2), spacing=(0.5, 0.2, 1))
    with_fields(path, f"UltrasoundImageOrientation = {orientation}")
    _, recording = read_recording(path, FRAMES)
    np.testing.assert_array_equal(recording.samples, samples)
    found = (recording.sample_spacing, recording.line_spacing)
    expected = (5e-4, 2e-4) if orientation[0] in "FNX" else (2e-4, 5e-4)
    assert found == pytest.approx(expected)


def test_axes_of_the_table_must_be_those_of_the_orientation(tmp_path, samples):
    path = write(tmp_path / "rf.mha", samples[:, ::-1].astype(np.int16))
    with_fields(path, "UltrasoundImageOrientation = NM")
    layout = Layout(axes="frame, line, sample reversed")
    np.testing.assert_array_equal(read_recording(path, FRAMES, None, layout)[1].samples, samples)
    with pytest.raises(
        InputError, match="Orientation NM the last two are line,sample reversed; co"
    ):
        read_recording(path, FRAMES, None, Layout(axes="frame,line,sample"))


@pytest.mark.parametrize("orientation", ["FM", "NU", "UF"])
@pytest.mark.parametrize("kind", ["RF_IQ_LINE", "RF_I_LINE_Q_LINE"])
def test_alternating_parts_become_complex_samples(tmp_path, samples, kind, orientation):
    iq = samples + 1j * (3 - 2 * samples)
    parts = np.stack([iq.real, iq.imag], -1).astype(np.int16)  # frame, sample, line, part
    parts = parts[:, :: -1 if "N" in orientation else 1, :: -1 if "U" in orientation else 1]
    if kind == "RF_IQ_LINE":
        stored = parts.swapaxes(2, 3).reshape(FRAMES, 2 * SAMPLES, LINES)
    else:
        stored = parts.reshape(FRAMES, SAMPLES, 2 * LINES)
    if orientation[0] in "MU":
        stored = stored.swapaxes(1, 2)
    path = write(tmp_path / "rf.mha", stored, spacing=(0.5, 0.2, 1))
    with_fields(
        path, f"UltrasoundImageType = {kind}", f"UltrasoundImageOrientation = {orientation}"
    )
    _, recording = read_recording(path, FRAMES)
    np.testing.assert_array_equal(recording.samples, iq)
    along, across = (0.2, 0.5) if orientation[0] in "MU" else (0.5, 0.2)
    along, across = (2 * along, across) if kind == "RF_IQ_LINE" else (along, 2 * across)
    assert recording.sample_spacing == pytest.approx(along * 1e-3)
    assert recording.line_spacing == pytest.approx(across * 1e-3)


@pytest.mark.parametrize(
    ("line", "count"), [("Offset = 0 -0.0 0", 0), ("Offset = 5 0 0", 1), ("Origin = 0 1e-3 0", 1)]
)
def test_place_in_space_is_noted(tmp_path, samples, line, count):
    path = write(tmp_path / "rf.mha", samples.astype(np.int16))
    path.write_bytes(path.read_bytes().replace(b"Offset = 0 0 0\n", b""))
    _, recording = read_recording(with_fields(path, line), FRAMES)
    assert len(recording.notes) == count
    assert all("is not used; state start_depth if" in note for note in recording.notes)


def test_parts_that_are_no_pairs(tmp_path, samples):
    path = write(tmp_path / "rf.mha", samples[:, :, 1:].astype(np.int16))
    with_fields(path, "UltrasoundImageType = RF_I_LINE_Q_LINE")
    with pytest.raises(InputError, match="but there are 15 lines; expected an even number"):
        read_recording(path, FRAMES)


def test_frames_along_the_fourth_axis(tmp_path, samples):
    path = with_fields(
        write(tmp_path / "rf.mha", samples.astype(np.int16)),
        *("NDims = 4", "DimSize = 200 16 1 2", "Seq_Frame0001_ImageStatus = INVALID"),
        "Seq_Frame0000_ImageStatus = OK",
    )
    _, recording = read_recording(path, FRAMES)
    np.testing.assert_array_equal(recording.samples, samples)
    assert recording.notes == ("frames marked as invalid: 1",)


def test_pixels_of_several_channels(tmp_path):
    image = SimpleITK.GetImageFromArray(np.zeros((16, 200, 3), np.uint8), isVector=True)
    SimpleITK.WriteImage(image, str(tmp_path / "photo.mha"))
    with pytest.raises(InputError, match="200 16 samples of 3-channel MET_UCHAR; expected"):
        read_recording(tmp_path / "photo.mha", 1)


def test_spacing_is_that_of_samples_and_lines(tmp_path, samples):
    path = write(tmp_path / "rf.mha", samples.astype(np.int16), spacing=(0.0512, 0.3, 1.0))
    _, recording = read_recording(path, FRAMES)
    assert (recording.sample_spacing, recording.line_spacing) == pytest.approx((51.2e-6, 3e-4))


def test_spacing_goes_with_the_axes_of_the_table(tmp_path, samples):
    path = write(tmp_path / "rf.mha", samples.swapaxes(1, 2).astype(np.int16), (0.3, 0.0512, 1.0))
    _, recording = read_recording(path, FRAMES, layout=Layout(axes="frame,sample,line"))
    assert (recording.sample_spacing, recording.line_spacing) == pytest.approx((51.2e-6, 3e-4))


def test_placeholder_spacing_says_nothing(tmp_path, samples):
    _, recording = read_recording(write(tmp_path / "rf.mha", samples.astype(np.int16)), FRAMES)
    assert recording.sample_spacing is None
    assert recording.line_spacing is None


def test_more_lines_than_samples_ask_for_the_axes(tmp_path, samples):
    path = write(tmp_path / "rf.mha", samples.swapaxes(1, 2).astype(np.int16))
    with pytest.raises(InputError, match="16 samples and 200 lines: more lines than samples"):
        read_recording(path, FRAMES)
    _, recording = read_recording(path, FRAMES, layout=Layout(axes="frame,sample,line"))
    np.testing.assert_array_equal(recording.samples, samples)


def test_unknown_suffix_is_named_with_the_known_ones(tmp_path):
    (tmp_path / "rf.dat").write_bytes(b"samples")
    with pytest.raises(
        InputError, match=r"no reader of frames takes this file; .* metaimage \(\.mha \.mhd\)"
    ):
        read_recording(tmp_path / "rf.dat", 1)


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"rf\.mha: expected a file, and there is none at"):
        read_recording(tmp_path / "rf.mha", 1)


def test_package_imports_nothing_heavy():
    code = "import reconattack, sys; print('numpy' in sys.modules, 'SimpleITK' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout == "False False\n"
