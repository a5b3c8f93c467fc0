"""`make verify`: results made again are what they were, and a changed one is found."""

import os
import sys

import netCDF4
import pytest

from reconattack.storage import read_table, write_table
from tests.places import ROOT
from tests.workflow.workflow_run import Workflow, terminal_of
from tools import verify as tool

CHEAP = ("attacks", "bmode", "tables")


@pytest.fixture
def verify(copy_of, smoke):
    """Copy the finished run, change it, and let a person verify it."""

    def run(change=None, only=CHEAP, sample=50, seed=0, **options):
        copy = copy_of(smoke)
        if change:
            change(copy.folder / "results")
        command = [sys.executable, copy.checkout / "tools" / "verify.py"]
        choice = ["--sample", str(sample), "--seed", str(seed), "--only", ",".join(only)]
        return copy, terminal_of([*command, *choice, copy.folder], copy.folder.parent, **options)

    return run


def test_every_attack_picture_and_table_is_made_the_same(smoke, copy_of, monkeypatch, capsys):
    """What the command does, with the jobs of its run forked."""
    copy = copy_of(smoke)
    monkeypatch.setattr(tool, "CHECKOUT", copy.checkout)
    monkeypatch.setattr(tool, "snakemake", forked)
    assert tool.verify(copy.folder, 50, 0, CHEAP)
    said = capsys.readouterr().out
    made = [name for name in smoke.results() if name.startswith(CHEAP)]
    lines = [line.split(maxsplit=1) for line in said.splitlines() if line.startswith("results/")]
    assert sorted(lines) == [[f"results/{name}", "the same bits"] for name in sorted(made)]
    assert f"{len(made)} of {len(made)} files are the same bit for bit" in said
    assert copy.results() == smoke.results()
    assert not list(copy.folder.glob(".verify-*"))


def forked(folder, configuration, *arguments):
    """Run Snakemake as the tool does, forked; what it prints."""
    return Workflow(tool.CHECKOUT, folder).run(*arguments, config=configuration)


def keeping_the_time(path, change):
    """Change a file as a failing disk does, or somebody who does not want it seen."""
    stamp = path.stat()
    change(path)
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))


def change_probability(path):
    with netCDF4.Dataset(path, "a") as attacks:
        attacks["probability"][0, 0] += 0.25


def change_success(path):
    table = read_table(path)
    table.loc[2, "queries"] += 1
    write_table(path, table)


def add_a_line_to_folds(results):
    with open(results / "folds.csv", "a") as folds:
        folds.write("\n")


def test_changed_attack_and_changed_table_are_found(verify, smoke):
    """No other file of the sample differs."""
    kinds, table = ("attacks", "tables"), "results/tables/attacks.csv"
    samples = ((seed, tool.chosen(smoke.folder, 2, seed, kinds)) for seed in range(1000))
    seed, (attack, *_) = next(sample for sample in samples if table in sample[1])

    def change(results):
        keeping_the_time(results.parent / attack, change_probability)
        keeping_the_time(results.parent / table, change_success)

    _, said = verify(change, kinds, sample=2, seed=seed, fails=True)
    differing = dict(line.split(maxsplit=1) for line in said.splitlines() if "differs" in line)
    assert differing.keys() == {attack, table}
    assert differing[attack].startswith("differs: probability in 1 of ")
    assert differing[attack].endswith("by at most 0.25")
    assert "differs: queries in 1 of " in differing[table]


def test_results_that_a_run_would_make_anew_are_refused(verify):
    _, said = verify(add_a_line_to_folds, ["tables"], fails=True)
    assert "not what this checkout makes of its configuration and inputs" in said
    assert "train" in said


@pytest.mark.parametrize("options", [[], ["--only", "attacks"], ["--only", "attacks,tables"]])
def test_folder_without_results(tmp_path, options):
    command = [sys.executable, ROOT / "tools" / "verify.py"]
    said = terminal_of([*command, *options, tmp_path], tmp_path.parent, fails=True)
    assert said.startswith(f"{tmp_path}: no results/provenance.json")
