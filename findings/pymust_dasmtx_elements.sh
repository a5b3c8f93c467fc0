#!/usr/bin/env bash
# PyMUST 0.1.9: `dasmtx` accepts the positions of the elements in PARAM.elements, and does not use them.
#
# The documentation of `dasmtx` lists PARAM.elements, x and z of each element of the array. They are checked
# and read; then the positions are computed again from the pitch. Delays are those of evenly spaced
# elements, without a message.
#
# It matters for every array that a pitch does not describe: sparse arrays, matrix rows with gaps,
# positions measured by calibration, probes with lost elements. Such data are beamformed with wrong delays,
# and the picture is only blurred, so that nobody notices.
#
# The script exits with 0 as long as this is so, else with 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    pymust==0.1.9 numpy==2.4.6 scipy==1.17.1
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from pymust.dasmtx import dasmtx
from pymust.utils import Param

PITCH, ELEMENTS, SAMPLES, FREQUENCY, SPEED = 3e-4, 16, 2000, 40e6, 1540.0
x, z = np.array([[2e-3]]), np.array([[15e-3]])
even = (np.arange(ELEMENTS) - (ELEMENTS - 1) / 2) * PITCH
uneven = 1.5 * even


def received_at(positions):
    """Mean sample from which each element's echo of the point is taken."""
    param = Param()
    param.fs, param.pitch, param.c, param.Nelements = FREQUENCY, PITCH, SPEED, ELEMENTS
    param.fnumber = 0
    if positions is not None:
        param.elements = np.stack([positions, np.zeros(ELEMENTS)])
    matrix = dasmtx(np.array([SAMPLES, ELEMENTS]), x, z, np.zeros((1, ELEMENTS)), param)
    entries = (matrix[0] if isinstance(matrix, tuple) else matrix).tocoo()
    element, sample = np.divmod(entries.col, SAMPLES)
    weight = entries.data
    return np.bincount(element, weight * sample, ELEMENTS) / np.bincount(element, weight, ELEMENTS)


def distances(positions):
    return np.hypot(positions - x[0, 0], z[0, 0])


stated, computed = received_at(uneven), received_at(None)
wrong = np.ptp(stated - FREQUENCY / SPEED * distances(uneven))
right = np.ptp(stated - FREQUENCY / SPEED * distances(even))
print(f"samples that differ between stated and no positions: {np.abs(stated - computed).max():.3g}")
print(f"delays off by up to {wrong:.1f} samples for the stated positions, {right:.2g} for even ones")
raise SystemExit(0 if np.array_equal(stated, computed) and wrong > 5 and right < 1 else 1)
PYTHON
