import struct
import zlib
from hashlib import sha256

import lzallright
import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.readers.containers import lzop
from tests.places import DATA

# files by lzop itself: see make_lzop_files.py
BLOCKS = (np.arange(150_000, dtype="<u4") // 64).tobytes()
STORED = b"".join(sha256(bytes([i])).digest() for i in range(100))
PLAIN = b"echo" * 500
FIRST_BLOCK = 9 + 25 + len("lzop_blocks") + 4  # magic, header with the name, checksum


def unpacked(path):
    with open(path, "rb") as file:
        return b"".join(lzop.blocks(file))


def container(blocks, flags=0, version=0x1040, method=1, header_sum=None):
    """A container after lzop's own source, independent of the reader's tables."""
    header = struct.pack(">HHHBB", version, 0x20A0, 0x0940, method, 5)
    header += struct.pack(">IIII", flags, 0o100644, 0, 0) + b"\x01x"
    kind = zlib.crc32 if flags & 0x1000 else zlib.adler32
    header += struct.pack(">I", kind(header) if header_sum is None else header_sum)
    return b"\x89LZO\0\r\n\x1a\n" + header + b"".join(blocks) + struct.pack(">I", 0)


def block(plain, size=None, checksums=(), packed=None):
    packed = lzallright.LZOCompressor().compress(plain) if packed is None else packed
    sizes = struct.pack(">II", len(plain) if size is None else size, len(packed))
    return sizes + b"".join(struct.pack(">I", c) for c in checksums) + packed


def read(tmp_path, content):
    path = tmp_path / "x.lzo"
    path.write_bytes(content)
    return unpacked(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [("lzop_blocks", BLOCKS), ("lzop_blocks_crc32", BLOCKS), ("lzop_stored", STORED)],
)
def test_files_of_the_program_lzop_are_unpacked(name, content):
    assert unpacked(DATA / f"{name}.lzo") == content


def test_file_without_checksums_is_unpacked():
    with_them = unpacked(DATA / "clarius_rf.raw.lzo")
    assert unpacked(DATA / "lzop_no_checksum.lzo") == with_them
    assert len(with_them) == 20 + 2 * (8 + 8 * 128 * 2)


def test_blocks_come_one_by_one():
    with open(DATA / "lzop_blocks.lzo", "rb") as file:
        assert [len(one) for one in lzop.blocks(file)] == [262144, 262144, 75712]


@pytest.mark.parametrize(
    ("flags", "kinds"),
    [
        (0x3, (zlib.adler32, zlib.adler32)),
        (0x300, (zlib.crc32, zlib.crc32)),
        (0x1001, (zlib.adler32,)),
    ],
)
def test_checksums_of_plain_and_of_stored_bytes(tmp_path, flags, kinds):
    packed = lzallright.LZOCompressor().compress(PLAIN)
    sums = [kind(one) for kind, one in zip(kinds, (PLAIN, packed), strict=False)]
    assert read(tmp_path, container([block(PLAIN, None, sums)], flags)) == PLAIN
    for wrong in range(len(sums)):
        bad = [c ^ (i == wrong) for i, c in enumerate(sums)]
        with pytest.raises(InputError, match=r"damaged: a block of the lzop"):
            read(tmp_path, container([block(PLAIN, None, bad)], flags))


def test_empty_container(tmp_path):
    assert read(tmp_path, container([])) == b""


@pytest.mark.parametrize("cut", [9, 12, 30, FIRST_BLOCK + 2, FIRST_BLOCK + 100, -2])
def test_truncated_container(tmp_path, cut):
    content = (DATA / "lzop_blocks.lzo").read_bytes()[:cut]
    with pytest.raises(InputError, match="truncated: the lzop container ends within"):
        read(tmp_path, content)


@pytest.mark.parametrize("content", [b"", b"\x89LZO", b"RIFF" * 20])
def test_file_that_is_no_container(tmp_path, content):
    with pytest.raises(InputError, match=r"not an lzop container: .*89 4c 5a 4f"):
        read(tmp_path, content)


def test_damaged_block(tmp_path):
    content = bytearray((DATA / "lzop_blocks.lzo").read_bytes())
    content[FIRST_BLOCK + 3000] ^= 0xFF
    with pytest.raises(InputError, match="damaged: a block"):
        read(tmp_path, content)


def test_damaged_header(tmp_path):
    content = bytearray((DATA / "lzop_blocks.lzo").read_bytes())
    content[FIRST_BLOCK - 5] ^= 0xFF
    with pytest.raises(InputError, match="damaged: the header of the lzop container has the check"):
        read(tmp_path, content)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"method": 128}, "with method 128; expected version 0x0940 or later and LZO1X alone"),
        ({"flags": 0x800}, "with method 1 and a filter"),
        ({"flags": 0x440}, "with method 1 and an extra field and several parts"),
        ({"version": 0x0930}, "of version 0x0930"),
    ],
)
def test_containers_that_only_lzop_unpacks(tmp_path, changes, message):
    with pytest.raises(InputError, match=f"{message}.*unpack it with the program lzop"):
        read(tmp_path, container([block(PLAIN)], **changes))


@pytest.mark.parametrize(
    ("size", "packed"),
    [(1 << 30, b"x" * 10), (5, b"x" * 10), (10, b"")],
)
def test_block_of_impossible_size_is_not_unpacked(tmp_path, size, packed):
    with pytest.raises(InputError, match=f"a block of {size} bytes stored in {len(packed)}; exp"):
        read(tmp_path, container([block(b"", size, (), packed)]))


def test_block_that_unpacks_to_more_than_it_states(tmp_path):
    with pytest.raises(InputError, match="a block unpacks to 2000 bytes; expected 1000, which it"):
        read(tmp_path, container([block(PLAIN, 1000)]))


def test_message_about_a_damaged_block_does_not_hold_the_block(tmp_path):
    packed = lzallright.LZOCompressor().compress(PLAIN) + b"more"
    with pytest.raises(InputError, match="cannot be unpacked as LZO1X") as caught:
        read(tmp_path, container([block(PLAIN, None, (), packed)]))
    assert caught.value.__suppress_context__


def test_bytes_after_the_end(tmp_path):
    with pytest.raises(InputError, match="bytes follow the end of the lzop container"):
        read(tmp_path, container([]) + container([]))
