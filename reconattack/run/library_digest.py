"""What a script depends on within this package, as one number.

Snakemake re-runs a job when its script has a newer time stamp, but does not look into the modules
that the script imports. A rule therefore carries the digest of script and modules as a param.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
TEMPLATES = (".css", ".html", ".js")


def library_digest(script: Path | str, *modules: str) -> str:
    """SHA-256 over a script and the package's modules that it imports, directly or not.

    `modules` are further modules that the script imports by name when it runs. The templates that
    stand in the folder of a package belong to it. A module that calls
    `pkgutil.iter_modules(package.__path__)` imports every module of that package.
    """
    digest = hashlib.sha256(Path(script).read_bytes())
    for module in sorted(library_modules(script, *modules)):
        digest.update(module.encode())
        digest.update(_module_file(module).read_bytes())
        for template in _templates(module):
            digest.update(template.name.encode())
            digest.update(template.read_bytes())
    return digest.hexdigest()


def library_modules(script: Path | str, *modules: str) -> set[str]:
    """Dotted names of the package's modules that a script imports, directly or not."""
    found: set[str] = set()
    waiting = set(_imports(Path(script)))
    waiting.update(part for module in modules for part in _with_packages(module))
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting |= _imports(_module_file(module))
    return found


@cache
def _imports(file: Path) -> frozenset[str]:
    names: set[str] = set()
    listed: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "pkgutil.iter_modules":
            listed |= {ast.unparse(argument).removesuffix(".__path__") for argument in node.args}
    names |= {
        f"{name}.{module.stem}"
        for name in names
        if name.rpartition(".")[2] in listed and _is_module(name)
        for module in _module_file(name).parent.glob("[!_]*.py")
    }
    return frozenset(part for name in names for part in _with_packages(name) if _is_module(part))


def _with_packages(name: str) -> set[str]:
    parts = name.split(".")
    return {".".join(parts[:end]) for end in range(1, len(parts) + 1)}


def _is_module(name: str) -> bool:
    return name.split(".")[0] == PACKAGE.name and _module_file(name).exists()


def _module_file(name: str) -> Path:
    path = PACKAGE.joinpath(*name.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _templates(module: str) -> list[Path]:
    file = _module_file(module)
    beside = file.parent.iterdir() if file.name == "__init__.py" else ()
    return sorted(path for path in beside if path.suffix in TEMPLATES)
