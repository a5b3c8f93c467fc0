#!/usr/bin/env bash
# pydicom 3.0.2: iter_pixels takes uncompressed YBR_FULL_422 frames from wrong places.
#
# An uncompressed clip whose colours are subsampled (YBR_FULL_422) has two bytes a pixel.
# `pixel_array`, for all frames or one at a time by `index`, reads it right. `iter_pixels`, which
# pydicom offers for clips too large for memory, gives the first frame right. The next ones come
# from farther on in the file than they lie, without an error or a warning, and after the last bytes
# of the file a ValueError ends the loop before all frames were given.
#
# It matters because a program that reads as many frames as it needs sees no error at all: a clip
# whose second frame is its third one, or parts of two frames. Reading by `index` avoids it.
#
# The script exits with 0 as long as this is so, else with 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    pydicom==3.0.2 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import io

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels import iter_pixels, pixel_array
from pydicom.uid import ExplicitVRLittleEndian

FRAMES, ROWS, COLUMNS = 6, 4, 8  # each frame has one grey level: 10, 20, ...
grey = np.repeat(np.arange(10, 10 * FRAMES + 1, 10, dtype=np.uint8), ROWS * COLUMNS)
pairs = grey.reshape(FRAMES, ROWS, -1, 2)
stored = np.concatenate([pairs, np.full_like(pairs, 128)], axis=3)  # Y Y Cb Cr

clip = Dataset()
clip.file_meta = FileMetaDataset()
clip.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
clip.SOPClassUID, clip.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.3.1", "1.2.3"
clip.Rows, clip.Columns, clip.NumberOfFrames = ROWS, COLUMNS, FRAMES
clip.SamplesPerPixel, clip.PlanarConfiguration = 3, 0
clip.PhotometricInterpretation = "YBR_FULL_422"
clip.BitsAllocated = clip.BitsStored = 8
clip.HighBit, clip.PixelRepresentation = 7, 0
clip.PixelData = stored.tobytes()
clip["PixelData"].VR = "OB"
file = io.BytesIO()
clip.save_as(file, enforce_file_format=True)
file.seek(0)
clip = pydicom.dcmread(file)


def levels(frame):
    return np.unique(frame).tolist()


right = [[level] for level in range(10, 10 * FRAMES + 1, 10)]
at_once = [levels(frame) for frame in pixel_array(clip)]
by_index = [levels(pixel_array(clip, index=index)) for index in range(FRAMES)]
one_by_one, end = [], "no error"
try:
    for frame in iter_pixels(clip):
        one_by_one.append(levels(frame))
except ValueError:
    end = "ValueError"
print("grey levels of the frames, pixel_array:", at_once)
print("pixel_array with index:               ", by_index)
print("iter_pixels:                          ", one_by_one, "then", end)
as_told = at_once == right and by_index == right and end == "ValueError"
as_told &= one_by_one[0] == right[0] and one_by_one[1] != right[1]
raise SystemExit(0 if as_told else 1)
PYTHON
