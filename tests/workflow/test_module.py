"""The workflow as a module of another one, and as snakedeploy deploys it."""

import hashlib
import json
import os
import shutil
import subprocess
from collections import Counter

import netCDF4
import pandas as pd
import pytest
import yaml

from reconattack import __version__
from tests.places import ROOT
from tests.workflow.workflow_run import (
    SNAKEMAKE,
    TABLE_CHUNKS,
    WITH_REPORT,
    Workflow,
    forked_terminal,
    terminal_of,
)

OLDER = '__version__ = "0.0.1"\n'
IMPORTING = """
import reconattack as installed

assert installed.__version__ == "0.0.1"


configfile: "config.yaml"


module reconattack:
    snakefile:
        {snakefile}
    config:
        config["audit"]
    prefix:
        "audit"


use rule * from reconattack as ra_*


{further}
rule all:
    default_target: True
    input:
        rules.ra_all.input,
        {targets},


onstart:
    reconattack.onstart()


onsuccess:
    reconattack.onsuccess()


onerror:
    reconattack.onerror()
"""
SECOND = """
module second:
    snakefile:
        "{snakefile}"
    config:
        config["audit"]
    prefix:
        "second"


use rule * from second as second_*


"""
# As templates/use_module.smk.jinja of snakedeploy 0.17 writes it.
DEPLOYED = """
from snakemake.utils import min_version


min_version("6.10.0")


configfile: "config/config.yaml"


# declare {repository} as a module
module reconattack:
    snakefile:
        {declaration}
    config:
        config


# use all rules from {repository}
use rule * from reconattack
"""
ADDRESS = "https://github.com/example/reconattack"
DECLARATIONS = {
    "this machine": 'gitfile("{repository}", path="workflow/Snakefile", tag="v1")',
    "GitHub": 'github("example/reconattack", path="workflow/Snakefile", tag="v1")',
}


class Importing(Workflow):
    """A folder with a Snakefile that imports the workflow."""

    def command(self, *arguments, config=None, cores=2):
        command = [*SNAKEMAKE, "--cores", str(cores), *arguments]
        return [*command, *(["--configfile", str(config)] if config else [])]

    def run(self, *arguments, fails=False, **options):
        return forked_terminal(self.command(*arguments, **options), self.folder, fails)


@pytest.fixture(scope="module")
def module_environment(tmp_path_factory):
    """An older copy of the library is on the search path, before the installed packages."""
    older = tmp_path_factory.mktemp("installed")
    (older / "reconattack").mkdir()
    (older / "reconattack" / "__init__.py").write_text(OLDER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(older))
        yield


def write_importing(folder, snakefile, configuration, targets, further=""):
    """Write a workflow that imports `snakefile`, an expression, and its configuration."""
    names = f",\n{' ' * 8}".join(f'"audit/{target}"' for target in targets)
    (folder / "Snakefile").write_text(
        IMPORTING.format(snakefile=snakefile, targets=names, further=further)
    )
    (folder / "config.yaml").write_text(yaml.safe_dump({"audit": configuration}))


@pytest.fixture(scope="module")
def imported(checkout, module_environment, tmp_path_factory):
    """The finished run of config/smoke.yaml, on one core, by a workflow that imports this one."""
    workflow = Importing(checkout, tmp_path_factory.mktemp("importing"))
    smoke = yaml.safe_load((checkout / "config" / "smoke.yaml").read_text())
    write_importing(workflow.folder, repr(str(checkout / "Snakefile")), smoke, WITH_REPORT[1:])
    workflow.run(cores=1)
    return workflow


@pytest.fixture(scope="module")
def repository(checkout, tmp_path_factory):
    """The checkout as a Git repository with a tag."""
    folder = tmp_path_factory.mktemp("repository") / "reconattack"
    shutil.copytree(checkout, folder)
    name = ("-c", "user.name=tests", "-c", "user.email=tests@localhost")
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"], ["tag", "v1"]):
        subprocess.run(["git", *name, *arguments], cwd=folder, check=True)
    return folder


@pytest.fixture
def from_github(repository, tmp_path, monkeypatch):
    """Git takes the repository for one on GitHub, and Snakemake's copies are the test's own."""
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.file://{repository}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", ADDRESS)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_module_gives_the_same_bits_under_its_prefix(imported, smoke):
    made = {path.name for path in imported.folder.iterdir()} - {".snakemake"}
    assert made == {"Snakefile", "config.yaml", "audit"}
    under_prefix = Workflow(imported.checkout, imported.folder / "audit")
    assert under_prefix.results() == smoke.results()
    timings = pd.read_csv(under_prefix.folder / "results" / "tables" / "timings.csv")
    assert {"simulate_frames", "train", "attack"} <= set(timings["rule"])


def test_module_that_has_finished_does_nothing(imported):
    assert imported.planned() == {}


def test_module_ends_with_its_answer_under_its_prefix(imported):
    answer = (imported.folder / "audit" / "results" / "report" / "answer.txt").read_text()
    said = imported.run()
    assert "Nothing to be done" in said
    pages = "audit/results/summary.html, audit/results/explorer.html"
    assert said.endswith(f"\n{answer}\nOpen in a browser: {pages}\n")


def test_run_is_recorded_by_the_handlers_of_the_module(imported):
    path = imported.folder / "audit" / "results" / "provenance.json"
    (run,) = json.loads(path.read_text())["runs"]
    assert run["succeeded"] is True
    assert run["reconattack_version"] != "0.0.1"
    assert run["configuration"]["run"]["folds"] == 2
    assert run["inputs"] == {}


def test_report_of_a_module_has_overview_and_captions(imported, smoke):
    page, expected = (
        (folder / "results" / "report.html").read_text()
        for folder in (imported.folder / "audit", smoke.folder)
    )
    overview = (imported.folder / "audit" / "results" / "report" / "overview.rst").read_text()
    assert overview == (smoke.folder / "results" / "report" / "overview.rst").read_text()
    for text in (overview.splitlines()[0], "Content-Security-Policy"):
        assert text in page
    captions = smoke.folder / "results" / "report" / "captions"
    for caption in captions.iterdir():
        assert (
            caption.read_text()
            == (
                imported.folder / "audit" / "results" / "report" / "captions" / caption.name
            ).read_text()
        )
    for mark in ("system-message", "<figure", "data:image/png"):
        assert page.count(mark) == expected.count(mark)


def test_importing_workflow_makes_a_report_of_its_own(imported, tmp_path):
    page = tmp_path / "all.html"
    imported.run("--report", str(page))
    assert "ROC curve" in page.read_text()


def test_frame_table_beside_the_importing_workflow(
    repository, table_run, module_environment, tmp_path
):
    """Its paths are relative to the folder of that workflow, and have no prefix."""
    apart = shutil.ignore_patterns("results", ".snakemake")
    shutil.copytree(table_run.folder, tmp_path, ignore=apart, dirs_exist_ok=True)
    configuration = yaml.safe_load((table_run.folder / "config.yaml").read_text())
    snakefile = DECLARATIONS["this machine"].format(repository=repository)
    write_importing(tmp_path, snakefile, configuration, TABLE_CHUNKS)
    workflow = Importing(repository, tmp_path)
    workflow.run(f"audit/{TABLE_CHUNKS[0]}")
    made, expected = (
        hashlib.sha256((folder / TABLE_CHUNKS[0]).read_bytes()).hexdigest()
        for folder in (tmp_path / "audit", table_run.folder)
    )
    assert made == expected
    (unpacked,) = (tmp_path / ".snakemake" / "reconattack").iterdir()
    assert (unpacked / "reconattack" / "__init__.py").exists()
    record = json.loads((tmp_path / "audit" / "results" / "provenance.json").read_text())
    assert set(record["runs"][0]["inputs"]) == {"rf/0.mha", "rf/1.mha"}


@pytest.mark.parametrize("place", DECLARATIONS)
def test_deployment_by_snakedeploy(repository, checkout, from_github, tmp_path, place):
    folder = tmp_path / "deployed"
    (folder / "workflow").mkdir(parents=True)
    for name in ("config", "profiles"):
        shutil.copytree(repository / name, folder / name)
    declaration = DECLARATIONS[place].format(repository=repository)
    text = DEPLOYED.format(repository=ADDRESS, declaration=declaration)
    (folder / "workflow" / "Snakefile").write_text(text)
    workflow = Importing(checkout, folder)
    planned = workflow.planned(config="config/smoke.yaml")
    direct = Workflow(checkout, tmp_path / "direct").planned()
    assert planned == direct + Counter({"everything": 1})
    assert workflow.planned()["attack"] == 4 * 5 * 2  # config/config.yaml is the default run


def test_module_without_a_configuration_takes_that_of_the_command_line(checkout, tmp_path):
    lines = ["module reconattack:", f'    snakefile: "{checkout}/Snakefile"', "", ""]
    lines.append("use rule * from reconattack as ra_*")
    (tmp_path / "Snakefile").write_text("\n".join(lines))
    planned = Importing(checkout, tmp_path).planned(config=checkout / "config" / "smoke.yaml")
    direct = Workflow(checkout, tmp_path / "direct").planned()
    assert planned == {f"ra_{rule}": count for rule, count in direct.items()} | {"ra_all": 1}


def test_installed_copy_does_not_stand_in_for_the_checkout(checkout, module_environment, tmp_path):
    workflow = Workflow(checkout, tmp_path)
    workflow.run("results/frames/simulated_rf/6x0001.nc")
    with netCDF4.Dataset(tmp_path / "results/frames/simulated_rf/6x0001.nc") as frames:
        assert frames.reconattack_version == __version__


def test_a_module_has_one_version(checkout, module_environment, repository, tmp_path):
    """A job that would import the library of another checkout stops."""
    smoke = yaml.safe_load((checkout / "config" / "smoke.yaml").read_text())
    snakefile = repr(str(checkout / "Snakefile"))
    second = SECOND.format(snakefile=f"{repository}/Snakefile")
    write_importing(tmp_path, snakefile, smoke, TABLE_CHUNKS, second)
    said = Importing(checkout, tmp_path).run(
        "audit/results/frames/simulated_rf/6x0000.nc", fails=True
    )
    assert f"expected {checkout}" in said
    assert "one version of reconattack" in said


@pytest.mark.parametrize("snakefile", ["Snakefile", "workflow/Snakefile"])
def test_lint_finds_nothing(snakefile, tmp_path):
    command = [*SNAKEMAKE, "--snakefile", snakefile, "--lint"]
    said = terminal_of([*command, "--directory", str(tmp_path)], ROOT, fails=False)
    assert "Congratulations, your workflow is in a good condition!" in said


def test_catalogue_s_files_are_there():
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert set(usage) == {"mandatory-flags", "software-stack-deployment", "report"}
    assert set(os.listdir(ROOT / "workflow")) == {"Snakefile", "checkout.smk"}
    assert (ROOT / "config" / "README.md").exists()
    assert set(yaml.safe_load((ROOT / "config" / "config.yaml").read_text())) == {"run"}
