"""Files written by ITK (GDCM) and by pydicom, and the real ultrasound files that come with it."""

import numpy as np
import pydicom
import pytest
import SimpleITK
from pydicom import examples
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLSLossless,
    RLELossless,
)

from reconattack.errors import InputError
from reconattack.readers.formats import read_image_file

SECTOR_OF_REAL_CINE = (60, 25, 270, 210)


@pytest.fixture
def write(tmp_path):
    """Write uint8 (frame, row, column) or (frame, row, column, 3) and any elements."""

    def write(pixels, name="us.dcm", syntax=ExplicitVRLittleEndian, **elements):
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = (
            "1.2.840.10008.5.1.4.1.1.3.1"
        )
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
        dataset.Rows, dataset.Columns = pixels.shape[1:3]
        dataset.NumberOfFrames = len(pixels)
        dataset.SamplesPerPixel = 3 if pixels.ndim == 4 else 1
        dataset.PhotometricInterpretation = "RGB" if pixels.ndim == 4 else "MONOCHROME2"
        if pixels.ndim == 4:
            dataset.PlanarConfiguration = 0
        dataset.BitsAllocated = dataset.BitsStored = pixels.dtype.itemsize * 8
        dataset.HighBit = dataset.BitsStored - 1
        dataset.PixelRepresentation = 0
        dataset["PixelData"] = pydicom.DataElement("PixelData", "OB", pixels.tobytes())
        for keyword, value in elements.items():
            setattr(dataset, keyword, value)
        path = tmp_path / name
        dataset.save_as(path, enforce_file_format=True)
        return path

    return write


def region(corners=(0, 0, 15, 11), deltas=(0.03, 0.02), units=(3, 3)):
    """An ultrasound region: left, top, right, bottom; down, across [cm]."""
    item = Dataset()
    for name, value in zip(("MinX0", "MinY0", "MaxX1", "MaxY1"), corners, strict=True):
        setattr(item, f"RegionLocation{name}", value)
    item.PhysicalDeltaY, item.PhysicalDeltaX = deltas
    item.PhysicalUnitsYDirection, item.PhysicalUnitsXDirection = units
    return item


def test_file_of_another_writer(tmp_path, image):
    path = tmp_path / "itk.dcm"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(image), str(path))
    reader, file = read_image_file(path, 1)
    assert reader == "dicom"
    np.testing.assert_array_equal(file.pixels, image[None])
    assert file.pixel_size is None


@pytest.mark.parametrize("name", ["us.dcm", "us.DCM", "us.dicom", "IM_0001"])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_frames_come_back_row_by_row(write, images, name, syntax):
    _, file = read_image_file(write(images, name, syntax), 3)
    assert file.pixels.dtype == np.uint8
    np.testing.assert_array_equal(file.pixels, images)


def test_run_length_encoding(write, images):
    path = write(images)
    dataset = pydicom.dcmread(path)
    dataset.compress(RLELossless)
    dataset.save_as(path)
    np.testing.assert_array_equal(read_image_file(path, 3)[1].pixels, images)


def test_low_grey_levels_are_white_in_monochrome1(write, images):
    path = write(images, PhotometricInterpretation="MONOCHROME1")
    np.testing.assert_array_equal(read_image_file(path, 3)[1].pixels, 255 - images)


def test_grey_pixels_in_three_channels(write, images):
    path = write(np.repeat(images[..., None], 3, axis=3))
    np.testing.assert_array_equal(read_image_file(path, 3)[1].pixels, images)


def test_grey_pixels_in_luminance_and_chrominance(write, images):
    pixels = np.stack([images, *2 * [np.full_like(images, 128)]], axis=3)
    path = write(pixels, PhotometricInterpretation="YBR_FULL")
    np.testing.assert_array_equal(read_image_file(path, 3)[1].pixels, images)


def test_box_keeps_its_pixels_alone(write, images):
    _, file = read_image_file(write(images), 3, box=(3, 2, 10, 9))
    np.testing.assert_array_equal(file.pixels, images[:, 2:9, 3:10])


def test_region_states_the_size_of_a_pixel(write, images):
    _, file = read_image_file(write(images, SequenceOfUltrasoundRegions=[region()]), 3)
    assert file.pixel_size == pytest.approx((3e-4, 2e-4))
    assert file.notes == ()


def test_region_of_the_box_counts_where_there_are_several(write, images):
    regions = [region((0, 0, 15, 3), (1, 1)), region((2, 4, 15, 11))]
    path = write(images, SequenceOfUltrasoundRegions=regions)
    assert read_image_file(path, 3, box=(2, 4, 16, 12))[1].pixel_size == pytest.approx((3e-4, 2e-4))
    _, whole = read_image_file(path, 3)
    assert whole.pixel_size is None
    assert "no ultrasound region covers the box" in whole.notes[0]


REGIONS = {
    "other units": ([region(units=(4, 3))], "states no size of a pixel in cm"),
    "zero": ([region(deltas=(0, 0.02))], "states no size of a pixel in cm"),
    "not a number": ([region(deltas=(float("nan"), 0.02))], "states no size of a pixel in cm"),
    "two sizes": ([region(), region(deltas=(0.04, 0.02))], "different sizes of a pixel"),
    "beyond the image": ([region((0, 0, 40, 30))], "regions beyond the image: resized"),
    "no region": ([], "no ultrasound region covers the box"),
}


@pytest.mark.parametrize("case", REGIONS)
def test_region_that_states_no_usable_size(write, images, case):
    regions, words = REGIONS[case]
    _, file = read_image_file(write(images, SequenceOfUltrasoundRegions=regions), 3)
    assert file.pixel_size is None
    assert words in file.notes[0]


def test_window_and_rescale_are_named_but_not_applied(write, images):
    path = write(images, WindowCenter=40, WindowWidth=80, RescaleSlope=2, RescaleIntercept=0)
    _, file = read_image_file(path, 3)
    np.testing.assert_array_equal(file.pixels, images)
    assert "not applied: RescaleSlope, RescaleIntercept, WindowCenter, Win" in file.notes[-1]


# Real files


def test_real_cine_in_its_box():
    """30 frames, JPEG, YBR_FULL_422, a green marker; its region was not resized."""
    path = examples.get_path("ybr_color")
    _, file = read_image_file(path, 30, box=SECTOR_OF_REAL_CINE)
    assert file.pixels.shape == (30, 185, 210)
    assert 5 < file.pixels.mean() < 60
    assert len(np.unique(file.pixels, axis=0)) > 1
    assert file.pixel_size is None
    with pytest.raises(InputError, match="of the pixels are coloured"):
        read_image_file(path, 30)


def test_real_palette_in_its_box():
    _, file = read_image_file(examples.get_path("palette_color"), 1, box=(335, 62, 600, 280))
    dataset = pydicom.dcmread(examples.get_path("palette_color"))
    red = np.frombuffer(dataset.RedPaletteColorLookupTableData, "<u2") >> 8
    np.testing.assert_array_equal(file.pixels[0], red[dataset.pixel_array[62:280, 335:600]])


def test_real_power_doppler_is_coloured():
    with pytest.raises(InputError, match="of the pixels are coloured"):
        read_image_file(examples.get_path("jpeg2k"), 1)


def test_real_file_of_sixteen_bits():
    with pytest.raises(InputError, match=r"BitsAllocated is 16, BitsStored 16, .* expected 8, 8"):
        read_image_file(examples.get_path("ct"), 1)


# Files that cannot be used


def test_compression_that_cannot_be_decoded_is_named(write, images):
    path = write(images)
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = JPEGLSLossless
    dataset.PixelData = pydicom.encaps.encapsulate([bytes(10)] * 3)
    dataset["PixelData"].VR = "OB"
    dataset.save_as(path)
    with pytest.raises(InputError, match=r"compressed as JPEG-LS Lossless.*cannot be decoded here"):
        read_image_file(path, 3)


def test_video_is_named(write, images):
    path = write(images)
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.102"
    dataset.PixelData = pydicom.encaps.encapsulate([bytes(10)])
    dataset["PixelData"].VR = "OB"
    dataset.save_as(path)
    with pytest.raises(InputError, match=r"compressed as MPEG-4 .*cannot be decoded here"):
        read_image_file(path, 3)


def test_deflated_file(write, images):
    path = write(images, syntax=DeflatedExplicitVRLittleEndian)
    with pytest.raises(InputError, match="deflated as a whole"):
        read_image_file(path, 3)


def test_big_endian_file(write, images):
    path = write(images[:, :, :15], syntax=ExplicitVRBigEndian)
    np.testing.assert_array_equal(read_image_file(path, 3)[1].pixels, images[:, :, :15])


@pytest.mark.parametrize("missing", ["Rows", "PhotometricInterpretation", "PixelData"])
def test_missing_element(write, images, missing):
    path = write(images)
    dataset = pydicom.dcmread(path)
    del dataset[missing]
    dataset.save_as(path)
    with pytest.raises(InputError, match=rf"us\.dcm: no {missing}: this DICOM file holds no image"):
        read_image_file(path, 3)


ODD = {
    "more frames than bytes": ({"NumberOfFrames": 4}, "cannot be decoded .* is the file cut short"),
    "more rows than bytes": ({"Rows": 300}, "cannot be decoded .* is the file cut short"),
    "images larger than any": ({"Rows": 65535, "Columns": 65535}, "65535 rows .* damaged"),
    "more frames than memory": ({"NumberOfFrames": 99_999_999}, "split it"),
    "no rows": ({"Rows": 0}, "0 rows and 16 columns"),
    "signed pixels": ({"PixelRepresentation": 1}, "PixelRepresentation 1; expected 8, 8 and 0"),
    "other colours": ({"PhotometricInterpretation": "CMYK"}, "is CMYK; expected one of MONOCHR"),
}


@pytest.mark.parametrize("case", ODD)
def test_odd_element(write, images, case):
    elements, words = ODD[case]
    with pytest.raises(InputError, match=rf"us\.dcm: .*{words}"):
        read_image_file(write(images, **elements), 3)


def test_truncated_file(write, images):
    path = write(images)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"us\.dcm: .*cut short"):
        read_image_file(path, 3)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n" + bytes(200)])
def test_file_that_is_no_dicom(tmp_path, content):
    (tmp_path / "us.dcm").write_bytes(content)
    with pytest.raises(InputError, match=r"us\.dcm: pydicom cannot read this as DICOM"):
        read_image_file(tmp_path / "us.dcm", 1)
