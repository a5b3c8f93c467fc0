"""How far the content of a file may be unpacked: compressors promise far more than echoes need.

Deflate makes up to 1,032 bytes of one, LZO 255, and Blosc's or LZMA's claims know no bound. RF is
noise in its lowest bits: 12-bit samples kept as doubles, the most wasteful form that was seen,
shrink to a sixth, pictures with black around them to a fortieth. So whatever is packed may become
`MOST_COMPRESSION` times what is stored of it, or a small `ALWAYS_BYTES`, and this is held to before
memory is taken for it, by what the file states, or else while it is unpacked.
"""

import zlib

from reconattack.errors import InputError

MOST_COMPRESSION = 100
ALWAYS_BYTES = 1 << 20


def check_unpacked(what: str, declared: int, stored: int) -> None:
    """Raise InputError if `declared` bytes cannot be what `stored` compressed ones hold."""
    if declared > most_unpacked(stored):
        raise InputError(
            f"{what} declares {declared} bytes from {stored} compressed ones; expected at most "
            f"{MOST_COMPRESSION} times as many, more than echoes ever shrink: the header is wrong, "
            "or the file is made to fill the memory; export it again without compression"
        )


def most_unpacked(stored: int) -> int:
    """Bytes that may be made of `stored` compressed ones."""
    return max(ALWAYS_BYTES, MOST_COMPRESSION * stored)


def inflated(what: str, stored: bytes, declared: int) -> bytes:
    """The bytes of a zlib or gzip stream; of those beyond `declared` only the first.

    Raises
    ------
    InputError
        If `declared` is beyond what the stream can hold.
    zlib.error
        If the stream is damaged or cut short.
    """
    check_unpacked(what, declared, len(stored))
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS + 32)  # + 32: zlib or gzip
    plain = stream.decompress(stored, declared + 1)
    if not stream.eof and len(plain) <= declared:
        raise zlib.error("incomplete or truncated stream")
    return plain
