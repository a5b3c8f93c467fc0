"""Time how long each script takes to import its modules, and whether it imports TensorFlow.

python -m benchmarks.startup
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.measuring import OUT, ROOT, show_and_keep, spread

IMPORT = """
import sys, time
began = time.perf_counter()
import {module}
print(time.perf_counter() - began, "tensorflow" in sys.modules)
"""


def measure(modules: Sequence[str], repeats: int) -> list[dict[str, Any]]:
    """A row for each module, imported by processes of its own, the slowest first."""
    rows = []
    for module in modules:
        told = [_import(module) for _ in range(repeats)]
        took = spread([float(seconds) for seconds, _ in told])
        rows.append({"module": module, "s": took, "tensorflow": told[0][1] == "True"})
    return sorted(rows, key=lambda row: row["s"]["median"], reverse=True)


def _import(module: str) -> list[str]:
    command = [sys.executable, "-c", IMPORT.format(module=module)]
    # No shell reads it, and the modules are named above.
    return subprocess.check_output(command, cwd=ROOT, text=True).split()  # noqa: S603


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the scripts that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--script", action="append", type=Path, help="a file in scripts/; default: all"
    )
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args(arguments)
    files = chosen.script or sorted((ROOT / "scripts").glob("*/*.py"))
    modules = [".".join((ROOT / file).relative_to(ROOT).with_suffix("").parts) for file in files]
    show_and_keep("startup", measure(modules, chosen.repeats), chosen.out)


if __name__ == "__main__":
    main()
