#!/usr/bin/env bash
# Pillow 13.0.0: the same uncompressed TIFF gives other pixels from a path than from its bytes.
#
# A TIFF may state in its tag Orientation that its rows are to be shown as columns (values 5 to 8).
# `Image.open(io.BytesIO(content))` gives the turned picture. `Image.open(path)` of the same bytes
# gives a picture of the size that is not turned, whose pixels are in no order that a viewer shows:
# neither the stored ones nor the turned ones. Values 1 to 4 agree, and so does a compressed file.
#
# It matters because nothing fails: a size that looks plausible holds a scrambled picture. A
# program that opens files by path can open the bytes instead.
#
# The script exits with 0 as long as this is so, else with 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pillow==13.0.0 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import io

import numpy as np
from PIL import Image

stored = np.arange(24, dtype=np.uint8).reshape(4, 6) * 10
turned = {
    1: stored,
    2: stored[:, ::-1],
    3: stored[::-1, ::-1],
    4: stored[::-1],
    5: stored.T,
    6: stored[::-1].T,
    7: stored[::-1, ::-1].T,
    8: stored[:, ::-1].T,
}


def same(one, other):
    return one.shape == other.shape and bool((one == other).all())


as_told = True
for compression in ("raw", "tiff_deflate"):
    for orientation, right in turned.items():
        file = io.BytesIO()
        Image.fromarray(stored).save(
            file, "TIFF", compression=compression, tiffinfo={274: orientation}
        )
        with open("picture.tif", "wb") as copy:
            copy.write(file.getvalue())
        with Image.open(file) as image:
            from_bytes = np.asarray(image)
        with Image.open("picture.tif") as image:
            from_path = np.asarray(image)
        print(
            f"{compression}, orientation {orientation}: "
            f"from bytes {from_bytes.shape}, right: {same(from_bytes, right)}; "
            f"from the path {from_path.shape}, right: {same(from_path, right)}, "
            f"as stored: {same(from_path, stored)}"
        )
        scrambled = compression == "raw" and orientation > 4
        as_told &= same(from_bytes, right)
        as_told &= same(from_path, right) != scrambled
        as_told &= not (scrambled and same(from_path, stored))
raise SystemExit(0 if as_told else 1)
PYTHON
