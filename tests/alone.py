"""Programs with the packages of `pip install reconattack` and no others."""

import json
import os
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.places import ROOT

OWN = "reconattack"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
BASE, EXTRAS = PROJECT["dependencies"], PROJECT["optional-dependencies"]
WITHOUT = """
import importlib.abc, json, sys

class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in missing:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

missing = set(json.loads(sys.argv.pop(1)))
sys.meta_path.insert(0, Missing())
exec(compile(sys.argv.pop(1), "program", "exec"))
"""


def run_alone(program: str, *arguments: object, cwd: Path = ROOT) -> str:
    """Run a program, and give what it prints."""
    names = [json.dumps(missing_modules()), program, *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT, *names],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def requirements(*lists: list[str]) -> list[Requirement]:
    """The requirements of some lists in pyproject.toml, without the project's own extras."""
    found = [Requirement(line) for lines in lists for line in lines]
    return [requirement for requirement in found if requirement.name != OWN]


@cache
def missing_modules() -> list[str]:
    """Modules installed here that `pip install` of this project would not install."""
    brought = needed_by(requirements(BASE))
    missing = [
        module
        for module, distributions in packages_distributions().items()
        if not brought & set(map(canonicalize_name, distributions))
    ]
    assert {"tensorflow", "h5py", "sklearn", "statsmodels", "yaml"} <= set(missing)
    assert not {"numpy", "xarray", "pandas", "cma", "onnx", "skimage", OWN} & set(missing)
    return missing


def needed_by(found: list[Requirement]) -> set[str]:
    """Names of the distributions that some requirements need, directly or not."""
    names: set[str] = set()
    waiting = list(found)
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name not in names and (requirement.marker is None or requirement.marker.evaluate()):
            names.add(name)
            waiting += [
                one
                for one in map(Requirement, requires(name) or [])
                if one.marker is None or one.marker.evaluate({"extra": ""})
            ]
    return names
