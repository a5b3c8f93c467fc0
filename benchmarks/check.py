"""Fail where a ratio to another way to do the same work is less than half of what was measured.

    python -m benchmarks.check

Both ways take turns in the same run: a slow or busy machine changes times, not ratios. The ratios
that were measured stand in docs/performance.md, with the machine.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import bmode, grid
from benchmarks.attack_loop import compact

MEASURED = {  # how many times faster than that
    ("from RF", "plain SciPy, lines padded"): 2.0,
    ("another setting", "plain SciPy"): 15.0,
    ("grid", "one by one"): 2.0,
    ("grid", "one by one from RF lines"): 30.0,
}
