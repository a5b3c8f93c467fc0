"""B-mode images in DICOM files, one or several frames, by pydicom."""

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.pixels import apply_color_lut, get_decoder, iter_pixels
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from reconattack.errors import InputError
from reconattack.readers.image_file import Box, ImageFile, checked_cut, grey_stack
from reconattack.readers.layout import Layout

SUFFIXES = (".dcm", ".dicom", "")  # scanners write DICOM files without a suffix, too
GREY = ("MONOCHROME1", "MONOCHROME2")
COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT", "PALETTE COLOR")
CENTIMETRES = 3  # PhysicalUnitsXDirection: DICOM PS3.3, C.8.5.5
TOLERANCE = 0.01  # relative difference of the pixel sizes of regions that cover the box


def read(path: Path, layout: Layout, box: Box | None) -> ImageFile:
    """Read the frames of a DICOM file and the size of its pixels in the box.

    MONOCHROME1 is inverted. Rescale and window are not applied to the stored grey levels.

    Raises
    ------
    InputError
        If pydicom cannot read or decode the file, or its pixels are not grey levels of 8 bits.
    """
    with _parser_errors():
        dataset = _open(path)
        _check_pixels(dataset)
        shape = int(dataset.Rows), int(dataset.Columns)
        count = int(dataset.get("NumberOfFrames") or 1)
        rows, columns = checked_cut(count, shape, box)
        pixels = grey_stack(_frames(dataset), count, shape, box)
        if dataset.PhotometricInterpretation == "MONOCHROME1":
            pixels = 255 - pixels
        size, notes = _pixel_size(dataset, rows, columns)
        return ImageFile(pixels, size, (*notes, *_ignored(dataset)), shape)


def _open(path: Path) -> Dataset:
    # From a file on disk, pydicom would allocate the length that an element states.
    content = io.BytesIO(path.read_bytes())
    pydicom.filereader.read_preamble(content, force=False)
    syntax = pydicom.filereader._read_file_meta_info(content).get("TransferSyntaxUID")
    if syntax == DeflatedExplicitVRLittleEndian:
        raise InputError(
            "the file is deflated as a whole; expected an uncompressed or JPEG transfer "
            "syntax: convert it"
        )
    content.seek(0)
    return pydicom.dcmread(content)


@contextmanager
def _parser_errors() -> Iterator[None]:
    """Turn every exception of pydicom, also on access to an element, into an InputError."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"pydicom cannot read this as DICOM: {error}") from error


def _check_pixels(dataset: Dataset) -> None:
    needed = ("Rows", "Columns", "BitsAllocated", "PhotometricInterpretation", "PixelData")
    missing = [name for name in needed if dataset.get(name) is None]
    if missing:
        raise InputError(f"no {', '.join(missing)}: this DICOM file holds no image")
    interpretation = dataset.PhotometricInterpretation
    if interpretation not in GREY + COLOUR:
        raise InputError(
            f"PhotometricInterpretation is {interpretation}; expected one of "
            f"{', '.join(GREY + COLOUR)}: convert the file to grey"
        )
    bits = dataset.BitsAllocated, dataset.get("BitsStored", dataset.BitsAllocated)
    if bits != (8, 8) or dataset.get("PixelRepresentation", 0) != 0:
        raise InputError(
            f"BitsAllocated is {bits[0]}, BitsStored {bits[1]}, PixelRepresentation "
            f"{dataset.get('PixelRepresentation', 0)}; expected 8, 8 and 0: export the images with "
            "8 bits, as the scanner shows them"
        )
    _check_syntax(dataset.file_meta.get("TransferSyntaxUID"))


def _check_syntax(syntax: UID | None) -> None:
    if syntax is None:
        raise InputError("no TransferSyntaxUID: the file does not say how its pixels are encoded")
    try:
        decodes = not syntax.is_compressed or get_decoder(syntax).is_available
    except (NotImplementedError, ValueError):
        decodes = False
    if not decodes:
        raise InputError(
            f"the pixels are compressed as {syntax.name} ({syntax}), which cannot be decoded here; "
            "convert the file to an uncompressed transfer syntax (dcmdjpeg and gdcmconv --raw do)"
        )


def _frames(dataset: Dataset) -> Iterator[np.ndarray]:
    """Each frame, (row, column) or (row, column, channel)."""
    palette = dataset.PhotometricInterpretation == "PALETTE COLOR"
    try:
        for frame in iter_pixels(dataset):
            yield _looked_up(frame, dataset) if palette else frame
    except Exception as error:
        raise InputError(
            f"the pixels cannot be decoded ({error}); is the file cut short? Export or copy it "
            "again"
        ) from error


def _looked_up(frame: np.ndarray, dataset: Dataset) -> np.ndarray:
    """Red, green and blue of a frame's palette entries; the upper 8 bits of 16-bit palettes."""
    colours = apply_color_lut(frame, dataset)
    return colours if colours.dtype == np.uint8 else (colours >> 8).astype(np.uint8)


def _pixel_size(
    dataset: Dataset, rows: slice, columns: slice
) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    """Height and width [m] of a pixel, if the ultrasound regions of the box state them; notes."""
    regions = dataset.get("SequenceOfUltrasoundRegions") or []
    if not all(_is_inside(region, dataset) for region in regions):
        return None, ("ultrasound regions beyond the image: resized, so no size of its pixels",)
    sizes = [_region_size(region) for region in regions if _covers(region, rows, columns)]
    if not sizes:
        return None, ("no ultrasound region covers the box, so the pixels' size is not known",)
    if None in sizes:
        return None, ("the ultrasound region of the box states no size of a pixel in cm",)
    if any(not np.allclose(size, sizes[0], rtol=TOLERANCE, atol=0) for size in sizes):
        return None, ("the ultrasound regions of the box state different sizes of a pixel",)
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
    height, width = (abs(float(delta)) / 100 for delta in deltas)
    known = math.isfinite(height) and math.isfinite(width) and height > 0 and width > 0
    return (height, width) if known else None


def _ignored(dataset: Dataset) -> tuple[str, ...]:
    names = ("RescaleSlope", "RescaleIntercept", "WindowCenter", "WindowWidth", "VOILUTSequence")
    found = [name for name in names if name in dataset]
    return (f"not applied: {', '.join(found)}",) if found else ()
