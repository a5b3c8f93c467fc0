"""The guide and the notebooks for the interface do what they say."""

import ast
import io
import json
import re
import tokenize

import nbformat
import pytest

import reconattack as ra
from reconattack import api
from reconattack.figures import plot
from tests.alone import run_alone
from tests.places import ROOT
from tools.run_notebooks import NOTEBOOKS, executed

MOST_BYTES = 400_000
GUIDE = ROOT / "docs" / "notebook.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def said_values(code):
    """Number of the line -> the value in its comment, if that is a Python literal."""
    values = {}
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            try:
                values[token.start[0]] = ast.literal_eval(token.string.lstrip("# "))
            except (SyntaxError, ValueError):
                continue
    return values


def with_checks(code):
    """The program, with a check of each expression whose line says its value."""
    said, lines = said_values(code), []
    for statement in ast.parse(code).body:
        source = ast.unparse(statement)
        if isinstance(statement, ast.Expr) and statement.lineno in said:
            source = f"check({source}, {said[statement.lineno]!r})"
        lines.append(source)
    return "\n".join(lines)


CHECK = """
def check(found, said):
    pairs = [(found, said)]
    if isinstance(said, (dict, list, tuple)):
        assert len(found) == len(said), (found, said)
        keys = said if isinstance(said, dict) else range(len(said))
        pairs = [(found[key], said[key]) for key in keys]
    for one, other in pairs:
        exact = isinstance(other, (bool, str)) or other is None
        assert one == other if exact else abs(one - other) <= 0.01, (found, said)
    checked.append(said)

checked = []
"""


def test_guide_runs_as_installed_without_extras(tmp_path):
    code = "\n".join(BLOCK.findall(GUIDE.read_text()))
    assert len(said_values(code)) > 8
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    printed = run_alone(f"{CHECK}\n{with_checks(code)}\nprint(len(checked))", cwd=tmp_path)
    expressions = [s for s in ast.parse(code).body if isinstance(s, ast.Expr)]
    said = said_values(code)
    assert int(printed) == sum(one.lineno in said for one in expressions)
    assert (tmp_path / "path.pdf").stat().st_size > 1000


def test_guide_names_every_function():
    text = GUIDE.read_text()
    classes = {"AttackResult", "Box", "Model"}
    assert [name for name in set(api.__all__) - classes if f"ra.{name}" not in text] == []
    assert [name for name in plot.__all__ if f"ra.plot.{name}(" not in text] == []
    for name in set(re.findall(r"\bra\.(\w+)", text)):
        assert hasattr(ra, name), name


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_stored_executed_with_pictures_and_small(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    kinds = [output.output_type for cell in code for output in cell.outputs]
    assert "error" not in kinds
    assert json.dumps(notebook).count('"image/png"') >= 3
    assert path.stat().st_size < MOST_BYTES
    assert "simulated" in notebook.cells[0].source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_gives_again_what_is_stored(path):
    stored, made = nbformat.read(path, as_version=4), executed(path)
    for before, after in zip(stored.cells, made.cells, strict=True):
        assert after.source == before.source
        if after.cell_type == "code":
            assert list(map(shown, after.outputs)) == list(map(shown, before.outputs)), after.source


def shown(output):
    """What an output shows, without the bytes of a picture."""
    if output.output_type == "stream":
        return output.name, output.text
    return {kind: kind if kind == "image/png" else data for kind, data in output.data.items()}
