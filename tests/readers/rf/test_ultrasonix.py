"""Files by the layout of the maker's public scripts; no real file was available."""

import struct

import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.frames.recording import recorded_frame
from reconattack.readers.formats import read_image_file, read_recording

RF = (
    np.random.default_rng(0).integers(-900, 900, (3, 80, 6)).astype(np.int16)
)  # (frame, sample, line)
DESCRIPTION = {
    **{"name": "sonix", "reference_level": 0.0, "probe": "linear", "lateral_span": 0.038},
    "sound_speed": 1540.0,
}


def content(frames, kind, width, height, tags=False, transmit=6_600_000, sampling=40_000_000):
    """A file of frames in the file's order; software of version 5 writes `tags`."""
    bits = 8 * frames.dtype.itemsize
    corners = (100, 20, 500, 20, 500, 420, 100, 420)
    numbers = (kind, len(frames), width, height, bits, *corners, 2, transmit, sampling, 31, 128, 0)
    parts = [
        (struct.pack("<i", number) if tags else b"") + frame.tobytes()
        for number, frame in enumerate(frames)
    ]
    return struct.pack("<19i", *numbers) + b"".join(parts)


def rf(**options):
    return content(np.ascontiguousarray(RF.swapaxes(1, 2)), 16, 6, 80, **options)


@pytest.mark.parametrize("tags", [False, True])
@pytest.mark.parametrize("name", ["scan.rf", "scan.RF"])
def test_samples_come_back_line_by_line(tmp_path, tags, name):
    (tmp_path / name).write_bytes(rf(tags=tags))
    reader, recording = read_recording(tmp_path / name, 3)
    assert reader == "ultrasonix"
    np.testing.assert_array_equal(recording.samples, RF)


def test_header_states_the_frequencies(tmp_path):
    (tmp_path / "scan.rf").write_bytes(rf())
    _, recording = read_recording(tmp_path / "scan.rf", 3)
    assert recording.facts == {"sampling_frequency": 40e6, "center_frequency": 6.6e6}
    frame = recorded_frame(recording, 1, DESCRIPTION, {"patient": "p"})
    assert frame.attrs["sampling_frequency"] == 40e6
    assert frame.attrs["notes"] == "Ultrasonix probe 2, line density 128"


def test_frequencies_of_zero_are_not_stated(tmp_path):
    (tmp_path / "scan.rf").write_bytes(rf(transmit=0, sampling=0))
    assert read_recording(tmp_path / "scan.rf", 3)[1].facts == {}


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (2, r"lines of an envelope \(\.bpr\)"),
        (4, r"finished pictures of 8 bits \(\.b8\)"),
        (512, r"colour Doppler RF \(\.crf\)"),
        (7, "type 7, which is not known here"),
    ],
)
def test_other_types_are_named(tmp_path, kind, words):
    (tmp_path / "scan.rf").write_bytes(content(RF.astype(np.uint8), kind, 6, 80))
    with pytest.raises(InputError, match=rf"an Ultrasonix file of .*{words}; expected type 16"):
        read_recording(tmp_path / "scan.rf", 3)


def test_other_length_than_the_header_states(tmp_path):
    (tmp_path / "scan.rf").write_bytes(rf()[:-2])
    message = (
        r"2878 bytes after the header; expected 2880 \(.*6\) or 2892 \(version 5\), of 3 frames"
    )
    with pytest.raises(InputError, match=message):
        read_recording(tmp_path / "scan.rf", 3)


def test_other_bits_than_rf_has(tmp_path):
    (tmp_path / "scan.rf").write_bytes(content(RF.astype(np.int32), 16, 6, 80))
    with pytest.raises(InputError, match="samples of 32 bits; expected 16 for type 16, RF"):
        read_recording(tmp_path / "scan.rf", 3)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (b"", "0 bytes; expected a header of 76"),
        (b"hello" * 20, r"its header states .* frames of .*; expected numbers from 1"),
        (bytes(200), "its header states 0 frames of 0 x 0 samples of 0 bits"),
    ],
)
def test_file_of_another_format(tmp_path, wrong, words):
    (tmp_path / "scan.rf").write_bytes(wrong)
    with pytest.raises(InputError, match=rf"scan\.rf: no Ultrasonix file: {words}"):
        read_recording(tmp_path / "scan.rf", 3)


@pytest.mark.parametrize("tags", [False, True])
def test_grey_pictures(tmp_path, images, tags):
    (tmp_path / "scan.b8").write_bytes(content(images, 4, 16, 12, tags=tags))
    reader, file = read_image_file(tmp_path / "scan.b8", 3)
    assert reader == "ultrasonix"
    np.testing.assert_array_equal(file.pixels, images)
    assert file.pixel_size is None


def test_pictures_of_32_bits(tmp_path, images):
    grey = images.astype("<u4") * 0x010101
    (tmp_path / "scan.b32").write_bytes(content(grey, 8, 16, 12))
    np.testing.assert_array_equal(read_image_file(tmp_path / "scan.b32", 3)[1].pixels, images)
    (tmp_path / "scan.b32").write_bytes(content(grey | 0xFF0000, 8, 16, 12))
    with pytest.raises(InputError, match="of the pixels are coloured"):
        read_image_file(tmp_path / "scan.b32", 3)


def test_lines_before_scan_conversion_are_no_picture(tmp_path, images):
    (tmp_path / "scan.bpr").write_bytes(content(images, 2, 16, 12))
    with pytest.raises(
        InputError, match=r"lines of an envelope .*; expected type 4, finished pict"
    ):
        read_image_file(tmp_path / "scan.bpr", 3)
