"""Raw files of the Siemens Ultrasound Research Interface (.rfd): unverified without real files.

The layout follows the public readers (Siemens, S. Brunke, 2003; J. Mai, 2003; a later one in
Python). All numbers are little-endian. Chunks {name, size, fields} begin within the first 100,000
bytes. The last chunk, `idx1`, has {name, flags, offset, length} of each frame; offsets count from
`movi`. A frame is a chunk `00db` of lines; each line has 64 bytes of header, then int16 samples.
"""

import struct
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from reconattack.errors import InputError
from reconattack.frames.recording import Recording
from reconattack.readers.containers.neighbours import AGAIN
from reconattack.readers.layout import Layout, arrange
from reconattack.readers.siemens_header import siemens_recording

SUFFIXES = (".rfd",)
COLUMNS = ("axes",)
HEADERS_BYTES = 100_000
LINE_HEADER_BYTES = 64
ORDER = "frame,line,sample"

CHUNK = struct.Struct("<4sI")  # name and size, before the fields
INDEX_ENTRY = struct.Struct("<4sIII")
FIELDS = {  # those that are used; the numbers of x are the bytes of others
    "avih": ("16xI", "dwTotalFrames"),
    "csh0": ("24xI", "NumVectorsPerStreamFrame"),
    "strf": ("4xf8xI", "SamplingRate VectorHeaderLengthBytes"),
    "rfbd": ("4xII", "NumSamplesPerVector NumVectorsPerFrame"),
    "rfgi": ("16xff", "RfAxialMinCm RfAxialSpanCm"),
    "rfam": ("40xf", "ProbeRadiusCm"),
    "rfbm": (
        "4xi12xff4xf8xffi",
        "NumFocalZones ApexLateralCm ApexVerticalCm DisplayedLateralSpan SteeringAngleRad "
        "LineDensity PhaseInvertMode",
    ),
}
NEEDED = ("avih", "csh0", "strf", "rfbd")
OF_LINES = (("Mode", "S2"), ("Set", "<u4"), ("PositionX", "<f4"), ("PositionZ", "<f4"))
OF_LINES += (("ThetaRad", "<f4"),)  # of rfbd, after its other fields
SETS = tuple(f"RFS{number}" for number in range(8))
OF_SET = struct.Struct("<26xf20x512f")  # TxFrequencyMhz and AnalogGain


def read(path: Path, layout: Layout) -> Recording:
    """Read the frames and the facts in the header.

    Raises
    ------
    InputError
        If the file has another format or is truncated, or the header contradicts itself or
        describes other lines than those of a B-mode frame.
    """
    if layout.axes is not None and layout.axes.replace(" ", "") != ORDER:
        raise InputError(f"axes is {layout.axes!r}; expected {ORDER}, or an empty cell")
    with open(path, "rb") as file:
        content = file.read(HEADERS_BYTES)
        starts = _frame_starts(file, path.stat().st_size, content)
        header = _read_header(content[: starts[0]])
        samples = _read_frames(file, path.stat().st_size, header, starts)
    return siemens_recording(arrange(samples, layout, ORDER), header)


def _frame_starts(file: BinaryIO, size: int, content: bytes) -> list[int]:
    """Position of each frame, from the index at the end of the file."""
    frames = _read_fields(content, "avih").get("dwTotalFrames", 0)
    movie = content.find(b"movi")
    length = CHUNK.size + frames * INDEX_ENTRY.size
    if movie < 0 or frames == 0 or length > size:
        raise InputError(
            f"no RF file of the Siemens Ultrasound Research Interface, or cut short: {frames} "
            f"frames (avih) in {size} bytes and {'no' if movie < 0 else 'a'} chunk movi: {AGAIN}"
        )
    file.seek(size - length)
    index = file.read(length)
    if index[:4] != b"idx1":
        raise InputError(f"no index (idx1) of {frames} frames at the end: cut short; {AGAIN}")
    entries = INDEX_ENTRY.iter_unpack(index[CHUNK.size :])
    return [movie + offset for _, _, offset, _ in entries]


def _read_header(content: bytes) -> dict[str, Any]:
    """Chunk name to field name to value, for `siemens_recording`."""
    header: dict[str, Any] = {name: _read_fields(content, name) for name in FIELDS}
    missing = [name for name in NEEDED if not header[name]]
    if missing:
        raise InputError(f"no chunk {', '.join(missing)} in its header: {AGAIN}")
    header["rfbd"] |= _read_line_fields(content, header["rfbd"]["NumVectorsPerFrame"])
    header["rfsd"] = [_read_set(content, name) for name in SETS]
    return header


def _read_fields(content: bytes, name: str) -> dict[str, Any]:
    """The used fields of a chunk; {} if there is no such chunk."""
    layout, names = FIELDS[name]
    found = _unpacked(content, name, struct.Struct("<" + layout))
    return dict(zip(names.split(), found, strict=True)) if found else {}


def _read_set(content: bytes, name: str) -> dict[str, Any]:
    found = _unpacked(content, name, OF_SET)
    return {"TxFrequencyMhz": found[0], "AnalogGain": found[1:]} if found else {}


def _unpacked(content: bytes, name: str, layout: struct.Struct) -> tuple | None:
    start = content.find(name.encode())
    if start < 0:
        return None
    start += CHUNK.size
    if start + layout.size > len(content):
        raise InputError(f"chunk {name} of its header is cut short: {AGAIN}")
    return layout.unpack_from(content, start)


def _read_line_fields(content: bytes, lines: int) -> dict[str, np.ndarray]:
    start = content.find(b"rfbd") + CHUNK.size + struct.calcsize("<" + FIELDS["rfbd"][0])
    dtypes = {name: np.dtype(kind) for name, kind in OF_LINES}
    if start + lines * sum(dtype.itemsize for dtype in dtypes.values()) > len(content):
        raise InputError(f"chunk rfbd of its header cannot hold {lines} lines: {AGAIN}")
    fields = {}
    for name, dtype in dtypes.items():
        fields[name] = np.frombuffer(content, dtype, lines, start)
        start += lines * dtype.itemsize
    fields["Mode"] = np.char.decode(fields["Mode"], "latin-1")  # a character in two bytes
    return fields


def _read_frames(
    file: BinaryIO, size: int, header: dict[str, Any], starts: list[int]
) -> np.ndarray:
    """Samples, shape (frame, line, sample)."""
    lines = header["csh0"]["NumVectorsPerStreamFrame"]
    samples = header["rfbd"]["NumSamplesPerVector"]  # the public readers add the line header's 32
    line_header = header["strf"]["VectorHeaderLengthBytes"]
    if line_header != LINE_HEADER_BYTES:
        raise InputError(
            f"{line_header} bytes before each line (strf.VectorHeaderLengthBytes); expected "
            f"{LINE_HEADER_BYTES}"
        )
    length = lines * (LINE_HEADER_BYTES + 2 * samples)
    _check_room(size, length, starts)
    frames = [_read_frame(file, start, length) for start in starts]
    values = np.frombuffer(b"".join(frames), "<i2").reshape(len(starts), lines, -1)
    return values[:, :, LINE_HEADER_BYTES // 2 :]


def _check_room(size: int, length: int, starts: list[int]) -> None:
    """Raise InputError unless frames of `length` bytes fit between their positions."""
    ends = [*starts[1:], size]
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if length == 0 or start + CHUNK.size + length > end:
            raise InputError(
                f"frame {number} begins at byte {start} and has until byte {end}; expected room "
                f"for {length} bytes, as its header has it: {AGAIN}"
            )


def _read_frame(file: BinaryIO, start: int, length: int) -> bytes:
    file.seek(start)
    name, stated = CHUNK.unpack(file.read(CHUNK.size))
    if name != b"00db" or stated < length:
        raise InputError(
            f"found a chunk {name.decode('latin-1')!r} of {stated} bytes at byte {start}; expected "
            f"a frame '00db' of {length}: {AGAIN}"
        )
    return file.read(length)
