"""Small files that would become large ones: each is refused, and by what it states or while it is
unpacked, not once the memory has been taken."""

import gzip
import io
import struct
import tarfile
import tracemalloc
import zipfile
import zlib

import h5py
import hdf5plugin
import numpy as np
import pytest
from PIL import Image

from reconattack.errors import InputError
from reconattack.readers.containers import lzop
from reconattack.readers.containers.unpacking import ALWAYS_BYTES, MOST_COMPRESSION, inflated
from reconattack.readers.formats import read_image_file, read_recording
from reconattack.readers.layout import Layout
from reconattack.readers.liver_mask import read_mask

PLAIN = 64 << 20  # bytes that a bomb would become
STEP = 16 << 20  # and that reading one may take
SAMPLES = np.zeros((PLAIN // 1024, 512), np.int16)


@pytest.fixture
def refused():
    """A function that has a file read, which must not take the memory, and returns the message."""

    def read(path, read=None, count=1, **layout):
        tracemalloc.start()
        try:
            with pytest.raises(InputError) as error:
                read(path) if read else read_recording(path, count, layout=Layout(**layout))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < STEP
        return str(error.value).removeprefix(f"{path}: ")

    return read


def metaimage(path, samples, packed):
    rows, columns = samples.shape
    header = f"ObjectType = Image\nNDims = 2\nDimSize = {rows} {columns}\nCompressedData = True\n"
    header += f"CompressedDataSize = {len(packed)}\nElementType = MET_SHORT\n"
    path.write_bytes(f"{header}ElementDataFile = LOCAL\n".encode() + packed)
    return path


@pytest.mark.parametrize("compress", [zlib.compress, gzip.compress])
def test_metaimage_that_declares_what_it_unpacks_to(tmp_path, refused, compress):
    path = metaimage(tmp_path / "rf.mha", SAMPLES, compress(SAMPLES.tobytes()))
    assert refused(path).startswith(f"its header (DimSize) declares {PLAIN} bytes from ")


def test_metaimage_that_unpacks_to_more_than_it_declares(tmp_path, refused):
    path = metaimage(tmp_path / "rf.mha", SAMPLES[:128, :64], zlib.compress(SAMPLES.tobytes()))
    assert refused(path).startswith("longer than its header declares: more than 16384 bytes")


def nrrd(path, samples, packed):
    rows, columns = samples.shape
    header = f"NRRD0004\ntype: int16\ndimension: 2\nsizes: {rows} {columns}\nendian: little\n"
    path.write_bytes(f"{header}encoding: gzip\n\n".encode() + packed)
    return path


def nifti(path, samples):
    """Packed whole, header and samples."""
    header = bytearray(352)
    header[:4], header[344:348] = struct.pack("<i", 348), b"n+1\0"
    struct.pack_into("<8h", header, 40, 3, *samples.shape, 1, 1, 1, 1)
    struct.pack_into("<h", header, 70, 4)
    struct.pack_into("<f", header, 108, 352)
    path.write_bytes(gzip.compress(bytes(header) + samples.tobytes()))
    return path


def test_nrrd(tmp_path, refused):
    path = nrrd(tmp_path / "rf.nrrd", SAMPLES, gzip.compress(SAMPLES.tobytes()))
    assert refused(path).startswith(f"its header declares {PLAIN} bytes from ")
    path = nrrd(tmp_path / "rf.nrrd", SAMPLES[:128, :64], gzip.compress(SAMPLES.tobytes()))
    assert refused(path).startswith("more than 16384 bytes of samples; its header declares 16384")


def test_nifti(tmp_path, refused):
    path = nifti(tmp_path / "rf.nii.gz", SAMPLES.reshape(128, 512, 512))
    assert refused(path).startswith(f"its header declares {PLAIN + 352} bytes from ")


def test_stream_is_unpacked_no_further_than_declared():
    stored = zlib.compress(bytes(PLAIN))
    assert len(inflated("it", stored, ALWAYS_BYTES)) == ALWAYS_BYTES + 1
    with pytest.raises(zlib.error):
        inflated("it", zlib.compress(b"echo")[:-2], 4)


def test_echoes_are_far_from_the_bound():
    echoes = np.random.default_rng(1).normal(0, 300, 100_000).round()
    assert 10 * echoes.nbytes / len(zlib.compress(echoes.tobytes(), 9)) < MOST_COMPRESSION


def test_numpy_archive(tmp_path, refused):
    np.savez_compressed(tmp_path / "rf.npz", rf=SAMPLES)
    assert refused(tmp_path / "rf.npz").startswith(f"rf.npy declares {PLAIN + 128} bytes from ")


def test_numpy_archive_of_another_compressor(tmp_path, refused):
    with zipfile.ZipFile(tmp_path / "rf.npz", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("rf.npy", bytes(PLAIN))
    assert refused(tmp_path / "rf.npz").startswith("rf.npy is compressed by method 14 of zip")


def matlab5(path, content):
    header = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H2s", 0x0100, b"IM")
    path.write_bytes(header + content)
    return path


def element(kind, content):
    return struct.pack("<II", kind, len(content)) + content + bytes(-len(content) % 8)


def matrix(class_number, lengths, *parts):
    flags = element(6, struct.pack("<II", class_number, 0))
    sizes = element(5, struct.pack(f"<{len(lengths)}i", *lengths))
    return element(14, b"".join([flags, sizes, element(1, b"rf"), *parts]))


def test_matlab_variable(tmp_path, refused):
    packed = zlib.compress(matrix(10, SAMPLES.shape, element(3, SAMPLES.tobytes())))
    path = matlab5(tmp_path / "rf.mat", struct.pack("<II", 15, len(packed)) + packed)
    assert refused(path).startswith("a variable declares ")


@pytest.mark.parametrize("class_number", [1, 2])
def test_matlab_cell_of_more_elements_than_bytes(tmp_path, refused, class_number):
    path = matlab5(tmp_path / "rf.mat", matrix(class_number, (50_000, 40_000)))
    assert "50000 x 40000 elements in " in refused(path)


def test_matlab_4_matrix_of_more_numbers_than_bytes(tmp_path, refused):
    header = struct.pack("<5i", 0, 50_000, 40_000, 0, 3)
    (tmp_path / "rf.mat").write_bytes(header + b"rf\0" + bytes(4096))
    assert refused(tmp_path / "rf.mat").startswith("truncated: 4119 bytes; its variables declare")


@pytest.mark.parametrize("options", [{"compression": "gzip"}, hdf5plugin.Blosc()])
@pytest.mark.parametrize("name", ["rf.hdf5", "rf.mat"])
def test_hdf5_dataset(tmp_path, refused, name, options):
    with h5py.File(tmp_path / name, "w", userblock_size=512) as file:
        variable = "data/beamformed_data" if name == "rf.hdf5" else "rf"
        shape = (1, *SAMPLES.shape)
        data = file.create_dataset(variable, shape, "i2", chunks=shape, **options)
        data[...] = SAMPLES
        data.attrs["MATLAB_class"] = np.bytes_("int16")
    assert f"declares {PLAIN} bytes" in refused(tmp_path / name)


def test_hdf5_chunk_far_larger_than_its_dataset(tmp_path, refused):
    with h5py.File(tmp_path / "rf.hdf5", "w") as file:
        data = file.create_dataset(
            *("data/beamformed_data", (1, 80, 16), "i2"),
            maxshape=(None, None, None),
            chunks=(1, *SAMPLES.shape),
            compression="gzip",
        )
        data[...] = 1
    assert refused(tmp_path / "rf.hdf5").startswith("a chunk of /data/beamformed_data declares")


@pytest.mark.parametrize(
    ("options", "packed"),
    [
        ({"compression": "gzip"}, zlib.compress(bytes(PLAIN), 9)),
        (hdf5plugin.Blosc(), b"\2\1!\2" + struct.pack("<III", PLAIN, PLAIN, 4096) + bytes(4080)),
        (hdf5plugin.LZ4(), struct.pack(">QI", PLAIN, PLAIN) + bytes(4080)),
    ],
    ids=["gzip", "blosc", "lz4"],
)
def test_hdf5_chunk_that_unpacks_to_more_than_a_chunk(tmp_path, refused, options, packed):
    with h5py.File(tmp_path / "rf.hdf5", "w") as file:
        shape = (1, 400, 256)
        data = file.create_dataset("data/beamformed_data", shape, "i2", chunks=shape, **options)
        data.id.write_direct_chunk((0, 0, 0), packed)
    assert "a chunk of /data/beamformed_data unpacks to" in refused(tmp_path / "rf.hdf5")


def test_lzo_block_whose_size_is_a_lie(tmp_path):
    header = struct.pack(">HHHBBIIII", 0x1040, 0x20A0, 0x0940, 1, 5, 0, 0o100644, 0, 0) + b"\1x"
    content = lzop.MAGIC + header + struct.pack(">I", zlib.adler32(header))
    with pytest.raises(InputError, match="a block of 4294967295 bytes stored in 100; expected at"):
        list(lzop.blocks(io.BytesIO(content + struct.pack(">II", 2**32 - 1, 100) + bytes(100))))


@pytest.mark.parametrize("name", ["../rf.raw", "/rf.raw", "a/../../rf.raw", "..\\rf.raw"])
def test_tar_that_leads_out_of_itself(tmp_path, refused, name):
    folder = tmp_path / "inside"
    folder.mkdir()
    with tarfile.open(folder / "rf.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    assert "leads out of the archive" in refused(folder / "rf.tar")
    assert [path.name for path in tmp_path.rglob("*")] == ["inside", "rf.tar"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_tar_with_a_link_or_a_device(tmp_path, refused, kind):
    member = tarfile.TarInfo("rf.raw")
    member.type, member.linkname = kind, "elsewhere"
    with tarfile.open(tmp_path / "rf.tar", "w") as archive:
        archive.addfile(member)
    assert "is no plain file or folder" in refused(tmp_path / "rf.tar")


def test_compressed_tar_is_not_unpacked(tmp_path, refused):
    (tmp_path / "rf.tar").write_bytes(gzip.compress(bytes(PLAIN)))
    assert "no tar archive, or a damaged one" in refused(tmp_path / "rf.tar")


def test_siemens_header_of_more_frames_than_bytes(tmp_path, refused):
    fields = struct.pack("<16xI36x", 2**32 - 1)
    (tmp_path / "rf.rfd").write_bytes(b"avih" + struct.pack("<I", 56) + fields + b"movi")
    assert "4294967295 frames (avih) in 68 bytes" in refused(tmp_path / "rf.rfd")


@pytest.mark.parametrize("read", [lambda path: read_image_file(path, 1), read_mask])
def test_png_of_more_pixels_than_any_scanner(tmp_path, refused, read):
    Image.new("L", (10_000, 6_000)).save(tmp_path / "us.png")
    assert "6000 rows and 10000 columns" in refused(tmp_path / "us.png", read)


def test_tiff_of_more_rows_than_bytes(tmp_path, refused):
    Image.new("L", (32, 24)).save(tmp_path / "us.tiff")
    rows = struct.Struct("<HHII")  # tag, type, count, value
    bytes_of = (tmp_path / "us.tiff").read_bytes()
    assert rows.pack(257, 4, 1, 24) in bytes_of
    lie = bytes_of.replace(rows.pack(257, 4, 1, 24), rows.pack(257, 4, 1, 600_000))
    (tmp_path / "us.tiff").write_bytes(lie)
    message = refused(tmp_path / "us.tiff", lambda path: read_image_file(path, 1))
    assert "600000 rows and 32 columns" in message
    assert "pixels a byte" in message


def test_metaimage_whose_samples_stand_elsewhere(tmp_path, refused):
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "secret").write_bytes(bytes(4096))
    header = "NDims = 2\nDimSize = 64 32\nElementType = MET_SHORT\nElementDataFile = "
    for name in ("../secret", str(tmp_path / "secret")):
        (folder / "rf.mhd").write_text(header + name + "\n")
        assert f"its samples stand in {name}" in refused(folder / "rf.mhd")
