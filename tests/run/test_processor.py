import platform
import subprocess
import sys

import pytest

from reconattack.run.processor import keep_to_shared_instructions

DISPATCHED = """
import numpy
from threadpoolctl import threadpool_info
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
wide = [name for name in __cpu_dispatch__ if name != "X86_V3" and __cpu_features__[name]]
print(wide, {library["architecture"] for library in threadpool_info()})
"""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="other processors keep their own")
def test_processes_started_from_then_on_use_no_wider_instructions(monkeypatch):
    for name in ("NPY_DISABLE_CPU_FEATURES", "OPENBLAS_CORETYPE"):
        monkeypatch.setenv(name, "")
    keep_to_shared_instructions()
    # What NumPy does not know it would warn of.
    command = [sys.executable, "-W", "error::ImportWarning", "-c", DISPATCHED]
    assert subprocess.check_output(command, text=True).strip() == "[] {'Haswell'}"
