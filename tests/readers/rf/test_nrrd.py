"""Files written by ITK, and headers as the format's author describes them."""

import gzip

import numpy as np
import pytest
import SimpleITK

from reconattack.errors import InputError
from reconattack.frames.recording import recorded_frame
from reconattack.readers.formats import read_image_file, read_recording
from reconattack.readers.layout import Layout

RANDOM = np.random.default_rng(0)
PHASE, PEAK = RANDOM.uniform(0, 6, (3, 1, 6)), RANDOM.uniform(450, 900, (3, 1, 6))
RF = (PEAK * np.cos(1.47 * np.arange(80)[:, np.newaxis] + PHASE)).astype(np.int16)
DESCRIPTION = {
    **{"name": "s", "reference_level": 0.0, "probe": "linear", "sound_speed": 1540.0},
    "center_frequency": 5e6,
}
HEADER = {"type": "int16", "dimension": "2", "sizes": "80 6", "encoding": "raw", "endian": "little"}


def write_itk(path, samples, spacing=(), compressed=False):
    """Samples (frame, sample, line) or (sample, line)."""
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(samples.swapaxes(-1, -2)))
    if spacing:
        image.SetSpacing(spacing)
    SimpleITK.WriteImage(image, str(path), useCompression=compressed)


def write(path, samples, **fields):
    """A file by hand; samples (sample, line). A field of None is left out."""
    lines = [f"{name}: {value}" for name, value in (HEADER | fields).items() if value is not None]
    content = samples if isinstance(samples, bytes) else samples.T.tobytes()
    path.write_bytes("\n".join(["NRRD0005", *lines, "", ""]).encode() + content)
    return path


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("name", ["rf.nrrd", "rf.NRRD", "rf.nhdr"])
@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "u2", "f4", "f8"])
def test_frames_of_itk(tmp_path, compressed, name, dtype):
    samples = (RF // 8 + 10_000 * (dtype == "u2")).astype(dtype)
    path = tmp_path / name.lower()
    write_itk(path, samples, compressed=compressed)
    path.rename(tmp_path / name)
    reader, recording = read_recording(tmp_path / name, 3)
    assert reader == "nrrd"
    assert recording.samples.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(recording.samples, samples)
    assert (recording.sample_spacing, recording.line_spacing) == (None, None)


def test_single_frame_and_content_under_another_suffix(tmp_path):
    write_itk(tmp_path / "rf.nrrd", RF[0])
    (tmp_path / "rf.nrrd").rename(tmp_path / "rf.0001")
    reader, recording = read_recording(tmp_path / "rf.0001", 1)
    assert reader == "nrrd"
    np.testing.assert_array_equal(recording.samples, RF[:1])


def test_distances_of_itk_are_millimetres(tmp_path):
    write_itk(tmp_path / "rf.nrrd", RF, (0.01925, 0.2, 1.0))
    _, recording = read_recording(tmp_path / "rf.nrrd", 3)
    assert recording.sample_spacing == pytest.approx(1.925e-5)
    frame = recorded_frame(recording, 0, DESCRIPTION, {"patient": "p"})
    assert frame.attrs["sampling_frequency"] == pytest.approx(40e6)
    assert np.ptp(frame["lateral"].values) == pytest.approx(5 * 2e-4)


@pytest.mark.parametrize(
    ("fields", "spacing"),
    [
        ({"spacings": "0.1 0.2", "units": '"mm" "mm"'}, (1e-4, 2e-4)),
        ({"spacings": "0.1 0.2", "units": '"cm" "mm"'}, (1e-3, 2e-4)),
        ({"spacings": "nan 0.2", "units": '"mm" "mm"'}, (None, 2e-4)),
        ({"space directions": "(0,0.1) (0.2,0)", "space units": '"um" "um"'}, (1e-7, 2e-7)),
        ({"space directions": "none (0.2,0)", "space units": '"mm" "mm"'}, (None, 2e-4)),
        ({"spacings": "1 1", "units": '"mm" "mm"'}, (None, None)),
    ],
)
def test_stated_distances(tmp_path, fields, spacing):
    _, recording = read_recording(write(tmp_path / "rf.nrrd", RF[0], **fields), 1)
    found = recording.sample_spacing, recording.line_spacing
    assert found == tuple(step and pytest.approx(step) for step in spacing)


def test_distances_without_a_unit_are_told_and_not_used(tmp_path):
    _, recording = read_recording(write(tmp_path / "rf.nrrd", RF[0], spacings="0.1 0.2"), 1)
    assert recording.sample_spacing is None
    assert recording.notes == (
        "distances without a unit of length (space units, units) are not used",
    )


def test_place_in_space_is_told(tmp_path):
    path = write(tmp_path / "rf.nrrd", RF[0], **{"space origin": "(0,12.5)"})
    assert (
        "its place in space (space origin (0,12.5)) is not used" in read_recording(path, 1)[1].notes
    )


def test_stated_axes_count(tmp_path):
    path = write(tmp_path / "rf.nrrd", RF[0].T, sizes="6 80")
    with pytest.raises(
        InputError, match=r"rf\.nrrd: 6 samples and 80 lines: more lines than sampl"
    ):
        read_recording(path, 1)
    for axes, expected in (("sample,line", RF[0]), ("sample reversed,line", RF[0][::-1])):
        _, recording = read_recording(path, 1, layout=Layout(axes=axes))
        np.testing.assert_array_equal(recording.samples, [expected])


def test_complex_axis_is_iq(tmp_path):
    pairs = np.stack(
        [RF[0].T, RF[1].T], axis=-1
    )  # (line, sample, 2), the last axis first in the file
    path = tmp_path / "iq.nrrd"
    fields = {"dimension": 3, "sizes": "2 80 6", "kinds": "complex domain domain"}
    write(path, pairs.tobytes(), **fields)
    np.testing.assert_array_equal(read_recording(path, 1)[1].samples, [RF[0] + 1j * RF[1]])


def test_big_endian_samples_and_comments(tmp_path):
    path = write(tmp_path / "rf.nrrd", RF[0].astype(">i2"), endian="big", **{"# note": "x"})
    np.testing.assert_array_equal(read_recording(path, 1)[1].samples, RF[:1])


REFUSED = {
    "quantised": ({"old min": "-4"}, "states old min -4, which is not used here"),
    "skipped": ({"byte skip": "-1"}, "states byte skip -1, which is not used here"),
    "block": ({"type": "block"}, "type is 'block'; expected numbers of one kind"),
    "text": ({"encoding": "ascii"}, "encoding is 'ascii'; expected raw or gzip"),
    "no order": ({"endian": None}, "endian is not stated; expected little or big for int16"),
    "no sizes": ({"sizes": None}, "states no sizes, or is cut short"),
    "other dimension": ({"dimension": "3"}, "dimension is '3' and sizes '80 6'; expected as many"),
    "zero": ({"sizes": "0 6"}, "sizes '0 6'; expected as many whole numbers from 1"),
    "more samples": ({"sizes": "80 7"}, "960 bytes of samples; its header declares 1120"),
    "fewer samples": ({"sizes": "80 5"}, "960 bytes of samples; its header declares 800"),
    "damaged": ({"encoding": "gzip"}, "cannot be unpacked to the 960 bytes"),
    "colours": ({"kinds": "RGB-color domain"}, "the axes are of the kinds RGB-color, domain"),
    "kinds": ({"kinds": "domain"}, "its header states 1 kinds; expected 2"),
    "far away": ({"data file": "../rf.raw"}, r"its samples stand in '\.\./rf\.raw' \(data file\)"),
    "a list": (
        {"data file": "LIST"},
        r"its samples stand in 'LIST' \(data file\); expected the name",
    ),
    "distances": (
        {"spacings": "0.1", "units": '"mm"'},
        "its header states 1 distances; expected 2",
    ),
    "no number": ({"spacings": "x 1", "units": '"mm"'}, "spacings holds 'x'; expected numbers"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_header_that_cannot_be_used(tmp_path, case):
    fields, words = REFUSED[case]
    with pytest.raises(InputError, match=rf"rf\.nrrd: .*{words}"):
        read_recording(write(tmp_path / "rf.nrrd", RF[0], **fields), 1)


def test_field_that_stands_twice(tmp_path):
    path = write(tmp_path / "rf.nrrd", RF[0])
    path.write_bytes(path.read_bytes().replace(b"encoding", b"type: float\nencoding"))
    with pytest.raises(InputError, match=r"has the line 'type: float'; expected each field once"):
        read_recording(path, 1)


def test_gzip_that_unpacks_to_more_than_declared(tmp_path):
    packed = gzip.compress(RF[0].T.tobytes() + bytes(4))
    path = write(tmp_path / "rf.nrrd", packed, encoding="gzip")
    with pytest.raises(InputError, match="more than 960 bytes of samples; its header declares 960"):
        read_recording(path, 1)


@pytest.mark.parametrize("content", [b"", b"hello", b"NRRD0009\n", b"\x1f\x8b\x08" + bytes(300)])
def test_file_of_another_format(tmp_path, content):
    (tmp_path / "rf.nrrd").write_bytes(content)
    with pytest.raises(
        InputError, match=r"rf\.nrrd: no NRRD file: it does not begin with NRRD0001"
    ):
        read_recording(tmp_path / "rf.nrrd", 1)


@pytest.mark.parametrize("spacing", [None, (0.2, 0.3, 1.0)])
def test_images(tmp_path, images, spacing):
    image = SimpleITK.GetImageFromArray(images)
    if spacing:
        image.SetSpacing(spacing)
    SimpleITK.WriteImage(image, str(tmp_path / "us.nrrd"))
    reader, file = read_image_file(tmp_path / "us.nrrd", 3)
    assert reader == "nrrd"
    np.testing.assert_array_equal(file.pixels, images)
    assert file.pixel_size == (pytest.approx((3e-4, 2e-4)) if spacing else None)


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.float32])
def test_images_of_other_pixels_than_grey_levels_of_8_bits(tmp_path, images, dtype):
    image = SimpleITK.GetImageFromArray(images.astype(dtype))
    SimpleITK.WriteImage(image, str(tmp_path / "us.nrrd"))
    with pytest.raises(InputError, match=r"the pixels are of type .*; expected 8-bit grey levels"):
        read_image_file(tmp_path / "us.nrrd", 3)


# The fields of PLUS, which stand among those of the format or after ":="


@pytest.mark.parametrize("mark", [" ", "="])
def test_iq_of_plus_that_runs_towards_the_probe(tmp_path, mark):
    iq = RF[0] + 1j * RF[1]
    lines = np.stack([RF[0], RF[1]], -1).reshape(80, 12)[::-1]  # I and Q line by line
    path = write(tmp_path / "rf.nrrd", lines, sizes="80 12")
    content = path.read_bytes()
    fields = f"\nultrasound image type:{mark}RF_I_LINE_Q_LINE"
    fields += f"\nultrasound image orientation:{mark}NM\n\n"
    path.write_bytes(content.replace(b"\n\n", fields.encode(), 1))
    _, recording = read_recording(path, 1)
    np.testing.assert_array_equal(recording.samples, [iq])
    with pytest.raises(InputError, match="is 'RF_I_LINE_Q_LINE'; expected BRIGHTNESS or RGB_COLOR"):
        read_image_file(path, 1)


def test_picture_of_plus_is_no_frame_and_has_its_top_at_the_probe(tmp_path):
    rows = np.arange(24 * 16).reshape(24, 16).astype(np.uint8)
    fields = {"ultrasound image type": "BRIGHTNESS", "ultrasound image orientation": "MN"}
    header = {"type": "uint8", "sizes": "16 24", "endian": None}
    path = write(tmp_path / "us.nrrd", rows[::-1].T, **header, **fields)
    np.testing.assert_array_equal(read_image_file(path, 1)[1].pixels, [rows])
    with pytest.raises(InputError, match="UltrasoundImageType is 'BRIGHTNESS', a finished picture"):
        read_recording(path, 1)
