"""ONNX Runtime, which reports nothing to its maker.

From version 1.29 on, its packages for Linux and macOS store events of each process in the user's
cache folder and upload them, unless a variable is set before the import.
"""

import importlib
import os
from types import ModuleType


def load_onnxruntime() -> ModuleType:
    """The module `onnxruntime`. What its variable is set to already stays."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    return importlib.import_module("onnxruntime")
