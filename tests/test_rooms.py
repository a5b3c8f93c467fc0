"""The layout: rooms by the step of the data, and imports that run one way."""

import ast
import re

import pytest

from tests.places import ROOT

PACKAGE = ROOT / "reconattack"
GROUND = ("errors", "seeds", "storage")
# Each room may use those in front of it.
ROOMS = (
    *("frames", "readers", "reconstruction", "simulation", "classifiers", "attacks", "evidence"),
    *("figures", "pages", "run"),
)
FACE = ("api", "__main__")
ORDER = (*GROUND, *ROOMS, *FACE)
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")
STEPS = ("data", "models", "attacks", "tables", "figures", "report")


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path):
    """Names in the package that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("reconattack."))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("reconattack"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_imports_from_a_room_behind_its_own(path):
    place = ORDER.index(room_of(path))
    rooms = {name.split(".")[1] for name in imported(path)} & {*ORDER}
    assert [room for room in rooms if ORDER.index(room) > place] == []


def test_no_module_imports_itself_in_a_circle():
    graph = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): list(imported(path))
        for path in MODULES
    }
    graph = {
        module: {
            other for name in names for other in (name, name.rpartition(".")[0]) if other in graph
        }
        for module, names in graph.items()
    }
    while graph:
        leaves = {module for module, uses in graph.items() if not uses & graph.keys()}
        assert leaves, f"a circle among {sorted(graph)}"
        graph = {module: uses for module, uses in graph.items() if module not in leaves}


def test_rooms_and_ground_modules():
    assert {path.name for path in PACKAGE.iterdir() if path.is_dir()} - {"__pycache__"} == {*ROOMS}
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    assert modules == {*GROUND, "api"}


def test_packages_have_nothing_of_their_own():
    for path in PACKAGE.rglob("__init__.py"):
        assert path.parent == PACKAGE or not path.read_text()


def test_library_reads_no_configuration_and_knows_no_workflow():
    for path in MODULES:
        if room_of(path) not in ("run", *FACE):
            assert not [name for name in imported(path) if name.startswith("reconattack.run")]
        assert not re.search(r"^\s*(import|from) snakemake\b", path.read_text(), re.MULTILINE), path


def test_scripts_and_rules_have_the_same_rooms():
    folders = {path.name for path in (ROOT / "scripts").iterdir() if path.is_dir()}
    assert folders - {"__pycache__"} == {*STEPS}
    assert {path.stem for path in (ROOT / "rules").glob("*.smk")} == {*STEPS, "common"}


@pytest.mark.parametrize("step", STEPS)
def test_a_rule_runs_the_script_of_its_own_name(step):
    text = (ROOT / "rules" / f"{step}.smk").read_text()
    rules = re.split(r"^ *rule ?(?=\w*:)", text, flags=re.MULTILINE)[1:]
    scripts = {path.stem for path in (ROOT / "scripts" / step).glob("*.py")}
    named = set()
    for rule in rules:
        name, script = re.match(r"\w*", rule)[0], re.search(r'script:\s+f?"(.*)"', rule)[1]
        named.add(name)
        expected = f"../scripts/{step}/{name or '{name}'}.py"
        assert script == expected
    assert named - {""} <= scripts
    assert "" in named or named == scripts


@pytest.mark.parametrize("path", sorted((ROOT / "scripts").rglob("*.py")), ids=lambda p: p.stem)
def test_a_script_is_an_entry_function_and_a_foot(path):
    body = ast.parse(path.read_text()).body
    functions = [node for node in body if isinstance(node, ast.FunctionDef)]
    foot = body[-1]
    assert functions[0].name == path.stem
    assert isinstance(foot, ast.If)
    frame = "run_figure" if "run_figure" in path.read_text() else "run_rule"
    assert ast.unparse(foot) == f"if __name__ == '__main__':\n    {frame}({path.stem}, snakemake)"
