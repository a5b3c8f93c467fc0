#!/usr/bin/env bash
# hdf5plugin 7.1.0 with h5py 3.14.0: a data set is not written with Blosc if netCDF4 1.7.5.1 was imported first.
#
# The wheels of h5py and netCDF4 each bring a library of HDF5, of unlike versions. The order of two imports
# decides whether h5py writes with the filter Blosc. After `import netCDF4` it stops with "error during user
# callback", in which nothing speaks of netCDF4 or of an order. The other filters (Blosc2, Zstd, LZ4,
# Bitshuffle, BZip2) write in both orders, and Blosc reads in both.
#
# It matters because xarray imports netCDF4 when a file is opened, often far from the line that fails. A
# program that writes Blosc then fails, or not, by which file of it is imported first: tests pass as a whole
# and fail in a selection.
#
# The script exits with 0 as long as this is so, else with 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    h5py==3.14.0 hdf5plugin==7.1.0 netCDF4==1.7.5.1.post1 numpy==2.4.6
cat > "$folder/write.py" <<'PYTHON'
import importlib
import sys

path, *order = sys.argv[1:]
for name in order:
    importlib.import_module(name)
import h5py
import hdf5plugin
import netCDF4
import numpy as np

samples = np.arange(10_000, dtype="i2").reshape(100, 100)
written = []
for name in ("Blosc", "Blosc2", "Zstd", "LZ4", "Bitshuffle", "BZip2"):
    try:
        with h5py.File(path, "w") as file:
            file.create_dataset("rf", data=samples, **getattr(hdf5plugin, name)())
        with h5py.File(path) as file:
            assert np.array_equal(file["rf"], samples)
        written.append(name)
    except ValueError as error:
        print(f"{' then '.join(order)}: {name}: {error}")
versions = f"HDF5 {h5py.version.hdf5_version} of h5py, {netCDF4.__hdf5libversion__} of netCDF4"
print(f"{' then '.join(order)} ({versions}): written with {', '.join(written)}")
sys.exit("Blosc" not in written)
PYTHON
"$folder/venv/bin/python" "$folder/write.py" "$folder/a.h5" h5py netCDF4
if "$folder/venv/bin/python" "$folder/write.py" "$folder/b.h5" netCDF4 h5py; then
    exit 1
fi
