#!/usr/bin/env bash
# NumPy 2.4.6: Generator.permutation refuses an empty array that is read-only.
#
# `permutation` shuffles a copy and never changes its argument, so a read-only array of three values
# or of one is taken. An empty one raises "ValueError: array is read-only": the copy is made only if
# the two arrays share memory, and empty arrays share none.
#
# It matters because pandas 3 hands out read-only arrays. A program that permutes the names of a
# group, `generator.permutation(index.to_numpy())`, fails as soon as a group is empty. Permuting
# `len(index)` and selecting by the result does not.
#
# The script exits with 0 as long as this is so, else with 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np

generator = np.random.default_rng(0)


def outcome(size, writeable):
    values = np.arange(float(size))
    values.flags.writeable = writeable
    try:
        return sorted(generator.permutation(values)) == sorted(values)
    except ValueError as error:
        return str(error)


as_told = True
for size in (3, 1, 0):
    for writeable in (True, False):
        found = outcome(size, writeable)
        print(f"{size} values, {'writeable' if writeable else 'read-only'}: {found}")
        refused = size == 0 and not writeable
        as_told &= found == ("array is read-only" if refused else True)
raise SystemExit(0 if as_told else 1)
PYTHON
