"""Which of a processor's instructions the training of a large network uses.

The jobs of a run keep to AVX2, so that processors round alike (`reconattack.run.processor`). A
network of the paper's size differs between processors in any case, so its training uses all
instructions. Other jobs judge by the network, and they keep to AVX2.
"""

import os
import sys
from pathlib import Path

LIMIT = "ONEDNN_MAX_CPU_ISA"
BFLOAT16 = {"avx512_bf16", "amx_bf16"}  # as Linux calls the instructions


def use_all_instructions() -> None:
    """Lift the limit of this process, unless TensorFlow has been imported, which reads it once."""
    if "tensorflow" not in sys.modules:
        os.environ.pop(LIMIT, None)


def multiplies_bfloat16(described: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether TensorFlow may multiply in bfloat16 here: the processor can, and no limit is set."""
    if LIMIT in os.environ or not described.exists():
        return False
    lines = described.read_text(encoding="utf-8").splitlines()
    flags = next((line for line in lines if line.startswith("flags")), "")
    return bool(BFLOAT16 & set(flags.split()))
