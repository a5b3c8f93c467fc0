#!/usr/bin/env bash
# SimpleITK 2.5.7: the linear function of a MetaImage's samples is neither applied nor handed over.
#
# A MetaImage may state that a sample means `slope * stored + offset`, in the header's fields
# ElementToIntensityFunctionSlope and ElementToIntensityFunctionOffset. SimpleITK gives the stored
# numbers, and none of its meta-data keys holds the two fields. For NIfTI, whose scl_slope and
# scl_inter mean the same, the same call gives the scaled values.
#
# It matters because a program cannot see that values are missing a factor: the header must be read
# a second time, as text.
#
# The script exits with 0 as long as this is so, else with 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    simpleitk==2.5.7 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import struct

import numpy as np
import SimpleITK

SLOPE, OFFSET = 2.5, -3.0
stored = np.arange(12, dtype="<i2").reshape(3, 4)
meant = SLOPE * stored + OFFSET

header = f"""ObjectType = Image
NDims = 2
BinaryData = True
BinaryDataByteOrderMSB = False
DimSize = 4 3
ElementToIntensityFunctionSlope = {SLOPE}
ElementToIntensityFunctionOffset = {OFFSET}
ElementType = MET_SHORT
ElementDataFile = LOCAL
"""
with open("picture.mha", "wb") as file:
    file.write(header.encode() + stored.tobytes())

nifti = bytearray(352)
struct.pack_into("<i", nifti, 0, 348)
struct.pack_into("<8h", nifti, 40, 2, 4, 3, 1, 1, 1, 1, 1)  # axes and their lengths
struct.pack_into("<2h", nifti, 70, 4, 16)  # int16
struct.pack_into("<8f", nifti, 76, 1, 1, 1, 1, 1, 1, 1, 1)
struct.pack_into("<3f", nifti, 108, 352, SLOPE, OFFSET)  # place of the samples, slope, intercept
nifti[344:348] = b"n+1\0"
with open("picture.nii", "wb") as file:
    file.write(bytes(nifti) + stored.tobytes())

told = {}
for name in ("picture.mha", "picture.nii"):
    image = SimpleITK.ReadImage(name)
    values = SimpleITK.GetArrayFromImage(image)
    keys = [key for key in image.GetMetaDataKeys() if "slope" in key.lower()]
    told[name] = (np.array_equal(values, stored), np.allclose(values, meant), keys)
    print(f"{name}: first row {values[0].tolist()}; keys that speak of a slope: {keys}")
print("first row as the headers mean it:", meant[0].tolist())
as_told = told["picture.mha"] == (True, False, []) and told["picture.nii"][1]
raise SystemExit(0 if as_told else 1)
PYTHON
