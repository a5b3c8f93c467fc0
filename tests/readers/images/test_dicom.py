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


def test_grey_pixels_with_chrominance_for_every_second_one(write, images):
    pairs = images.reshape(3, 12, 8, 2)
    grey = np.full_like(pairs, 128)
    path = write(np.concatenate([pairs, grey], axis=3).reshape(3, 12, 32))
    dataset = pydicom.dcmread(path)
    dataset.Columns, dataset.SamplesPerPixel, dataset.PlanarConfiguration = 16, 3, 0
    dataset.PhotometricInterpretation = "YBR_FULL_422"
    dataset.save_as(path)
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
    "two sizes": ([region(), region(deltas=(0.04, 0.02))], "states different sizes of a pixel"),
    "beyond the image": ([region((0, 0, 40, 30))], "regions beyond the image: resized"),
    "no region": ([], "no ultrasound region covers the box"),
}


@pytest.mark.parametrize("case", REGIONS)
def test_region_that_states_no_usable_size(write, images, case):
    regions, words = REGIONS[case]
    _, file = read_image_file(write(images, SequenceOfUltrasoundRegions=regions), 3)
    assert file.pixel_size is None
    assert words in file.notes[0]


def test_pixel_spacing_is_a_size_too(write, images):
    _, file = read_image_file(write(images, PixelSpacing=[0.3, 0.2]), 3)
    assert file.pixel_size == pytest.approx((3e-4, 2e-4))
    elements = {"SequenceOfUltrasoundRegions": [region()], "PixelSpacing": [0.5, 0.2]}
    _, both = read_image_file(write(images, **elements), 3)
    assert both.pixel_size is None
    assert "states different sizes of a pixel" in both.notes[0]


def test_pixels_that_are_not_square(write, images):
    size = {"SequenceOfUltrasoundRegions": [region()]}  # 3 to 2
    assert read_image_file(write(images, **size, PixelAspectRatio=[3, 2]), 3)[1].pixel_size
    with pytest.raises(InputError, match=r"PixelAspectRatio is 3:2 .* size is not stated"):
        read_image_file(write(images, PixelAspectRatio=[3, 2]), 3)
    with pytest.raises(InputError, match=r"PixelAspectRatio is 2:1 .* size is 0.0003 x 0.0002 m"):
        read_image_file(write(images, **size, PixelAspectRatio=[2, 1]), 3)


def tissue_region(corners, data_type=1, **others):
    item = region(corners, **others)
    item.RegionSpatialFormat, item.RegionDataType = 1, data_type
    return item


def test_region_of_tissue_is_told_beside_the_images(write, images):
    regions = [
        tissue_region((0, 0, 15, 11), data_type=2),  # colour flow
        tissue_region((1, 1, 4, 4)),
        tissue_region((2, 3, 12, 10)),
    ]
    path = write(images, SequenceOfUltrasoundRegions=regions)
    tissue = read_image_file(path, 3)[1].tissue
    assert tissue.box == (2, 3, 13, 11)
    assert tissue.pixel_size == pytest.approx((3e-4, 2e-4))
    _, cut = read_image_file(path, 3, box=tissue.box)
    np.testing.assert_array_equal(cut.pixels, images[:, 3:11, 2:13])
    assert cut.tissue == tissue


@pytest.mark.parametrize(
    "regions",
    [
        [],
        [region()],
        [tissue_region((0, 0, 40, 30))],
        [tissue_region((9, 9, 5, 5))],
        [tissue_region((5, 5, 5, 5))],
    ],
    ids=["none", "of no kind", "beyond the image", "turned round", "without an area"],
)
def test_region_that_is_no_tissue_of_the_image(write, images, regions):
    _, file = read_image_file(write(images, SequenceOfUltrasoundRegions=regions), 3)
    assert file.tissue is None


def test_region_of_tissue_is_the_suggested_box(write, images):
    pixels = np.repeat(images[..., None], 3, axis=3)
    pixels[:, 0, 3:6] = 255, 255, 0
    path = write(pixels, SequenceOfUltrasoundRegions=[tissue_region((0, 1, 15, 11))])
    words = (
        r"rows 0 to 0 and the columns 3 to 5 .* box, by the file \[0, 1, 16, 12\] .* without them"
    )
    with pytest.raises(InputError, match=words):
        read_image_file(path, 3)
    _, file = read_image_file(path, 3, box=(0, 1, 16, 12))
    np.testing.assert_array_equal(file.pixels, images[:, 1:])


# Palettes. Entries of 8 bits may be stored in 16 (DICOM PS3.3, C.7.6.3.1.5).


@pytest.fixture
def write_palette(write, images):
    """Write images through a table of grey entries."""

    def write_palette(entries, bits):
        elements = {"PhotometricInterpretation": "PALETTE COLOR"}
        for colour in ("Red", "Green", "Blue"):
            elements[f"{colour}PaletteColorLookupTableDescriptor"] = [256, 0, bits]
            elements[f"{colour}PaletteColorLookupTableData"] = entries.tobytes()
        return write(images, **elements)

    return write_palette


SHOWN = np.arange(256)[::-1]  # the level of each entry
PALETTES = {
    "8 bits": (SHOWN.astype("u1"), 8),
    "8 bits in 16": (SHOWN.astype("<u2"), 8),
    "16 bits, white 65535": ((257 * SHOWN).astype("<u2"), 16),
    "16 bits, white 65280": ((256 * SHOWN).astype("<u2"), 16),
    "16 bits by a wrong word": (SHOWN.astype("<u2"), 16),
}


@pytest.mark.parametrize("name", PALETTES)
def test_palette(write_palette, images, name):
    _, file = read_image_file(write_palette(*PALETTES[name]), 3)
    np.testing.assert_array_equal(file.pixels, 255 - images)
    is_wrong = name.endswith("wrong word")
    assert ("its palette of 16 bits has entries of 8" in file.notes) == is_wrong


def test_palette_of_a_tint_is_converted_as_other_tints(write_palette, images):
    path = write_palette(*PALETTES["16 bits, white 65535"])
    dataset = pydicom.dcmread(path)
    dataset.BluePaletteColorLookupTableData = (150 * SHOWN).astype("<u2").tobytes()
    dataset.save_as(path)
    with pytest.raises(InputError, match="of the pixels are coloured"):
        read_image_file(path, 3)
    _, file = read_image_file(path, 3, tint="convert")
    levels = 255.0 - images
    expected = 0.886 * levels + 0.114 * levels * 150 / 257
    assert np.abs(file.pixels - expected).max() < 1


# What a viewer shows. The expected levels are those of DICOM PS3.3, C.11.2.1.2 and C.11.2.1.3.

RAMP = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)


def shown(write, **elements):
    return read_image_file(write(RAMP, **elements), 1)[1]


@pytest.mark.parametrize(
    "elements",
    [
        {"WindowCenter": 128, "WindowWidth": 256},
        {"WindowCenter": 127.5, "WindowWidth": 255, "VOILUTFunction": "LINEAR_EXACT"},
        {"RescaleSlope": 1, "RescaleIntercept": 0},
        {"WindowCenter": [128, 128], "WindowWidth": [256, 256]},
        {"RescaleSlope": 4, "RescaleIntercept": -1024, "WindowCenter": -512, "WindowWidth": 1024},
    ],
)
def test_neutral_window_and_rescale_change_nothing(write, elements):
    file = shown(write, **elements)
    assert np.abs(file.pixels.astype(int) - RAMP).max() <= 1
    if "RescaleSlope" not in elements or elements["RescaleSlope"] == 1:
        np.testing.assert_array_equal(file.pixels, RAMP)
        assert not [note for note in file.notes if "applied" in note]


@pytest.mark.parametrize(
    ("elements", "levels"),
    [
        ({"WindowCenter": 100, "WindowWidth": 51}, {74: 0, 75: 3, 99: 125, 100: 130, 125: 255}),
        (
            {"WindowCenter": 100, "WindowWidth": 50, "VOILUTFunction": "LINEAR_EXACT"},
            {75: 0, 85: 51, 100: 128, 125: 255},
        ),
        (
            {"WindowCenter": 100, "WindowWidth": 50, "VOILUTFunction": "SIGMOID"},
            {0: 0, 100: 128, 125: 225, 255: 255},
        ),
        (
            {"RescaleSlope": 2, "RescaleIntercept": -10, "WindowCenter": 91, "WindowWidth": 101},
            {20: 0, 50: 126, 75: 254, 76: 255},
        ),
        ({"WindowCenter": 100, "WindowWidth": 1}, {99: 0, 100: 255}),
    ],
)
def test_window_and_rescale_are_applied(write, elements, levels):
    file = shown(write, **elements)
    found = file.pixels.ravel()
    assert {level: found[level] for level in levels} == levels
    assert (np.diff(found.astype(int)) >= 0).all()
    assert any("window of center" in note and note.endswith("applied") for note in file.notes)


def test_window_counts_before_the_inversion_of_monochrome1(write):
    window = {"WindowCenter": 100, "WindowWidth": 51}
    straight = shown(write, **window).pixels
    inverted = shown(write, PhotometricInterpretation="MONOCHROME1", **window).pixels
    np.testing.assert_array_equal(inverted, 255 - straight)


def test_pixel_padding_is_black(write):
    levels = shown(write, PhotometricInterpretation="MONOCHROME1", PixelPaddingValue=0).pixels
    assert levels.ravel()[:3].tolist() == [0, 254, 253]


def test_window_of_the_functional_groups_is_applied(write):
    def group(center):
        item, window = Dataset(), Dataset()
        window.WindowCenter, window.WindowWidth = center, 51
        item.FrameVOILUTSequence = [window]
        return item

    found = shown(write, PerFrameFunctionalGroupsSequence=[group(100), group(100)]).pixels
    np.testing.assert_array_equal(found, shown(write, WindowCenter=100, WindowWidth=51).pixels)
    with pytest.raises(InputError, match=r"WindowCenter has several values, 100.*, 90.*; expected"):
        shown(write, PerFrameFunctionalGroupsSequence=[group(100), group(90)])


REFUSED = {
    "rescale alone": ({"RescaleSlope": 2}, "RescaleSlope 2 .* without a window"),
    "intercept alone": ({"RescaleIntercept": 5}, "RescaleIntercept 5 without a window"),
    "half a window": ({"WindowCenter": 5}, "one of WindowCenter and WindowWidth alone"),
    "two windows": (
        {"WindowCenter": [40, 90], "WindowWidth": [80, 80]},
        "WindowCenter has several values, 40.*, 90.*; expected one",
    ),
    "no width": ({"WindowCenter": 5, "WindowWidth": 0}, "width 0 .* expected a width from 1"),
    "other function": (
        {"WindowCenter": 5, "WindowWidth": 9, "VOILUTFunction": "CUBIC"},
        "VOILUTFunction CUBIC; expected .* LINEAR, LINEAR_EXACT, SIGMOID",
    ),
    "table": ({"VOILUTSequence": [Dataset()]}, "VOILUTSequence changes what a viewer shows"),
    "other table": ({"ModalityLUTSequence": [Dataset()]}, "ModalityLUTSequence changes what"),
    "shutter": ({"ShutterShape": "CIRCULAR"}, "ShutterShape changes what a viewer shows"),
    "inverse": ({"PresentationLUTShape": "INVERSE"}, "INVERSE with MONOCHROME2; expected IDENT"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_display_that_is_not_applied_is_refused(write, case):
    elements, words = REFUSED[case]
    with pytest.raises(InputError, match=rf"us\.dcm: .*{words}"):
        shown(write, **elements)


def test_what_is_for_grey_alone_is_told_of_colours(write, images):
    path = write(np.repeat(images[..., None], 3, axis=3), WindowCenter=40, WindowWidth=80)
    _, file = read_image_file(path, 3)
    np.testing.assert_array_equal(file.pixels, images)
    assert "not applied, as for colours: WindowCenter, WindowWidth" in file.notes


def test_overlay_planes_and_profiles_are_told(write, images):
    path = write(images, ICCProfile=b"profile!")
    dataset = pydicom.dcmread(path)
    dataset.add_new((0x6000, 0x3000), "OW", bytes(24))
    dataset.save_as(path)
    notes = read_image_file(path, 3)[1].notes
    assert {"overlay planes are left out", "its colour profile is not applied"} <= {*notes}


# Files without the DICM prefix


@pytest.mark.parametrize("name", ["us.dcm", "IM_0001"])
@pytest.mark.parametrize("implicit", [True, False])
def test_bare_data_elements(write, images, name, implicit):
    path = write(images)
    dataset = pydicom.dcmread(path)
    del dataset.file_meta
    dataset.preamble = None
    bare = path.with_name(name)
    dataset.save_as(bare, implicit_vr=implicit, little_endian=True, enforce_file_format=False)
    assert b"DICM" not in bare.read_bytes()[:200]
    _, file = read_image_file(bare, 3)
    np.testing.assert_array_equal(file.pixels, images)
    assert "no DICM prefix: read as bare data elements" in file.notes


def test_file_without_its_preamble_alone(write, images):
    path = write(images)
    path.write_bytes(path.read_bytes()[132:])
    np.testing.assert_array_equal(read_image_file(path, 3)[1].pixels, images)


def test_bare_elements_of_compressed_pixels_do_not_say_how(write, images):
    path = write(images)
    dataset = pydicom.dcmread(path)
    dataset.compress(RLELossless)
    del dataset.file_meta
    dataset.preamble = None
    dataset.save_as(path, implicit_vr=False, little_endian=True, enforce_file_format=False)
    with pytest.raises(InputError, match=r"no TransferSyntaxUID: the file does not say how"):
        read_image_file(path, 3)


def test_suffix_that_nobody_knows(write, images):
    _, file = read_image_file(write(images, "1.2.840.99999.77"), 3)
    np.testing.assert_array_equal(file.pixels, images)


# Real files


def test_real_cine_in_its_box():
    """30 frames, JPEG, YBR_FULL_422, a green marker; its region was not resized."""
    path = examples.get_path("ybr_color")
    _, file = read_image_file(path, 30, box=SECTOR_OF_REAL_CINE)
    assert file.pixels.shape == (30, 185, 210)
    assert 5 < file.pixels.mean() < 60
    assert len(np.unique(file.pixels, axis=0)) > 1
    assert file.pixel_size is None
    for tint in ("refuse", "convert"):
        with pytest.raises(InputError, match="of the pixels are coloured"):
            read_image_file(path, 30, tint=tint)


def test_real_palette_in_its_box():
    _, file = read_image_file(examples.get_path("palette_color"), 1, box=(335, 62, 600, 280))
    dataset = pydicom.dcmread(examples.get_path("palette_color"))
    red = np.frombuffer(dataset.RedPaletteColorLookupTableData, "<u2") >> 8
    np.testing.assert_array_equal(file.pixels[0], red[dataset.pixel_array[62:280, 335:600]])


@pytest.mark.parametrize("tint", ["refuse", "convert"])
def test_real_power_doppler_is_coloured(tint):
    with pytest.raises(InputError, match="of the pixels are coloured"):
        read_image_file(examples.get_path("jpeg2k"), 1, tint=tint)


def test_real_file_of_sixteen_bits():
    with pytest.raises(InputError, match=r"BitsAllocated 16, BitsStored 16, .* expected BitsAl"):
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
    with pytest.raises(InputError, match=r"a video, MPEG-4 .*cannot be decoded here; .*ffmpeg"):
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
    "more frames than bytes": (
        {"NumberOfFrames": 4},
        "576 bytes of pixels; expected 768, of 4 frames",
    ),
    "fewer frames than bytes": ({"NumberOfFrames": 2}, "576 bytes of pixels; expected 384, of 2"),
    "more rows than bytes": ({"Rows": 300}, "576 bytes of pixels; expected 14400, .* 300 x 16"),
    "images larger than any": ({"Rows": 65535, "Columns": 65535}, "65535 rows .* damaged"),
    "more frames than memory": ({"NumberOfFrames": 99_999_999}, "split it"),
    "no rows": ({"Rows": 0}, "0 rows and 16 columns"),
    "signed pixels": ({"PixelRepresentation": 1}, "PixelRepresentation 1, .*; expected Bits"),
    "other high bit": ({"HighBit": 6}, "HighBit 6, .* HighBit 7"),
    "other samples": ({"SamplesPerPixel": 3}, "SamplesPerPixel 3; expected .*SamplesPerPixel 1"),
    "an index": ({"DirectoryRecordSequence": [Dataset()]}, "a DICOMDIR, the index of a medium"),
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
    with pytest.raises(InputError, match=r"us\.dcm: 476 bytes of pixels; expected 576"):
        read_image_file(path, 3)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n" + bytes(200)])
def test_file_that_is_no_dicom(tmp_path, content):
    (tmp_path / "us.dcm").write_bytes(content)
    with pytest.raises(InputError, match=r"us\.dcm: no DICOM file: it has neither"):
        read_image_file(tmp_path / "us.dcm", 1)
