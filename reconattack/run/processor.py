"""Which of a processor's instructions the jobs may use, so that processors round alike.

NumPy, OpenBLAS and oneDNN take other kernels on another processor, whose results differ in the last
bit. Jobs are kept to AVX2, which every x86-64 processor of the last ten years has. TensorFlow also
divides the sums of a training by the size of a cache; small networks are trained in float64, where
that does not matter (`reconattack.classifiers.training.training`).
"""

import os
import platform

SHARED = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "OPENBLAS_CORETYPE": "Haswell",
    "OPENBLAS_L2_SIZE": "512",  # kB, by which it divides products
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "TF_ENABLE_ONEDNN_OPTS": "1",  # which TensorFlow else does where there is AVX512_VNNI
}


def keep_to_shared_instructions() -> None:
    """Tell the processes that are started from now on, whatever their environment says."""
    if platform.machine() in ("x86_64", "AMD64"):
        os.environ.update(SHARED)
