"""MetaImage (.mha, .mhd): samples along the first axis, scan lines along the second, then frames.

The header is ITK's (https://itk.org/Wiki/ITK/MetaIO/Documentation); SimpleITK reads the samples.
"""

import math
import zlib
from pathlib import Path

import numpy as np
import SimpleITK

from reconattack.errors import InputError
from reconattack.readers.layout import Layout, arrange
from reconattack.recording import Recording

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


def read(path: Path, layout: Layout) -> Recording:
    """Read the samples and the spacing of a MetaImage.

    The spacing [mm] is that of the samples along a line and of the lines; 1 1 is a placeholder.

    Raises
    ------
    InputError
        If the file is no MetaImage, is cut short or damaged, or does not hold scalar frames.
    """
    _check_elements(path, _read_header(path))
    try:
        image = SimpleITK.ReadImage(str(path), imageIO="MetaImageIO")
    except RuntimeError as error:
        raise InputError(f"SimpleITK cannot read this MetaImage: {error}") from error
    samples = SimpleITK.GetArrayFromImage(image)
    order = "line,sample" if image.GetDimension() == 2 else "frame,line,sample"
    spacing = image.GetSpacing()[:2]
    along, across = (None, None) if spacing == PLACEHOLDER_SPACING else np.array(spacing) / 1e3
    return Recording(arrange(samples, layout, order), sample_spacing=along, line_spacing=across)


def _read_header(path: Path) -> dict[str, str]:
    header = {}
    with open(path, "rb") as file:
        for line in file:
            key, _, value = line.decode("latin-1").partition("=")
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

    MetaIO explains a short file only on stderr, and after a failed decompression it goes on with
    whatever the memory held.
    """
    size = [int(number) for number in header["DimSize"].split()]
    kind, channels = header["ElementType"], header.get("ElementNumberOfChannels", "1")
    if kind not in ELEMENT_BYTES or channels != "1" or len(size) not in (2, 3):
        raise InputError(
            f"{len(size)} dimensions of {channels}-channel {kind}; expected one real "
            "number per sample and the axes (sample, line) or (sample, line, frame)"
        )
    declared = math.prod(size) * ELEMENT_BYTES[kind]
    found = len(_stored_elements(path, header))
    if found < declared:
        raise InputError(
            f"truncated: {found} bytes of samples; its header declares {declared} "
            f"(DimSize {header['DimSize']}, {kind}); export or copy the file again"
        )


def _stored_elements(path: Path, header: dict[str, str]) -> bytes:
    name = header["ElementDataFile"]
    if name == "LOCAL":
        stored = path.read_bytes()[int(header["header bytes"]) :]
    elif (path.parent / name).is_file():
        stored = (path.parent / name).read_bytes()
    else:
        raise InputError(
            f"its samples stand in {name} (ElementDataFile), which is not beside it; copy "
            "both files"
        )
    if header.get("CompressedData", "False").lower() != "true":
        return stored
    try:
        return zlib.decompress(stored, wbits=zlib.MAX_WBITS + 32)  # + 32: zlib or gzip
    except zlib.error as error:
        raise InputError(
            f"truncated or damaged: the compressed samples cannot be unpacked ({error}); "
            "export or copy the file again"
        ) from error
