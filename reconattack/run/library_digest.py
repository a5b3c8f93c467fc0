"""What a script depends on within this package, as one number.

Snakemake re-runs a job when its script has a newer time stamp, but does not look into the modules
that the script imports. A rule therefore carries the digest of script and modules as a param.
"""

import ast
import hashlib
import re
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
# Finds the imports of this package; syntax trees of all modules took half of a workflow's start.
# Text that only looks like an import, as in a docstring, counts as one: a job too many is no harm.
IMPORT = re.compile(
    rf"(?:^|[;:])[ \t]*(?:from[ \t]+({PACKAGE.name}[\w.]*)[ \t]+import[ \t]*"
    r"(\((?:[^)#]|#[^\n]*)*\)|[^\n;]*)"
    rf"|import[ \t]+([^\n;]*\b{PACKAGE.name}\b[^\n;]*))",
    re.MULTILINE,
)
COMMENT = re.compile("#[^\n]*")
TEMPLATES = (".c", ".css", ".html", ".js", ".ttf", ".yaml")


def library_digest(script: Path | str, *modules: str) -> str:
    """SHA-256 over a script and the package's modules that it imports, directly or not.

    `modules` are further modules that the script imports by name when it runs. The templates, data
    and C code that stand in the folder of a package belong to it. A module that calls
    `pkgutil.iter_modules(package.__path__)` imports every module of that package.
    """
    digest = hashlib.sha256(Path(script).read_bytes())
    for module in sorted(library_modules(script, *modules)):
        digest.update(_content(module))
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
    text = file.read_text()
    names: set[str] = set()
    for module, members, modules in IMPORT.findall(text.replace("\\\n", " ")):
        if module:
            names |= {module, *(f"{module}.{member}" for member in _named(members))}
        names |= _named(modules)
    listed = {
        ast.unparse(argument).removesuffix(".__path__")
        for node in (ast.walk(ast.parse(text)) if "iter_modules" in text else ())
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pkgutil.iter_modules"
        for argument in node.args
    }
    names |= {
        f"{name}.{module.stem}"
        for name in names
        if name.rpartition(".")[2] in listed and _is_module(name)
        for module in _module_file(name).parent.glob("[!_]*.py")
    }
    return frozenset(part for name in names for part in _with_packages(name) if _is_module(part))


def _named(listed: str) -> set[str]:
    """What an import lists, without the names that `as` gives."""
    parts = COMMENT.sub("", listed).strip("()").split(",")
    return {part.split()[0] for part in parts if part.split()}


def _with_packages(name: str) -> set[str]:
    parts = name.split(".")
    return {".".join(parts[:end]) for end in range(1, len(parts) + 1)}


@cache
def _is_module(name: str) -> bool:
    return name.split(".")[0] == PACKAGE.name and _module_file(name).exists()


@cache
def _module_file(name: str) -> Path:
    path = PACKAGE.joinpath(*name.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def _content(module: str) -> bytes:
    """Name and code of a module, and names and texts of the templates in its folder."""
    file = _module_file(module)
    beside = file.parent.iterdir() if file.name == "__init__.py" else ()
    templates = sorted(path for path in beside if path.suffix in TEMPLATES)
    parts = [part for path in templates for part in (path.name.encode(), path.read_bytes())]
    return b"".join([module.encode(), file.read_bytes(), *parts])
