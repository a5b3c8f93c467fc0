"""Check of a dataset's compressed chunks before HDF5 unpacks them.

HDF5 takes memory for a whole chunk, however little of it the dataset has, and its filters for all
that a packed chunk unpacks to (gzip) or says that it does (Blosc, LZ4), which may be any number.
"""

import math
import struct
import zlib

import h5py

from reconattack.errors import InputError
from reconattack.readers.containers.unpacking import check_unpacked

GZIP, CHECKSUM, BLOSC, LZ4 = 1, 3, 32001, 32004
STATED_BYTES = {BLOSC: struct.Struct("<4xI"), LZ4: struct.Struct(">Q")}  # at a chunk's beginning
ROOM = 1024  # bytes by which what is packed may be longer than what is not


def check_chunks(dataset: h5py.Dataset) -> None:
    """Raise InputError if a chunk would become larger than the dataset says that its chunks are."""
    if dataset.chunks is None:
        return
    plain = math.prod(dataset.chunks) * dataset.dtype.itemsize
    check_unpacked(f"a chunk of {dataset.name}", plain, dataset.id.get_storage_size())
    packer = _packer(dataset)
    if packer is None:
        return
    chunks: list[h5py.h5d.StoreInfo] = []
    dataset.id.chunk_iter(chunks.append)
    for chunk in chunks:
        found = chunk.size
        if chunk.filter_mask == 0 and found <= 2 * plain + ROOM:
            _, stored = dataset.id.read_direct_chunk(chunk.chunk_offset)
            found = _unpacked_bytes(packer, stored, plain + ROOM)
        if found > plain + ROOM:
            raise InputError(
                f"a chunk of {dataset.name} unpacks to {found} bytes or more; expected {plain}, "
                "the size of its chunks: damaged, or made to fill the memory; export the file again"
            )


def _packer(dataset: h5py.Dataset) -> int | None:
    """The filter that made the stored bytes, if it is one whose output can be told beforehand."""
    properties = dataset.id.get_create_plist()
    codes = [properties.get_filter(place)[0] for place in range(properties.get_nfilters())]
    packers = [code for code in codes if code != CHECKSUM]
    return packers[-1] if packers and packers[-1] in (GZIP, *STATED_BYTES) else None


def _unpacked_bytes(packer: int, stored: bytes, most: int) -> int:
    """Size of what is packed, as far as `most` and one more byte; 0 if it is damaged."""
    if packer in STATED_BYTES:
        layout = STATED_BYTES[packer]
        return layout.unpack_from(stored)[0] if len(stored) >= layout.size else 0
    try:
        return len(zlib.decompressobj().decompress(stored, most + 1))
    except zlib.error:
        return 0
