"""Containers of the program lzop (https://www.lzop.org), block by block; lzallright unpacks LZO1X.

A file has a magic number, a header with its checksum, and blocks of {size, stored size, checksums
of the plain and of the stored bytes, stored bytes}; size 0 ends it. Numbers are big-endian. Bytes
that LZO cannot shrink are stored plain. Verified against files that lzop 1.04 wrote.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from reconattack.errors import InputError, OptionalPackage
from reconattack.readers.containers.neighbours import AGAIN

lzallright = OptionalPackage("lzallright", "formats")

MAGIC = bytes.fromhex("894c5a4f000d0a1a0a")
HEADER = struct.Struct(">HHHBBIIIIB")  # versions, method, level, flags, mode, times, name length
NUMBER = struct.Struct(">I")
LZO1X = (1, 2, 3)
OLDEST_VERSION = 0x0940  # before it, the header was shorter
# lzop writes blocks of 256 KiB. LZO unpacks a byte to at most 255 and takes no limit of its output.
MAX_BLOCK_BYTES = 1 << 20

CHECKSUMS_OF_PLAIN = {0x0001: zlib.adler32, 0x0100: zlib.crc32}  # by the header's flags
CHECKSUMS_OF_STORED = {0x0002: zlib.adler32, 0x0200: zlib.crc32}
HEADER_HAS_CRC = 0x1000
UNSUPPORTED = {0x0040: "an extra field", 0x0400: "several parts", 0x0800: "a filter"}


def blocks(file: BinaryIO) -> Iterator[bytes]:
    """Yield the unpacked blocks of a container, each at most `MAX_BLOCK_BYTES` long.

    Raises
    ------
    InputError
        If the file is no such container, is cut short or does not agree with its checksums.
    """
    flags = _read_header(file)
    while size := _read_number(file):
        yield _read_block(file, size, flags)
    if file.read(1):
        raise InputError(f"bytes follow the end of the lzop container; expected none: {AGAIN}")


def _read_header(file: BinaryIO) -> int:
    """Flags of a header, after its check."""
    if file.read(len(MAGIC)) != MAGIC:
        raise InputError(f"not an lzop container: it does not begin with {MAGIC.hex(' ')}")
    header = _read(file, HEADER.size)
    version, _, _, method, _, flags, *_, name_length = HEADER.unpack(header)
    parts = [f"method {method}", *(name for flag, name in UNSUPPORTED.items() if flags & flag)]
    if version < OLDEST_VERSION or method not in LZO1X or len(parts) > 1:
        raise InputError(
            f"an lzop container of version {version:#06x} with {' and '.join(parts)}; expected "
            f"version {OLDEST_VERSION:#06x} or later and LZO1X alone, methods 1 to 3: if this "
            "is no damage, unpack it with the program lzop"
        )
    header += _read(file, name_length)
    kind = zlib.crc32 if flags & HEADER_HAS_CRC else zlib.adler32
    _check("the header", header, [(kind, _read_number(file))])
    return flags


def _read_block(file: BinaryIO, size: int, flags: int) -> bytes:
    stored_size = _read_number(file)
    if size > MAX_BLOCK_BYTES or not 0 < stored_size <= size:
        raise InputError(
            f"a block of {size} bytes stored in {stored_size}; expected at most {MAX_BLOCK_BYTES} "
            "bytes, stored in no more: if this is no damage, unpack it with the program lzop"
        )
    of_plain = _read_checksums(file, flags, CHECKSUMS_OF_PLAIN)
    packed = stored_size < size
    of_stored = _read_checksums(file, flags, CHECKSUMS_OF_STORED) if packed else []
    stored = _read(file, stored_size)
    _check("a block", stored, of_stored)
    plain = _unpack(stored, size) if packed else stored
    _check("a block", plain, of_plain)
    return plain


def _unpack(stored: bytes, size: int) -> bytes:
    try:
        plain = lzallright.LZOCompressor.decompress(stored, size)
    except lzallright.LZOError:  # its message may be the whole block
        raise InputError(f"damaged: a block cannot be unpacked as LZO1X: {AGAIN}") from None
    if len(plain) != size:
        raise InputError(
            f"damaged: a block unpacks to {len(plain)} bytes; expected {size}, which it states: "
            f"{AGAIN}"
        )
    return plain


def _read_checksums(file: BinaryIO, flags: int, kinds: dict) -> list[tuple]:
    return [(kind, _read_number(file)) for flag, kind in kinds.items() if flags & flag]


def _check(what: str, content: bytes, checksums: list[tuple]) -> None:
    for kind, stated in checksums:
        if kind(content) != stated:
            raise InputError(
                f"damaged: {what} of the lzop container has the checksum {kind(content):08x}; "
                f"expected {stated:08x}, which it states: {AGAIN}"
            )


def _read_number(file: BinaryIO) -> int:
    return NUMBER.unpack(_read(file, NUMBER.size))[0]


def _read(file: BinaryIO, size: int) -> bytes:
    content = file.read(size)
    if len(content) < size:
        raise InputError(f"truncated: the lzop container ends within a block or header: {AGAIN}")
    return content
