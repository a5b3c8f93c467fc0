"""Ways in which people start Snakemake: with keys on the command line, for a report, elsewhere."""

import json
import re
import shutil

import pytest

from tests.workflow.workflow_run import Workflow, terminal_of


@pytest.fixture
def fresh(checkout, tmp_path):
    """A folder in which nothing has run."""
    return Workflow(checkout, tmp_path / "fresh")


@pytest.mark.parametrize(
    "keys",
    [
        'run={"folds": 3, "seeds": [0, 1], "attacks": ["corners"]}',
        "run={folds: 3, seeds: [0, 1], attacks: [corners]}",
    ],
)
def test_keys_of_the_command_line_come_after_those_of_files(fresh, keys):
    planned = fresh.planned("--config", keys)
    assert planned["train"] == 3 * 2
    assert planned["predict"] == 1
    assert planned["attack"] == 3 * 2 * 2


def test_wrong_key_of_the_command_line_is_named(fresh):
    terminal = terminal_of(
        fresh.command("--dry-run", "--config", 'run={"folds": "many"}', "cutoff=0.3"),
        fresh.checkout,
        fails=True,
    )
    assert "run.folds: found 'many'; expected a whole number" in terminal
    assert "cutoff: unknown key; did you mean run.cutoff?" in terminal


def test_key_that_stands_twice_in_a_file_is_named(fresh, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("run: {folds: 3}\nmodels: {}\nrun: {seeds: [010]}\n")
    terminal = terminal_of(fresh.command("--dry-run", config=path), fresh.checkout, fails=True)
    assert f"{path}, line 3: run stands in line 1 too" in terminal
    assert f"{path}, line 3: run.seeds.0: YAML takes 010 for the number 8" in terminal


def test_snakemakes_own_report_needs_nothing_but_the_run(smoke, copy_of, tmp_path):
    finished = copy_of(smoke)
    shutil.rmtree(finished.folder / "results" / "report" / "run")  # which `make report` adds
    page = tmp_path / "page.html"
    finished.run("--report", str(page))
    (shown,) = re.findall(r"^    var results = (\{.*\});$", page.read_text(), re.MULTILINE)
    shown = json.loads(shown)
    assert {"results/figures/roc.png", "results/figures/margins.png"} <= set(shown)
    assert all(result["caption"] for result in shown.values())
    assert "system-message" not in page.read_text()


def test_other_environment_is_told_in_one_line(fresh, tmp_path, monkeypatch):
    """As a Snakemake that was installed by itself would find it."""
    (tmp_path / "netCDF4.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'netCDF4'\", name='netCDF4')\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    terminal = terminal_of(fresh.command("--dry-run"), fresh.checkout, fails=True)
    (line,) = (line for line in terminal.splitlines() if "environment of this workflow" in line)
    assert line.endswith(
        f"is not the environment of this workflow: No module named 'netCDF4'. In {fresh.checkout}: "
        'make environment; export PATH="$PWD/.venv/bin:$PATH"'
    )
