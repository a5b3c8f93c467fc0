import re
import subprocess
import sys

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
    )


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


def test_header_that_only_simpleitk_rejects(tmp_path, samples):
    path = write(tmp_path / "rf.mha", samples.astype(np.int16))
    path.write_bytes(path.read_bytes().replace(b"NDims = 3", b"NDims = 0"))
    with pytest.raises(InputError, match=r"rf\.mha: SimpleITK cannot read"):
        read_recording(path, FRAMES)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("NDims = 99999999999999999999999", "SimpleITK cannot read NDims = 9+ with DimSize"),
        ("TransformMatrix = 1 0 0 1e308 1 0 0 0 1", "TransformMatrix is '1 0 0 1e308 1 0 0 0 1'"),
        ("ElementSpacing = 1 nan 1", "ElementSpacing is '1 nan 1'; expected numbers of at most"),
        ("DimSize = 200 -16 2", "DimSize is '200 -16 2'; expected whole numbers from 1"),
        ("DimSize = 200 16 2\nDimSize = 200 16 2", "its header states 'DimSize' twice"),
    ],
)
def test_header_on_which_itk_would_crash_or_hang(tmp_path, samples, line, message):
    path = write(tmp_path / "rf.mha", samples.astype(np.int16))
    key = line.split(" = ")[0].encode()
    content = re.sub(rb"(?m)^" + key + rb" = .*$", line.encode(), path.read_bytes())
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"rf\.mha: {message}"):
        read_recording(path, FRAMES)


def test_pixels_of_several_channels(tmp_path):
    image = SimpleITK.GetImageFromArray(np.zeros((16, 200, 3), np.uint8), isVector=True)
    SimpleITK.WriteImage(image, str(tmp_path / "photo.mha"))
    with pytest.raises(InputError, match="2 dimensions of 3-channel MET_UCHAR; expected one real"):
        read_recording(tmp_path / "photo.mha", 1)


def test_spacing_is_that_of_samples_and_lines(tmp_path, samples):
    path = write(tmp_path / "rf.mha", samples.astype(np.int16), spacing=(0.0512, 0.3, 1.0))
    _, recording = read_recording(path, FRAMES)
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
