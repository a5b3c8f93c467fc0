"""What a file is by its first bytes: for the choice of a reader, and for its message."""

from pathlib import Path
from typing import NamedTuple

from reconattack.readers.containers.hdf5 import is_hdf5

HEAD_BYTES = 1024
TEXT_BYTES = frozenset(range(32, 127)) | frozenset(b"\t\r\n")
MOSTLY = 0.95  # of the first bytes of a text file


class Signature(NamedTuple):
    """Bytes at a place in a file, what such a file is, and the suffixes that it has."""

    place: int
    start: bytes
    name: str
    suffixes: tuple[str, ...] = ()


SIGNATURES = (
    Signature(128, b"DICM", "a DICOM file", (".dcm", ".dicom", "")),  # may also begin as a TIFF
    Signature(0, b"\x89PNG\r\n\x1a\n", "a PNG picture", (".png",)),
    Signature(0, b"\xff\xd8\xff", "a JPEG picture", (".jpg", ".jpeg")),
    Signature(0, b"GIF8", "a GIF picture"),
    Signature(0, b"II*\0", "a TIFF picture", (".tif", ".tiff")),
    Signature(0, b"MM\0*", "a TIFF picture", (".tif", ".tiff")),
    Signature(0, b"II+\0", "a TIFF picture", (".tif", ".tiff")),
    Signature(0, b"MM\0+", "a TIFF picture", (".tif", ".tiff")),
    Signature(8, b"WEBP", "a WebP picture"),
    Signature(0, b"MATLAB 5.0 MAT-file", "a MATLAB file", (".mat",)),
    Signature(0, b"MATLAB 7.3 MAT-file", "a MATLAB 7.3 file", (".mat",)),
    Signature(0, b"\x93NUMPY", "a NumPy array", (".npy",)),
    Signature(0, b"NRRD000", "an NRRD file", (".nrrd", ".nhdr")),
    Signature(344, b"n+1\0", "a NIfTI file", (".nii",)),
    Signature(344, b"ni1\0", "the header of a NIfTI pair", (".hdr",)),
    Signature(4, b"n+2\0\r\n\x1a\n", "a NIfTI-2 file", (".nii",)),
    Signature(0, b"\x89LZO\0\r\n\x1a\n", "an lzop container", (".lzo",)),
    Signature(0, b"\x1f\x8b\x08", "a gzip file", (".gz",)),
    Signature(0, b"BZh", "a bzip2 file"),
    Signature(0, b"ObjectType", "a MetaImage", (".mha", ".mhd")),
    Signature(0, b"7z\xbc\xaf'\x1c", "a 7z archive"),
    Signature(0, b"Rar!", "a RAR archive"),
    Signature(0, b"PK\x03\x04", "a zip archive", (".npz", ".zip")),
    Signature(257, b"ustar", "a tar archive", (".tar",)),
    Signature(0, b"%PDF", "a PDF document"),
    Signature(8, b"AVI ", "an AVI clip"),
    Signature(4, b"ftyp", "an MP4 clip"),
    Signature(0, b"version https://git-lfs", "a Git LFS pointer, not the file it stands for"),
    Signature(0, b"<!DOCTYPE html", "a web page"),
    Signature(0, b"<html", "a web page"),
    Signature(0, b"<?xml", "an XML text"),
)


HDF5 = Signature(0, b"", "an HDF5 file", (".h5", ".hdf5", ".uff", ".mat"))


def signature_of(path: Path) -> Signature | None:
    """The signature of a file; None if it has none of those that are known."""
    head = _head(path)
    for signature in SIGNATURES:
        found = head[signature.place : signature.place + len(signature.start)]
        if found.lower() == signature.start.lower():
            return signature
    return HDF5 if is_hdf5(path) else None


def unlike_its_name(path: Path) -> str | None:
    """What a file is by its content, in words; None if its name says the same or nothing is known.

    Parameters
    ----------
    path
        The file.
    """
    head, signature = _head(path), signature_of(path)
    if not head:
        return "is empty (0 bytes)"
    if not any(head):
        return f"begins with {len(head)} zeros"
    if signature is not None:
        same = path.suffix.lower() in signature.suffixes
        return None if same else f"is {signature.name} by its content"
    if sum(byte in TEXT_BYTES for byte in head) >= MOSTLY * len(head):
        return f"begins with the text {head[:40].decode('ascii', 'replace')!r}"
    return None


def _head(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(HEAD_BYTES)
