import ast
import importlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reconattack.attacks.method import method_module, method_names
from reconattack.classifiers.training.network import network_module, network_names
from reconattack.readers.names import reader_modules
from reconattack.run.library_digest import library_digest, library_modules
from tests.places import ROOT

METHODS = "reconattack.attacks.methods"
ZOO = f"{METHODS}.zoo"
USED_BY = {"each_knob": {"corners"}, "hop_skip_jump": {"minimal"}}
SCRIPTS = sorted(
    ".".join(path.relative_to(ROOT / "scripts").with_suffix("").parts)
    for path in (ROOT / "scripts").rglob("*.py")
)
# Modules that a rule tells the digest, because the script imports them by name.
TOLD = {
    "attacks.attack": [method_module(name) for name in method_names()],
    "attacks.attack_guarded": [method_module("cma")],
    "data.read_channels": [None, *reader_modules("channels")],
    "data.read_frames": [None, *reader_modules("frames")],
    "data.read_images": [None, *reader_modules("images")],
    "data.read_pictures": [None, *reader_modules("images")],
    "models.train": [network_module(name) for name in (*network_names(), "InceptionResNetV2")],
}
JOBS = [(script, module) for script in SCRIPTS for module in TOLD.get(script, [None])]
# What a job imports only when it runs: TensorFlow prints while it is loaded.
LATE = {
    "models.convert_model": ["classifiers.backends.keras_conversion"],
    "models.train": [
        *("classifiers.backends.determinism", "classifiers.backends.network_files"),
        "classifiers.training.training",
    ],
    "attacks.methods.gradient": ["attacks.white_box.slopes"],
}
# Imports each script anew, this package with it. What they share from outside is loaded only once.
IMPORT_EACH = """
import importlib, json, os, sys
import keras, matplotlib.pyplot, numpy, onnxruntime, pandas, scipy.stats, skimage.metrics, sklearn
import tensorflow, tf2onnx, xarray

root, folder, jobs = sys.argv[1:]
sys.path.insert(0, root)

def loaded(*packages):
    return sorted(name for name in sys.modules if name.split(".")[0] in packages)

for number, modules in enumerate(json.loads(jobs)):
    for name in loaded("reconattack", "scripts"):
        del sys.modules[name]
    for module in modules:
        importlib.import_module(module)
    with open(os.path.join(folder, str(number)), "w") as file:
        json.dump(loaded("reconattack"), file)
"""


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """This package's modules that are loaded after the import of each job's script and modules."""
    folder, empty = tmp_path_factory.mktemp("imported"), tmp_path_factory.mktemp("empty")
    jobs = [
        [
            f"scripts.{script}",
            *([module] if module else []),
            *(f"reconattack.{late}" for late in LATE.get(script, [])),
            *(f"reconattack.{late}" for late in LATE.get((module or "").partition(".")[2], [])),
        ]
        for script, module in JOBS
    ]
    subprocess.run(
        [sys.executable, "-c", IMPORT_EACH, str(ROOT), str(folder), json.dumps(jobs)],
        check=True,
        cwd=empty,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert list(empty.iterdir()) == []  # importing a script does not run it
    return {
        job: set(json.loads((folder / str(number)).read_text())) for number, job in enumerate(JOBS)
    }


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job[0] if job[1] is None else job[1])
def test_closure_is_what_python_imports(imported, job):
    script, module = job
    file = ROOT / "scripts" / f"{script.replace('.', '/')}.py"
    assert library_modules(file, *([module] if module else [])) == imported[job]


@pytest.mark.parametrize(
    "code",
    [
        "import reconattack.attacks.path",
        "import os, reconattack.attacks.path as path, sys",
        "import os; import reconattack.attacks.path",
        "def f():\n\tfrom reconattack.attacks.path import Target",
        "if True: from reconattack.attacks import box, path as p  # why",
        "from reconattack.attacks import (  # (why)\n    box,  # why (not)\n    path,\n)",
        "from reconattack.attacks \\\n    import box, \\\n    path",
    ],
)
def test_every_form_of_an_import_is_found(tmp_path, code):
    (tmp_path / "script.py").write_text(code)
    ast.parse(code)
    assert "reconattack.attacks.path" in library_modules(tmp_path / "script.py")


def test_an_attack_depends_on_no_other_method():
    file = ROOT / "scripts" / "attacks" / "attack.py"
    for name in method_names():
        modules = library_modules(file, method_module(name))
        methods = {
            module.rpartition(".")[2] for module in modules if module.startswith(f"{METHODS}.")
        }
        assert methods <= {name} | USED_BY.get(name, set())


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """The package and a script in another place, with a digest module of their own."""
    for package in ("reconattack", "scripts"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignore)
    for name in [name for name in sys.modules if name.split(".")[0] == "reconattack"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(tmp_path))

    def digest(script, *modules):
        for name in [name for name in sys.modules if name.split(".")[0] == "reconattack"]:
            del sys.modules[name]
        module = importlib.import_module("reconattack.run.library_digest")
        assert Path(module.__file__).parents[1] == tmp_path / "reconattack"
        return module.library_digest(tmp_path / "scripts" / script, *modules)

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
        ("attacks/methods/cobyqa.py", set()),
        ("attacks/__init__.py", {"attacks/attack.py", "tables/summarise.py"}),
        ("storage.py", {"data/reconstruct.py", "attacks/attack.py", "tables/summarise.py"}),
        ("evidence/statistics.py", {"tables/summarise.py"}),
        ("simulation/anatomy.py", set()),
    ],
)
def test_digest_changes_with_the_modules_behind_a_script(copy, module, changed):
    folder, digest = copy
    jobs = {script: [] for script in ("data/reconstruct.py", "tables/summarise.py")}
    jobs["attacks/attack.py"] = [ZOO]
    before = {script: digest(script, *told) for script, told in jobs.items()}
    with open(folder / "reconattack" / module, "a") as file:
        file.write("# changed\n")
    after = {script: digest(script, *told) for script, told in jobs.items()}
    assert {script for script in jobs if after[script] != before[script]} == changed


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
    before = digest("attacks/attack.py", ZOO)
    os.utime(zoo, (0, 0))
    assert digest("attacks/attack.py", ZOO) == before
    text = zoo.read_text()
    zoo.write_text(text.replace("moved", "gone"))
    assert digest("attacks/attack.py", ZOO) != before
    zoo.write_text(text)
    assert digest("attacks/attack.py", ZOO) == before


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
