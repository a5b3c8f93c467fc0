"""MetaImage (.mha, .mhd): samples along the first axis, scan lines along the second, then frames.

ITK documents the header (https://itk.org/Wiki/ITK/MetaIO/Documentation). SimpleITK reads the
samples.
"""

from __future__ import annotations

import math
import os
import re
import zlib
from pathlib import Path

import numpy as np

from reconattack.errors import InputError, OptionalPackage
from reconattack.frames.recording import Recording
from reconattack.readers.containers.unpacking import inflated
from reconattack.readers.layout import Layout, arrange

SimpleITK = OptionalPackage("SimpleITK", "formats")

SUFFIXES = (".mha", ".mhd")
ELEMENT_BYTES = {
    "MET_CHAR": 1,
    "MET_UCHAR": 1,
    "MET_SHORT": 2,
    "MET_USHORT": 2,
    "MET_INT": 4,
    "MET_UINT": 4,
    "MET_LONG": 4,
    "MET_ULONG": 4,
    "MET_LONG_LONG": 8,
    "MET_ULONG_LONG": 8,
    "MET_FLOAT": 4,
    "MET_DOUBLE": 8,
}
PLACEHOLDER_SPACING = (1.0, 1.0)
MOST_HEADER_BYTES = 1 << 16
# Directions and positions [mm]; ITK may never finish with huge ones.
OF_SPACE = (
    *("TransformMatrix", "Rotation", "Orientation", "Offset", "Position", "Origin"),
    *("CenterOfRotation", "ElementSpacing", "ElementSize"),
)
LARGEST = 1e6
LENGTH = re.compile(r"0*[1-9][0-9]{0,8}")


def read(path: Path, layout: Layout) -> Recording:
    """Read the samples and the spacing of a MetaImage.

    The spacing [mm] is the distance of samples along a line and of lines; 1 1 is a placeholder.

    Raises
    ------
    InputError
        If the file is no MetaImage, is truncated or damaged, or does not hold scalar frames.
    """
    header = _read_header(path)
    _check_elements(path, header)
    image = _read_image(path, _size(header))
    samples = SimpleITK.GetArrayFromImage(image)
    order = "line,sample" if image.GetDimension() == 2 else "frame,line,sample"
    spacing = image.GetSpacing()[:2]
    along, across = (None, None) if spacing == PLACEHOLDER_SPACING else np.array(spacing) / 1e3
    return Recording(arrange(samples, layout, order), sample_spacing=along, line_spacing=across)


def _read_image(path: Path, size: list[int]) -> SimpleITK.Image:
    """The image; InputError if SimpleITK finds another size than the check did."""
    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO("MetaImageIO")
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
        if list(reader.GetSize()) == size:
            return reader.Execute()
    except RuntimeError as error:
        raise InputError(f"SimpleITK cannot read this MetaImage: {error}") from error
    raise InputError(
        f"SimpleITK cannot read this MetaImage as its header has it: it finds lengths of "
        f"{' x '.join(map(str, reader.GetSize())) or 'none'}; expected "
        f"{' x '.join(map(str, size))} (DimSize): export the file again"
    )


def _read_header(path: Path) -> dict[str, str]:
    header = {}
    with open(path, "rb") as file:
        while (line := file.readline(MOST_HEADER_BYTES)) and file.tell() <= MOST_HEADER_BYTES:
            key, _, value = line.decode("latin-1").partition("=")
            if key.strip() in header:
                raise InputError(
                    f"its header states {key.strip()[:40]!r} twice; expected it once: export the "
                    "file again"
                )
            header[key.strip()] = value.strip()
            if key.strip() == "ElementDataFile":
                header["header bytes"] = str(file.tell())
                break
    missing = [k for k in ("DimSize", "ElementType", "ElementDataFile") if k not in header]
    if missing:
        raise InputError(
            f"not a MetaImage, or its header is cut short: no {', '.join(missing)}; "
            "export or copy the file again"
        )
    return header


def _check_elements(path: Path, header: dict[str, str]) -> None:
    """Raise InputError unless the file holds what its header declares.

    MetaIO reports a short file only on stderr, and after a failed decompression it returns
    uninitialised memory.
    """
    size = _size(header)
    kind, channels = header["ElementType"], header.get("ElementNumberOfChannels", "1")
    if kind not in ELEMENT_BYTES or channels != "1" or len(size) not in (2, 3):
        raise InputError(
            f"{len(size)} dimensions of {channels}-channel {kind}; expected one real "
            "number per sample and the axes (sample, line) or (sample, line, frame)"
        )
    if header.get("NDims", "").split() != [str(len(size))]:
        raise InputError(
            f"SimpleITK cannot read NDims = {header.get('NDims', '')[:40]} with DimSize = "
            f"{header['DimSize'][:80]}; expected as many dimensions as lengths"
        )
    _check_space(header)
    declared = math.prod(size) * ELEMENT_BYTES[kind]
    found = _found_bytes(path, header, declared)
    if found < declared:
        raise InputError(
            f"truncated: {found} bytes of samples; its header declares {declared} "
            f"(DimSize {header['DimSize']}, {kind}); export or copy the file again"
        )
    if found > declared and _is_compressed(header):
        raise InputError(
            f"its compressed samples unpack to more than the {declared} bytes that its header "
            f"declares (DimSize {header['DimSize']}, {kind}); export or copy the file again"
        )


def _check_space(header: dict[str, str]) -> None:
    for name in OF_SPACE:
        numbers = header.get(name, "").split()
        try:
            is_fine = all(abs(float(number)) <= LARGEST for number in numbers)
        except ValueError:
            is_fine = False
        if not is_fine:
            raise InputError(
                f"{name} is {header[name][:80]!r}; expected numbers of at most {LARGEST:g}: export "
                "the file again"
            )


def _size(header: dict[str, str]) -> list[int]:
    lengths = header["DimSize"].split()
    if not all(LENGTH.fullmatch(length) for length in lengths):
        raise InputError(
            f"DimSize is {header['DimSize'][:80]!r}; expected whole numbers from 1, such as "
            "2076 508 3: export the file again"
        )
    return [int(length) for length in lengths]


def _found_bytes(path: Path, header: dict[str, str], declared: int) -> int:
    """Bytes of samples in the header's file or in its data file, unpacked at most as declared."""
    name, skipped = header["ElementDataFile"], 0
    if name == "LOCAL":
        skipped = int(header["header bytes"])
    elif Path(name).name == name and os.path.isfile(path.parent / name):
        path = path.parent / name
    else:
        raise InputError(
            f"its samples stand in {name} (ElementDataFile), which is not beside it; copy "
            "both files"
        )
    if not _is_compressed(header):
        return path.stat().st_size - skipped
    packed = path.read_bytes()[skipped:]
    stated = header.get("CompressedDataSize", str(len(packed)))  # ITK takes memory for it unseen
    if not stated.isdecimal() or int(stated) > len(packed):
        raise InputError(
            "truncated or damaged: the compressed samples cannot be unpacked (CompressedDataSize "
            f"is {stated[:40]!r}; found {len(packed)} bytes); export or copy the file again"
        )
    try:
        return len(inflated("its header (DimSize)", packed[: int(stated)], declared))
    except zlib.error as error:
        raise InputError(
            f"truncated or damaged: the compressed samples cannot be unpacked ({error}); "
            "export or copy the file again"
        ) from error


def _is_compressed(header: dict[str, str]) -> bool:
    return header.get("CompressedData", "False").lower() == "true"
