"""B-mode images in DICOM files, one or several frames, by pydicom."""

import io
import math
import struct
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.multival import MultiValue
from pydicom.pixels import apply_color_lut, get_decoder, pixel_array
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLSNearLossless,
)

from reconattack.errors import InputError
from reconattack.readers.image_file import Box, ImageFile, Tissue, checked_cut, grey_stack
from reconattack.readers.layout import Layout

SUFFIXES = (".dcm", ".dicom", "")  # scanners write DICOM files without a suffix, too
GREY = ("MONOCHROME1", "MONOCHROME2")
COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT", "PALETTE COLOR")
SAMPLES = dict.fromkeys(GREY, 1) | dict.fromkeys(COLOUR, 3) | {"PALETTE COLOR": 1}
BARE = tuple(struct.pack("<H", group) for group in (0x0002, 0x0008))  # begin a file without prefix
VIDEO = ("MPEG", "HEVC")
MACROS = ("FrameVOILUTSequence", "PixelValueTransformationSequence", "PixelMeasuresSequence")
FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID")
NOT_APPLIED = ("ModalityLUTSequence", "VOILUTSequence", "PresentationLUTSequence", "ShutterShape")
OF_GREY = ("RescaleSlope", "RescaleIntercept", "WindowCenter", "WindowWidth", "VOILUTSequence")
SHAPES = {"MONOCHROME1": "INVERSE", "MONOCHROME2": "IDENTITY"}
OVERLAYS = range(0x6000, 0x6020, 2)
LOSSY = (JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLSNearLossless, JPEG2000)
CENTIMETRES = 3  # PhysicalUnitsXDirection: DICOM PS3.3, C.8.5.5
PLANE, TISSUE = 1, 1  # RegionSpatialFormat 2D, RegionDataType tissue: the same section
TOLERANCE = 0.01  # relative difference of the pixel sizes of regions that cover the box


def read(path: Path, layout: Layout, box: Box | None, tint: str) -> ImageFile:
    """Read the frames of a DICOM file as a viewer shows them, and the size of their pixels.

    Rescale slope and intercept, one window and pixel padding are applied to grey frames, and
    MONOCHROME1 is inverted (DICOM PS3.3, C.7.6.3, C.11.1 and C.11.2).

    Raises
    ------
    InputError
        If pydicom cannot read or decode the file, its pixels do not have 8 bits, or it states
        something about the display that is not applied here.
    """
    with _parser_errors(path):
        dataset, notes = _open(path)
        _check_pixels(dataset)
        shape = int(dataset.Rows), int(dataset.Columns)
        count = int(dataset.get("NumberOfFrames") or 1)
        rows, columns = checked_cut(count, shape, box)
        _check_length(dataset, count, shape)
        tissue = _tissue(dataset)
        pixels = grey_stack(_frames(dataset, count), count, shape, box, tint, tissue)
        if dataset.PhotometricInterpretation in GREY:
            table, applied = _display_table(dataset)
            pixels, notes = table[pixels], notes + applied
        else:
            notes += _only_for_grey(dataset) + _palette_notes(dataset)
        size, of_size = _pixel_size(dataset, rows, columns)
        notes = (*notes, *of_size, *_left_out(dataset))
        return ImageFile(pixels, size, notes, shape, tissue, _is_lossy(dataset))


def _open(path: Path) -> tuple[Dataset, tuple[str, ...]]:
    """The elements of a file, and notes. A file may lack the preamble and the file's meta elements.

    From a file on disk, pydicom would allocate the length that an element states.
    """
    content = path.read_bytes()
    has_prefix = content[128:132] == b"DICM"
    if not has_prefix and content[:2] not in BARE:
        raise InputError(
            "no DICOM file: it has neither the prefix DICM at byte 128 nor begins with an element "
            "of group 0002 or 0008; export or copy it again"
        )
    start = io.BytesIO(content)
    pydicom.filereader.read_preamble(start, force=True)
    syntax = pydicom.filereader._read_file_meta_info(start).get("TransferSyntaxUID")
    if syntax == DeflatedExplicitVRLittleEndian:
        raise InputError(
            "the file is deflated as a whole; expected an uncompressed or JPEG transfer "
            "syntax: convert it, as dcmconv +te does"
        )
    dataset = pydicom.dcmread(io.BytesIO(content), force=True)
    if "PixelData" in dataset and syntax is None and not dataset["PixelData"].is_undefined_length:
        encoding = {(True, True): ImplicitVRLittleEndian, (False, True): ExplicitVRLittleEndian}
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = encoding.get(
            dataset.original_encoding, ExplicitVRBigEndian
        )
    return dataset, () if has_prefix else ("no DICM prefix: read as bare data elements",)


@contextmanager
def _parser_errors(path: Path) -> Iterator[None]:
    """Turn every exception of pydicom, also on access to an element, into an InputError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they advise what only a program can do
            yield
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"its data elements cannot be read as DICOM: the {path.stat().st_size} bytes are cut "
            "short or damaged; export or copy the file again"
        ) from error


def _check_pixels(dataset: Dataset) -> None:
    if "DirectoryRecordSequence" in dataset:
        raise InputError(
            "a DICOMDIR, the index of a medium; expected an image: name the files that it lists"
        )
    needed = ("Rows", "Columns", "BitsAllocated", "PhotometricInterpretation", "PixelData")
    missing = [name for name in needed if dataset.get(name) is None]
    if missing:
        raise InputError(f"no {', '.join(missing)}: this DICOM file holds no image")
    _check_syntax(dataset.file_meta.get("TransferSyntaxUID"))
    interpretation = dataset.PhotometricInterpretation
    if interpretation not in SAMPLES:
        raise InputError(
            f"PhotometricInterpretation is {interpretation}; expected one of "
            f"{', '.join(SAMPLES)}: convert the file to grey"
        )
    expected = {
        "BitsAllocated": 8,
        "BitsStored": 8,
        "HighBit": 7,
        "PixelRepresentation": 0,
        "SamplesPerPixel": SAMPLES[interpretation],
    }
    found = {name: int(dataset.get(name, expected[name])) for name in expected}
    if found != expected:
        words = [
            ", ".join(f"{name} {value}" for name, value in of.items()) for of in (found, expected)
        ]
        raise InputError(
            f"{words[0]}; expected {words[1]}: export the images with 8 bits, as the scanner shows "
            "them"
        )
    for name in NOT_APPLIED:
        if name in dataset and (interpretation in GREY or name == "ShutterShape"):
            raise InputError(
                f"{name} changes what a viewer shows, and is not applied here; expected none: "
                "export the images as the scanner shows them"
            )


def _check_syntax(syntax: UID | None) -> None:
    if syntax is None:
        raise InputError("no TransferSyntaxUID: the file does not say how its pixels are encoded")
    if syntax.name.startswith(VIDEO):
        raise InputError(
            f"the frames are a video, {syntax.name} ({syntax}), which cannot be decoded here; "
            "write its stream to a folder with dcmdump +W FOLDER FILE, and the stream's pictures "
            "with ffmpeg -i FOLDER/FILE.1.raw picture_%04d.png; then name these pictures in the "
            "table"
        )
    try:
        decodes = not syntax.is_compressed or get_decoder(syntax).is_available
    except (NotImplementedError, ValueError):
        decodes = False
    if not decodes:
        raise InputError(
            f"the pixels are compressed as {syntax.name} ({syntax}), which cannot be decoded here; "
            "convert the file to an uncompressed transfer syntax (dcmdjpeg and gdcmconv --raw do)"
        )


def _check_length(dataset: Dataset, count: int, shape: tuple[int, int]) -> None:
    """Raise InputError unless uncompressed pixels are as many as the elements declare."""
    if dataset.file_meta.TransferSyntaxUID.is_compressed:
        return
    interpretation, found = dataset.PhotometricInterpretation, len(dataset.PixelData)
    frame = math.prod(shape) * (2 if interpretation.endswith("422") else SAMPLES[interpretation])
    if not count * frame <= found < (count + 1) * frame:
        raise InputError(
            f"{found} bytes of pixels; expected {count * frame}, of {count} frames of {shape[0]} x "
            f"{shape[1]} (NumberOfFrames, Rows, Columns): export or copy the file again"
        )


def _frames(dataset: Dataset, count: int) -> Iterator[np.ndarray]:
    """Each frame, (row, column) or (row, column, channel).

    pydicom's iter_pixels would take all frames of YBR_FULL_422 but the first from wrong places.
    """
    has_palette = dataset.PhotometricInterpretation == "PALETTE COLOR"
    palette = _palette(dataset) if has_palette else None
    for index in range(count):
        try:
            frame = pixel_array(dataset, index=index)
            yield frame if palette is None else palette[frame]
        except Exception as error:
            raise InputError(
                f"the pixels of frame {index + 1} cannot be decoded as "
                f"{dataset.file_meta.TransferSyntaxUID.name}; is the file cut short? Export or "
                "copy it again"
            ) from error


def _display_table(dataset: Dataset) -> tuple[np.ndarray, tuple[str, ...]]:
    """Displayed level of each stored level, uint8 (256,), and what was applied, in words."""
    interpretation, shape = dataset.PhotometricInterpretation, dataset.get("PresentationLUTShape")
    if shape not in (None, SHAPES[interpretation]):
        raise InputError(
            f"PresentationLUTShape is {shape} with {interpretation}; expected "
            f"{SHAPES[interpretation]}: which levels are black is open, so export the images again"
        )
    slope = _number(dataset, "RescaleSlope", 1.0)
    intercept = _number(dataset, "RescaleIntercept", 0.0)
    center, width = (_number(dataset, f"Window{name}") for name in ("Center", "Width"))
    levels, notes = slope * np.arange(256.0) + intercept, []
    if (center is None) != (width is None):
        raise InputError("one of WindowCenter and WindowWidth alone; expected both or neither")
    if center is not None:
        levels = 255 * _windowed(levels, center, width, _stated(dataset, "VOILUTFunction"))
        notes.append(f"window of center {center:g} and width {width:g} applied")
    elif (slope, intercept) != (1, 0):
        raise InputError(
            f"RescaleSlope {slope:g} and RescaleIntercept {intercept:g} without a window: which "
            "levels are black and white is open; expected a window or no rescale: export the "
            "images as the scanner shows them"
        )
    table = np.rint(levels).astype(np.uint8)
    if (slope, intercept) != (1, 0):
        notes.append(f"rescale slope {slope:g} and intercept {intercept:g} applied")
    if interpretation == "MONOCHROME1":
        table = 255 - table
    padding = _number(dataset, "PixelPaddingValue")
    if padding is not None:
        ends = sorted((int(padding), int(_number(dataset, "PixelPaddingRangeLimit", padding))))
        table[max(ends[0], 0) : ends[1] + 1] = 0
        notes.append("pixel padding is black")
    return table, tuple(notes) if (table != np.arange(256)).any() else ()


def _windowed(levels: np.ndarray, center: float, width: float, function: str | None) -> np.ndarray:
    """Levels from 0 to 1 (DICOM PS3.3, C.11.2.1.2 and C.11.2.1.3)."""
    function = function or "LINEAR"
    least = 1 if function == "LINEAR" else 0
    if function not in FUNCTIONS or not math.isfinite(center) or not least <= width < math.inf:
        raise InputError(
            f"a window of center {center:g}, width {width:g} and VOILUTFunction {function}; "
            f"expected a width from {least} and one of {', '.join(FUNCTIONS)}"
        )
    if function == "SIGMOID":
        return 1 / (1 + np.exp(-4 * (levels - center) / max(width, np.finfo(float).tiny)))
    if function == "LINEAR":
        center, width = center - 0.5, width - 1
    if width == 0:
        return (levels > center).astype(float)
    return np.clip((levels - center) / width + 0.5, 0, 1)


def _number(dataset: Dataset, name: str, default: float | None = None) -> float | None:
    value = _stated(dataset, name)
    return default if value is None else float(value)


def _stated(dataset: Dataset, name: str) -> Any:
    """The value of an element of the file or of its functional groups; None if nobody states it."""
    sources = [dataset]
    for groups in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for group in dataset.get(groups) or []:
            sources += [item for macro in MACROS for item in group.get(macro) or []]
    stated = [source[name].value for source in sources if source.get(name) not in (None, "")]
    values = [
        one
        for value in stated
        for one in (value if isinstance(value, MultiValue) and name != "PixelSpacing" else [value])
    ]
    if any(value != values[0] for value in values):
        raise InputError(
            f"{name} has several values, {', '.join(map(str, values[:4]))}; expected one: export "
            "the images as the scanner shows them"
        )
    return values[0] if values else None


def _only_for_grey(dataset: Dataset) -> tuple[str, ...]:
    found = [name for name in OF_GREY if name in dataset]
    return (f"not applied, as for colours: {', '.join(found)}",) if found else ()


def _is_lossy(dataset: Dataset) -> bool:
    """Whether the pixels were ever compressed with losses, by the file's word or its encoding."""
    syntax = dataset.file_meta.TransferSyntaxUID
    return dataset.get("LossyImageCompression") == "01" or syntax in LOSSY


def _left_out(dataset: Dataset) -> tuple[str, ...]:
    found = {
        "overlay planes are left out": any((group, 0x3000) in dataset for group in OVERLAYS),
        "its colour profile is not applied": "ICCProfile" in dataset,
    }
    return tuple(note for note, is_there in found.items() if is_there)


def _palette(dataset: Dataset) -> np.ndarray:
    """Red, green and blue of each stored level, uint8 (256, 3): the upper 8 bits of 16.

    Entries of 8 bits may be stored in 16 (DICOM PS3.3, C.7.6.3.1.5).
    """
    entries = apply_color_lut(np.arange(256, dtype=np.uint8), dataset)[:, :3]
    if entries.dtype == np.uint8:
        return entries
    return (entries if entries.max() < 256 else entries >> 8).astype(np.uint8)


def _palette_notes(dataset: Dataset) -> tuple[str, ...]:
    """A remark if a palette of 16 bits has nothing in the upper 8 of them."""
    descriptor = dataset.get("RedPaletteColorLookupTableDescriptor")
    if descriptor is None or descriptor[2] != 16:
        return ()
    entries = apply_color_lut(np.arange(256, dtype=np.uint8), dataset)
    return ("its palette of 16 bits has entries of 8",) if entries.max() < 256 else ()


def _pixel_size(
    dataset: Dataset, rows: slice, columns: slice
) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    """Height and width [m] of a pixel in the box, if the file states them; notes.

    Raises
    ------
    InputError
        If pixels are not square by one element and square or of no known size by the others.
    """
    size, notes = _stated_size(dataset, rows, columns)
    aspect = dataset.get("PixelAspectRatio")
    height, width = size or (1.0, 1.0)
    if aspect and abs(height * aspect[1] / (width * aspect[0]) - 1) > TOLERANCE:
        raise InputError(
            f"PixelAspectRatio is {aspect[0]}:{aspect[1]} (height to width) and the pixels' size "
            f"is {f'{height:.3g} x {width:.3g} m' if size else 'not stated'}; expected square "
            "pixels: export the images with square pixels"
        )
    return size, notes


def _tissue(dataset: Dataset) -> Tissue | None:
    """The largest two-dimensional region of tissue, cut to whole pixels of the image."""
    kind = PLANE, TISSUE
    regions = [
        region
        for region in dataset.get("SequenceOfUltrasoundRegions") or []
        if (region.get("RegionSpatialFormat"), region.get("RegionDataType")) == kind
        and _is_inside(region, dataset)
    ]
    tissues = []
    for region in regions:
        left, top, right, bottom = map(int, _corners(region))
        box = left, top, min(right + 1, dataset.Columns), min(bottom + 1, dataset.Rows)
        if left < right and top < bottom:
            tissues.append(Tissue(box, _region_size(region)))
    return max(tissues, key=_area, default=None)


def _area(tissue: Tissue) -> int:
    left, top, right, bottom = tissue.box
    return (right - left) * (bottom - top)


def _stated_size(
    dataset: Dataset, rows: slice, columns: slice
) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    spacing = _stated(dataset, "PixelSpacing")
    regions = dataset.get("SequenceOfUltrasoundRegions") or []
    if not all(_is_inside(region, dataset) for region in regions):
        return None, ("ultrasound regions beyond the image: resized, so no size of its pixels",)
    sizes = [_region_size(region) for region in regions if _covers(region, rows, columns)]
    if spacing is not None:
        sizes.append(_size_in_metres(spacing, 1000))
    if not sizes:
        return None, (
            "no ultrasound region covers the box, so the file does not tell the pixels' size",
        )
    if None in sizes:
        return None, ("the ultrasound region of the box states no size of a pixel in cm",)
    if any(not np.allclose(size, sizes[0], rtol=TOLERANCE, atol=0) for size in sizes):
        return None, ("the file states different sizes of a pixel in the box",)
    return sizes[0], ()


def _is_inside(region: Dataset, dataset: Dataset) -> bool:
    """Whether a region lies in the image; its end is inclusive or exclusive, as programs differ."""
    left, top, right, bottom = _corners(region)
    return left >= 0 and top >= 0 and right <= dataset.Columns and bottom <= dataset.Rows


def _covers(region: Dataset, rows: slice, columns: slice) -> bool:
    left, top, right, bottom = _corners(region)
    inside = left <= columns.start and columns.stop - 1 <= right
    return inside and top <= rows.start and rows.stop - 1 <= bottom


def _corners(region: Dataset) -> tuple[float, ...]:
    """Left, top, right, bottom; NaN, for which every comparison is false, where one is missing."""
    names = ("MinX0", "MinY0", "MaxX1", "MaxY1")
    values = (region.get(f"RegionLocation{name}") for name in names)
    return tuple(math.nan if value is None else float(value) for value in values)


def _region_size(region: Dataset) -> tuple[float, float] | None:
    units = region.get("PhysicalUnitsYDirection"), region.get("PhysicalUnitsXDirection")
    deltas = region.get("PhysicalDeltaY"), region.get("PhysicalDeltaX")
    if units != (CENTIMETRES, CENTIMETRES) or None in deltas:
        return None
    return _size_in_metres(deltas, 100)


def _size_in_metres(stated: Sequence[float], parts: float) -> tuple[float, float] | None:
    """Height and width of a pixel from lengths of which a metre has `parts`; None if unusable."""
    height, width = (abs(float(length)) / parts for length in stated)
    known = math.isfinite(height) and math.isfinite(width) and height > 0 and width > 0
    return (height, width) if known else None
