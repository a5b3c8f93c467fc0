#!/usr/bin/env bash
# ducc0 0.42.0: the Fourier transform of a row depends, in its last bits, on the rows beside it.
#
# `ducc0.fft.c2c` of one row, and of the same row as the first of a stack, are different float64
# numbers. The difference is that of rounding: several rows are probably transformed together in the
# registers of the processor, a row alone in another way. scipy.fft, whose code has the same origin, gives
# equal bits.
#
# It matters where results have to repeat: a program that transforms the lines of a frame one by one,
# or in blocks of another size, or with a remainder, ends in other bits. Whoever replaces scipy.fft
# by ducc0 for its speed loses this without a message.
#
# The script exits with 0 as long as this is so, else with 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    ducc0==0.42.0 scipy==1.17.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import ducc0
import numpy as np
import scipy.fft

random = np.random.default_rng(0)
rows = random.standard_normal((16, 5184)) + 1j * random.standard_normal((16, 5184))
transforms = {
    "ducc0": lambda values: ducc0.fft.c2c(values, axes=(1,)),
    "scipy.fft": lambda values: scipy.fft.fft(values, axis=1),
}
differences = {}
for name, transform in transforms.items():
    alone = np.concatenate([transform(rows[number : number + 1]) for number in range(len(rows))])
    differences[name] = np.abs(alone - transform(rows)).max()
    print(f"{name}: rows alone and in a stack differ by at most {differences[name]:.2g}")
raise SystemExit(0 if differences["ducc0"] > 0 and differences["scipy.fft"] == 0 else 1)
PYTHON
