"""NIfTI files of RF or IQ: samples along the first axis, then scan lines, then frames."""

from pathlib import Path

from reconattack.frames.recording import Recording
from reconattack.readers.containers.nifti_files import is_nifti, read_nifti
from reconattack.readers.containers.volumes import volume_recording
from reconattack.readers.layout import Layout

SUFFIXES = (".nii", ".gz", ".hdr")
COLUMNS = ("axes",)


def recognises(path: Path) -> bool:
    """Whether a file is a NIfTI; other packed files have the suffix `.gz`, too."""
    return is_nifti(path)


def read(path: Path, layout: Layout) -> Recording:
    """Read the samples, and the distances of samples and of lines if the file states them.

    Raises
    ------
    InputError
        If the file is cut short, is no NIfTI, or states what is not used here.
    """
    return volume_recording(read_nifti(path), layout)
