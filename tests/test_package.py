"""The package as pip installs it: what it holds, and what it needs for what."""

import json
import re
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import packages_distributions, version

import numpy as np
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from reconattack import __version__
from tests.alone import BASE, EXTRAS, OWN, requirements, run_alone
from tests.places import DATA, ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel that pip builds from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    before = sorted(path.name for path in ROOT.iterdir())
    subprocess.run([*pip, "--wheel-dir", folder, ROOT], check=True)
    assert sorted(path.name for path in ROOT.iterdir()) == before  # no build/, no *.egg-info
    (built,) = folder.iterdir()
    return built


def package_files():
    """Every file of the package in the checkout."""
    return {
        str(path.relative_to(ROOT))
        for path in (ROOT / OWN).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_wheel_holds_the_package_with_its_templates_and_nothing_else(wheel):
    assert wheel.name == f"{OWN}-{__version__}-py3-none-any.whl"
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == package_files()
    assert {f"{OWN}/pages/table_page/page.{kind}" for kind in ("html", "css", "js")} <= names


def test_wheel_installs_the_command(wheel):
    (name,) = (n for n in zipfile.ZipFile(wheel).namelist() if n.endswith("/entry_points.txt"))
    lines = zipfile.ZipFile(wheel).read(name).decode().splitlines()
    assert lines == ["[console_scripts]", f"{OWN} = {OWN}.__main__:main"]


def test_source_distribution_can_be_built_again(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "--target", "sdist"]
    subprocess.run([*build, "--directory", tmp_path], check=True, cwd=ROOT, capture_output=True)
    (built,) = tmp_path.iterdir()
    root = f"{OWN}-{__version__}/"
    with tarfile.open(built) as archive:
        names = {name.removeprefix(root) for name in archive.getnames()}
    assert package_files() <= names
    assert {"LICENSE", "README.md", "CITATION.cff", "pyproject.toml"} <= names
    assert not [name for name in names if name.startswith(("results/", "tests/", "scripts/"))]


def test_installed_package_answers_with_its_version(wheel, tmp_path):
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--target", tmp_path / "site", wheel], check=True)
    where = "import reconattack; print(reconattack.__file__)"
    for arguments, expected in (
        (["-m", OWN, "--version"], f"{OWN} {__version__}"),
        (["-c", where], str(tmp_path / "site" / OWN / "__init__.py")),
    ):
        printed = subprocess.run(
            [sys.executable, *arguments],
            check=True,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={"PYTHONPATH": str(tmp_path / "site")},
        )
        assert printed.stdout.strip() == expected
    propose = [sys.executable, "-m", OWN, "propose", "--depth", "0.04", "--frequency", "12e6"]
    for options, said in (
        ([], "the installed package does not hold the workflow; expected a checkout"),
        (["--checkout", ROOT], ""),
    ):
        answer = subprocess.run(
            [*propose, *options],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env={"PYTHONPATH": str(tmp_path / "site")},
        )
        assert (answer.returncode != 0) == bool(said)
        assert said in answer.stderr


def test_makefile_reads_the_version():
    printed = subprocess.run(
        ["make", "--silent", "--eval", "show: ; @echo $(VERSION)", "show"],
        check=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert printed.stdout.strip() == __version__


def test_locked_packages_are_those_that_pip_would_take():
    for requirement in requirements(BASE, *EXTRAS.values()):
        assert requirement.specifier.contains(version(requirement.name)), requirement


def test_every_package_is_locked_and_every_locked_one_has_its_list():
    text = (ROOT / "containers/requirements.in").read_text()
    direct, tests = (
        {canonicalize_name(name) for name in re.findall(r"^[\w-]+", part, re.MULTILINE)}
        for part in text.split("# tests and lint\n")
    )
    listed = requirements(BASE, *EXTRAS.values())
    of_cluster = {"snakemake-executor-plugin-slurm", "snakemake-storage-plugin-s3"}
    assert {canonicalize_name(requirement.name) for requirement in listed} == direct - of_cluster
    assert "hatchling" in tests


NEEDS = [  # a call, the package that it misses, and the extra that installs it
    ("ra.read_frame(folder / 'scan.raw', scanner)", "yaml", "formats"),
    ("ra.read_frame(data / 'zea_linear_rf.hdf5', scanner)", "hdf5plugin", "formats"),
    ("ra.read_frame(data / 'matlab_v73.mat', scanner)", "hdf5plugin", "formats"),
    ("list(lzop.blocks(open(data / 'lzop_blocks.lzo', 'rb')))", "lzallright", "formats"),
    ("ra.open_model(folder / 'own.skops', input_size=(8, 8), scaling=grey)", "skops", "formats"),
    ("ra.open_model(folder / 'own.skops', features='texture')", "skops", "formats"),
    ("ra.open_model('http://localhost:1/judge')", "requests", "formats"),
    ("ra.open_model(folder / 'own.keras')", "keras", "train"),
    ("ra.attack(frame, model, box, method='hop_skip_jump', max_queries=9)", "art", "art"),
]
COMPLAIN = """
import json, sys
from pathlib import Path
import reconattack as ra
from reconattack.readers.containers import lzop

folder, data = map(Path, sys.argv[1:3])
scanner, grey, box = ra.scanner(reference_level=0), {"divide": 1}, ra.paper_box()
frame = ra.simulate_frame("one", lines=64, samples=1200)
model = ra.open_model(lambda images: (images.mean((1, 2)) > 60) * 1.0, rows=50)
frame = frame.assign_attrs(label=round(model.probability(frame, box.start)))
messages = []
for call in json.loads(sys.argv[3]):
    try:
        eval(call)
    except ra.InputError as error:
        messages.append(str(error))
print(json.dumps(messages))
"""


@pytest.fixture(scope="module")
def messages(tmp_path_factory):
    """What each call of `NEEDS` says where the package is missing."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "scan.raw").write_bytes(bytes(64))
    (folder / "scan.yml").write_text("probe: {}\n")
    (folder / "own.keras").write_bytes(b"no network")
    (folder / "own.skops").write_bytes(b"no model")
    printed = run_alone(COMPLAIN, folder, DATA, json.dumps([call for call, _, _ in NEEDS]))
    return dict(zip([call for call, _, _ in NEEDS], json.loads(printed), strict=True))


@pytest.mark.parametrize(("call", "package", "extra"), NEEDS)
def test_missing_package_names_the_extra_that_installs_it(messages, call, package, extra):
    expected = f"the package {package} is not installed; install it with: pip install"
    assert f"{expected} 'reconattack[{extra}]'" in messages[call]
    listed = {canonicalize_name(Requirement(line).name) for line in EXTRAS[extra]}
    assert listed & {canonicalize_name(name) for name in packages_distributions()[package]}


def test_base_reads_reconstructs_and_attacks(tmp_path, write_network):
    samples = np.random.default_rng(0).standard_normal((900, 40))
    np.save(tmp_path / "p07.npy", samples)
    network = write_network(tmp_path / "mean.onnx", 60)
    program = """
import sys
import reconattack as ra
file, network = sys.argv[1:]
scanner = ra.scanner(
    reference_level=32.5, probe="linear", sampling_frequency=40e6, center_frequency=7.5e6,
    sound_speed=1540, lateral_span=0.038,
)
frame = ra.read_frame(file, scanner)
model = ra.open_model(network, rows=50)
ra.plot.bmode(ra.reconstruct(frame, {**ra.paper_setting(), "bilateral": 1}))
options = {"each_knob": {"points_each": 5, "points_pair": 5}}
options["certify"] = {"max_cells": 5, "tolerance": 0.1}
options["sample"] = {"draws": 20, "distribution": {"normal": 0.5}, "confidence": 0.95}
options["grid"] = {"lattice": dict(beta=0.4, alpha_lower=5, alpha_upper=5), "max_points": 99}
for method in set(ra.methods()) - {"gradient", "hop_skip_jump", "zoo"}:
    settings = options.get(method, {"max_queries": 20})
    ra.plot.path(ra.attack(frame, model, ra.paper_box(), method=method, **settings))
ra.plot.attack(ra.attack(frame, model, ra.paper_box(), **ra.paper_attack()))
print("done")
"""
    assert run_alone(program, tmp_path / "p07.npy", network) == "done\n"
