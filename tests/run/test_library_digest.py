import importlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reconattack.run.library_digest import library_digest, library_modules
from tests.places import ROOT

SCRIPTS = sorted(
    ".".join(path.relative_to(ROOT / "scripts").with_suffix("").parts)
    for path in (ROOT / "scripts").rglob("*.py")
)
# What a script imports only when it runs: TensorFlow prints while it is loaded.
LATE = [
    "attacks.attack:reconattack.attacks.white_box.slopes",
    "attacks.attack:reconattack.classifiers.backends.determinism",
    "attacks.attack:reconattack.classifiers.backends.keras_network",
    "models.convert_model:reconattack.classifiers.backends.keras_conversion",
    "models.train:reconattack.classifiers.backends.determinism",
    "models.train:reconattack.classifiers.backends.network_files",
    "models.train:reconattack.classifiers.training.training",
]
# Imports each script in a child of its own. What they share from outside is loaded only once; this
# package is not among it.
IMPORT_EACH = """
import importlib, json, os, sys
import matplotlib, numpy, onnxruntime, pandas, scipy.stats, skimage.metrics, sklearn, xarray
root, folder, late, *scripts = sys.argv[1:]
sys.path.insert(0, root)
assert not [name for name in sys.modules if name.startswith("reconattack")]
for script in scripts:
    child = os.fork()
    if child == 0:
        importlib.import_module(f"scripts.{script}")
        for needed in late.split():
            if needed.startswith(f"{script}:"):
                importlib.import_module(needed.split(":")[1])
        found = sorted(name for name in sys.modules if name.split(".")[0] == "reconattack")
        with open(os.path.join(folder, script), "w") as file:
            json.dump(found, file)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, script
"""


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """This package's modules that are loaded after the import of each script."""
    folder, empty = tmp_path_factory.mktemp("imported"), tmp_path_factory.mktemp("empty")
    subprocess.run(
        [sys.executable, "-c", IMPORT_EACH, str(ROOT), str(folder), " ".join(LATE), *SCRIPTS],
        check=True,
        cwd=empty,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert list(empty.iterdir()) == []  # importing a script does not run it
    return {path.name: set(json.loads(path.read_text())) for path in folder.iterdir()}


@pytest.mark.parametrize("script", SCRIPTS)
def test_closure_is_what_python_imports(imported, script):
    assert library_modules(ROOT / "scripts" / f"{script.replace('.', '/')}.py") == imported[script]


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """The package and a script in another place, with a digest module of their own."""
    shutil.copytree(ROOT / "reconattack", tmp_path / "reconattack")
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    for name in [name for name in sys.modules if name.split(".")[0] == "reconattack"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(tmp_path))

    def digest(script):
        for name in [name for name in sys.modules if name.split(".")[0] == "reconattack"]:
            del sys.modules[name]
        module = importlib.import_module("reconattack.run.library_digest")
        assert Path(module.__file__).parents[1] == tmp_path / "reconattack"
        return module.library_digest(tmp_path / "scripts" / script)

    yield tmp_path, digest
    for name in [name for name in sys.modules if name.split(".")[0] == "reconattack"]:
        del sys.modules[name]


def test_digest_does_not_depend_on_the_place(copy):
    _, digest = copy
    assert digest("data/reconstruct.py") == library_digest(
        ROOT / "scripts" / "data" / "reconstruct.py"
    )


@pytest.mark.parametrize(
    ("module", "changed"),
    [
        ("reconstruction/reconstruction.py", {"data/reconstruct.py", "attacks/attack.py"}),
        ("attacks/methods/zoo.py", {"attacks/attack.py"}),
        ("attacks/__init__.py", {"attacks/attack.py", "tables/summarise.py"}),
        ("storage.py", {"data/reconstruct.py", "attacks/attack.py", "tables/summarise.py"}),
        ("evidence/statistics.py", {"tables/summarise.py"}),
        ("simulation/anatomy.py", set()),
    ],
)
def test_digest_changes_with_the_modules_behind_a_script(copy, module, changed):
    folder, digest = copy
    scripts = ("data/reconstruct.py", "attacks/attack.py", "tables/summarise.py")
    before = {script: digest(script) for script in scripts}
    with open(folder / "reconattack" / module, "a") as file:
        file.write("# changed\n")
    assert {script for script in scripts if digest(script) != before[script]} == changed


def test_template_belongs_to_the_scripts_that_use_its_package(copy):
    folder, digest = copy
    before = {script: digest(script) for script in ("report/explorer.py", "attacks/attack.py")}
    with open(folder / "reconattack" / "pages" / "explorer" / "page.css", "a") as file:
        file.write("/* changed */\n")
    assert digest("report/explorer.py") != before["report/explorer.py"]
    assert digest("attacks/attack.py") == before["attacks/attack.py"]


def test_digest_does_not_follow_time_stamps(copy):
    folder, digest = copy
    zoo = folder / "reconattack" / "attacks" / "methods" / "zoo.py"
    before = digest("attacks/attack.py")
    os.utime(zoo, (0, 0))
    assert digest("attacks/attack.py") == before
    text = zoo.read_text()
    zoo.write_text(text.replace("moved", "gone"))
    assert digest("attacks/attack.py") != before
    zoo.write_text(text)
    assert digest("attacks/attack.py") == before


def test_imports_inside_functions_and_of_packages_are_found(copy):
    folder, digest = copy
    script = folder / "scripts" / "odd.py"
    script.write_text(
        "def f():\n    import reconattack.attacks.methods.zoo as zoo\n    return zoo\n"
    )
    before = digest("odd.py")
    with open(folder / "reconattack" / "attacks" / "space.py", "a") as file:
        file.write("# changed\n")
    assert digest("odd.py") != before
