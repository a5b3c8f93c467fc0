"""The limit of unpacking: compressed files can state far larger contents than echoes need.

Deflate unpacks a byte to up to 1,032 bytes and LZO to 255; Blosc and LZMA may state any size. The
lowest bits of RF are noise: 12-bit samples kept as doubles, the most wasteful form that was seen,
shrink to a sixth, and pictures with black margins to a fortieth. Content may therefore grow by
`MOST_COMPRESSION`, and always to `ALWAYS_BYTES`. The limit is checked before memory is allocated,
from the size that the file states, or during unpacking if the file states none.
"""

import zlib

from reconattack.errors import InputError

MOST_COMPRESSION = 100
ALWAYS_BYTES = 1 << 20


def check_unpacked(what: str, declared: int, stored: int) -> None:
    """Raise InputError if `stored` compressed bytes cannot hold `declared` bytes."""
    if declared > most_unpacked(stored):
        raise InputError(
            f"{what} declares {declared} bytes from {stored} compressed ones; expected at most "
            f"{MOST_COMPRESSION} times as many, more than echoes ever shrink: the header is wrong, "
            "or the file is made to fill the memory; export it again without compression"
        )


def most_unpacked(stored: int) -> int:
    """Largest number of bytes to which `stored` compressed bytes may be unpacked."""
    return max(ALWAYS_BYTES, MOST_COMPRESSION * stored)


def inflated(what: str, stored: bytes, declared: int) -> bytes:
    """The bytes of a zlib or gzip stream, at most `declared` + 1 of them.

    Raises
    ------
    InputError
        If the stream cannot hold `declared` bytes.
    zlib.error
        If the stream is damaged or cut short.
    """
    check_unpacked(what, declared, len(stored))
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS + 32)  # + 32: zlib or gzip
    plain = stream.decompress(stored, declared + 1)
    if not stream.eof and len(plain) <= declared:
        raise zlib.error("incomplete or truncated stream")
    return plain
