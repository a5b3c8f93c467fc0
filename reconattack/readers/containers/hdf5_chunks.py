"""Check of a dataset's compressed chunks before HDF5 unpacks them.

HDF5 allocates a whole chunk even for a small dataset. Its filters allocate the unpacked size of a
chunk (gzip), or the size that the chunk states (Blosc, LZ4). A damaged file may state any number.
"""

from __future__ import annotations

import math
import struct
import zlib
from typing import TYPE_CHECKING

from reconattack.errors import InputError
from reconattack.readers.containers.unpacking import check_unpacked

if TYPE_CHECKING:
    import h5py

GZIP, CHECKSUM, BLOSC, LZ4 = 1, 3, 32001, 32004
STATED_BYTES = {BLOSC: struct.Struct("<4xI"), LZ4: struct.Struct(">Q")}  # at a chunk's beginning
ROOM = 1024  # bytes by which packed content may be longer than plain content


def check_chunks(dataset: h5py.Dataset) -> None:
    """Raise InputError if a chunk unpacks to more than the dataset's chunk size."""
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
    """The filter that made the stored bytes, if their unpacked size can be known beforehand."""
    properties = dataset.id.get_create_plist()
    codes = [properties.get_filter(place)[0] for place in range(properties.get_nfilters())]
    packers = [code for code in codes if code != CHECKSUM]
    return packers[-1] if packers and packers[-1] in (GZIP, *STATED_BYTES) else None


def _unpacked_bytes(packer: int, stored: bytes, most: int) -> int:
    """Unpacked size, counted up to `most` + 1 bytes; 0 if the chunk is damaged."""
    if packer in STATED_BYTES:
        layout = STATED_BYTES[packer]
        return layout.unpack_from(stored)[0] if len(stored) >= layout.size else 0
    try:
        return len(zlib.decompressobj().decompress(stored, most + 1))
    except zlib.error:
        return 0
