"""Files written by ITK, and headers changed by hand at the places of nifti1.h and nifti2.h."""

import gzip
import struct

import numpy as np
import pytest
import SimpleITK

from reconattack.errors import InputError
from reconattack.readers.formats import read_image_file, read_recording
from reconattack.readers.layout import Layout

RANDOM = np.random.default_rng(0)
PHASE, PEAK = RANDOM.uniform(0, 6, (3, 1, 6)), RANDOM.uniform(450, 900, (3, 1, 6))
RF = (PEAK * np.cos(1.47 * np.arange(80)[:, np.newaxis] + PHASE)).astype(np.int16)


def write_itk(path, samples, spacing=()):
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(samples.swapaxes(-1, -2)))
    if spacing:
        image.SetSpacing(spacing)
    SimpleITK.WriteImage(image, str(path))
    return path


def changed(path, place, form, *values):
    content = bytearray(path.read_bytes())
    struct.pack_into(form, content, place, *values)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", ["rf.nii", "rf.NII", "rf.nii.gz"])
@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "u2", "f4", "f8"])
def test_frames_of_itk(tmp_path, name, dtype):
    samples = (RF // 8 + 10_000 * (dtype == "u2")).astype(dtype)
    write_itk(tmp_path / name.lower(), samples).rename(tmp_path / name)
    reader, recording = read_recording(tmp_path / name, 3)
    assert reader == "nifti"
    assert recording.samples.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(recording.samples, samples)
    assert (recording.sample_spacing, recording.line_spacing) == (None, None)


def test_single_frame(tmp_path):
    path = write_itk(tmp_path / "rf.nii", RF[0])
    np.testing.assert_array_equal(read_recording(path, 1)[1].samples, RF[:1])


def test_frames_along_the_fourth_axis(tmp_path):
    image = SimpleITK.JoinSeries(
        [SimpleITK.JoinSeries([SimpleITK.GetImageFromArray(frame.T.copy())]) for frame in RF]
    )
    SimpleITK.WriteImage(image, str(tmp_path / "rf.nii"))
    np.testing.assert_array_equal(read_recording(tmp_path / "rf.nii", 3)[1].samples, RF)


def test_complex_samples_are_iq(tmp_path):
    iq = (RF[0] + 1j * RF[1]).astype(np.complex64)
    image = SimpleITK.GetImageFromArray(iq.T.copy())
    SimpleITK.WriteImage(image, str(tmp_path / "iq.nii"))
    np.testing.assert_array_equal(read_recording(tmp_path / "iq.nii", 1)[1].samples, [iq])


@pytest.mark.parametrize(("unit", "metre"), [(1, 1.0), (2, 1e-3), (3, 1e-6), (2 + 8, 1e-3)])
def test_distances_have_the_unit_that_the_file_states(tmp_path, unit, metre):
    path = write_itk(tmp_path / "rf.nii", RF, (0.02, 0.25, 1.0))
    _, recording = read_recording(changed(path, 123, "B", unit), 3)
    assert recording.sample_spacing == pytest.approx(0.02 * metre)
    assert recording.line_spacing == pytest.approx(0.25 * metre)


def test_distances_without_a_unit_are_told_and_not_used(tmp_path):
    path = changed(write_itk(tmp_path / "rf.nii", RF, (0.02, 0.25, 1.0)), 123, "B", 0)
    _, recording = read_recording(path, 3)
    assert recording.sample_spacing is None
    assert recording.notes == ("distances without a unit of length (xyzt_units) are not used",)


def test_slope_and_intercept_are_applied(tmp_path):
    path = changed(write_itk(tmp_path / "rf.nii", RF), 112, "<2f", 0.5, -3)
    np.testing.assert_array_equal(read_recording(path, 3)[1].samples, 0.5 * RF - 3)
    assert np.array_equal(
        SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path))).mT, 0.5 * RF - 3
    )
    for none in ((0, 7), (1, 0)):
        path = changed(path, 112, "<2f", *none)
        np.testing.assert_array_equal(read_recording(path, 3)[1].samples, RF)


def test_version_2(tmp_path):
    """Written by hand: ITK does not read this version."""
    header = bytearray(544)
    struct.pack_into("<i8s2h", header, 0, 540, b"n+2\0\r\n\x1a\n", 4, 16)
    struct.pack_into("<8q", header, 16, 3, 80, 6, 3, 1, 1, 1, 1)
    struct.pack_into("<8d", header, 104, 1, 0.02, 0.25, 1, 1, 1, 1, 1)
    struct.pack_into("<q2d", header, 168, 544, 2, 1)
    struct.pack_into("<i", header, 500, 2)
    path = tmp_path / "rf.nii"
    path.write_bytes(header + RF.mT.tobytes())
    _, recording = read_recording(path, 3)
    np.testing.assert_array_equal(recording.samples, 2 * RF + 1.0)
    assert recording.sample_spacing == pytest.approx(2e-5)


def test_big_endian_file(tmp_path):
    header = bytearray(352)
    struct.pack_into(">i", header, 0, 348)
    struct.pack_into(">8h", header, 40, 2, 80, 6, 1, 1, 1, 1, 1)
    struct.pack_into(">2h", header, 70, 4, 16)
    struct.pack_into(">8f", header, 76, *[1] * 8)
    struct.pack_into(">f", header, 108, 352)
    header[344:348] = b"n+1\0"
    (tmp_path / "rf.nii").write_bytes(header + RF[0].T.astype(">i2").tobytes())
    np.testing.assert_array_equal(read_recording(tmp_path / "rf.nii", 1)[1].samples, RF[:1])


def test_stated_axes_count(tmp_path):
    path = tmp_path / "rf.nii"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(RF[0]), str(path))
    with pytest.raises(
        InputError, match=r"rf\.nii: 6 samples and 80 lines: more lines than samples"
    ):
        read_recording(path, 1)
    _, recording = read_recording(path, 1, layout=Layout(axes="sample,line"))
    np.testing.assert_array_equal(recording.samples, RF[:1])


REFUSED = {
    "colours": (70, "<h", (128,), r"datatype is 128 \(RGB24\); expected one number a sample"),
    "long doubles": (70, "<h", (1536,), r"datatype is 1536 \(not known here\)"),
    "no axes": (40, "<h", (0,), "dim is empty; expected 1 to 7 axes"),
    "length of zero": (42, "<h", (0,), "dim is 0 x 6 x 3; expected 1 to 7 axes of lengths from 1"),
    "more samples": (
        46,
        "<h",
        (4,),
        r"truncated: 3232 bytes; its header declares 4192 \(dim 80 x 6",
    ),
    "no offset": (108, "<f", (0.0,), "vox_offset is 0; expected a place from 1"),
    "infinite slope": (
        112,
        "<2f",
        (np.inf, 0),
        "scl_slope is inf and scl_inter 0; expected finite",
    ),
    "pair": (344, "4s", (b"ni1\0",), r"the header of a NIfTI pair \(\.hdr and \.img\); expected"),
    "other magic": (344, "4s", (b"abcd",), "no NIfTI file: it does not begin with a header of 348"),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("case", REFUSED)
def test_header_that_cannot_be_used(tmp_path, case, packed):
    place, form, values, words = REFUSED[case]
    path = changed(write_itk(tmp_path / "rf.nii", RF), place, form, *values)
    if packed:
        path = tmp_path / "rf.nii.gz"
        path.write_bytes(gzip.compress((tmp_path / "rf.nii").read_bytes()))
        words = words.replace("truncated: 3232 bytes; its header declares 4192 ", ".* 4192 bytes|")
    with pytest.raises(InputError, match=rf"rf\.nii.*: .*({words})"):
        read_recording(path, 3)


@pytest.mark.parametrize("name", ["rf.nii", "rf.nii.gz"])
@pytest.mark.parametrize("kept", [0, 5, 40, 700])
def test_truncated_file(tmp_path, name, kept):
    path = write_itk(tmp_path / name, RF)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match=rf"{name}: "):
        read_recording(path, 3, "nifti")


def test_other_packed_files_are_left_alone(tmp_path):
    (tmp_path / "scan.tar.gz").write_bytes(gzip.compress(bytes(2000)))
    with pytest.raises(InputError, match=r"scan\.tar\.gz: no reader of frames takes this file"):
        read_recording(tmp_path / "scan.tar.gz", 1)


@pytest.mark.parametrize("packed", [False, True])
def test_content_under_another_suffix(tmp_path, packed):
    path = write_itk(tmp_path / ("rf.nii.gz" if packed else "rf.nii"), RF)
    path.rename(tmp_path / "rf.0001")
    reader, recording = read_recording(tmp_path / "rf.0001", 3)
    assert reader == "nifti"
    np.testing.assert_array_equal(recording.samples, RF)


@pytest.mark.parametrize("spacing", [None, (0.2, 0.3, 1.0)])
def test_images(tmp_path, images, spacing):
    image = SimpleITK.GetImageFromArray(images)
    if spacing:
        image.SetSpacing(spacing)
    SimpleITK.WriteImage(image, str(tmp_path / "us.nii.gz"))
    reader, file = read_image_file(tmp_path / "us.nii.gz", 3)
    assert reader == "nifti"
    np.testing.assert_array_equal(file.pixels, images)
    assert file.pixel_size == (pytest.approx((3e-4, 2e-4)) if spacing else None)


@pytest.mark.parametrize(
    ("place", "form", "values", "words"),
    [
        (124, "<2f", (200, 20), "cal_min is 20 and cal_max 200; expected 0 and 255, or 0 and 0"),
        (112, "<2f", (2, 0), "the pixels are of type .*; expected 8-bit grey levels"),
    ],
)
def test_images_that_are_shown_otherwise(tmp_path, images, place, form, values, words):
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(images), str(tmp_path / "us.nii"))
    with pytest.raises(InputError, match=words):
        read_image_file(changed(tmp_path / "us.nii", place, form, *values), 3)
