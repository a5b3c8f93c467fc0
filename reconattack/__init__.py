"""Adversarial attacks on ultrasound diagnosis through image reconstruction parameters.

In a notebook, `import reconattack as ra` has the functions of `reconattack.api`, which is loaded at
their first use.
"""

import importlib

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.api"), name)


def __dir__() -> list[str]:
    return [*globals(), *importlib.import_module(f"{__name__}.api").__all__]
