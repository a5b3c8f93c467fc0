import json
import os
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from reconattack.errors import InputError
from reconattack.frames.chunks import write_chunk
from reconattack.run import provenance
from reconattack.storage import sha256, trace
from tests.places import ROOT

COMMAND = ["snakemake", "--cores", "2", "--config", "run={seeds: [0]}"]


@pytest.fixture
def record(tmp_path):
    return tmp_path / "results" / "provenance.json"


@pytest.fixture
def checkout(tmp_path):
    """A repository with one commit."""
    folder = tmp_path / "checkout"
    (folder / "rules").mkdir(parents=True)
    (folder / "scripts").mkdir()
    (folder / "reconattack" / "__pycache__").mkdir(parents=True)
    (folder / "Snakefile").write_text("rule all:\n")
    (folder / "rules" / "a.smk").write_text("rule a:\n")
    (folder / "reconattack" / "b.py").write_text("B = 1\n")
    author = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "one"]):
        subprocess.run(["git", "-C", folder, *command], check=True)
    return folder


def begin(record, checkout=ROOT):
    provenance.begin_run(record, COMMAND, {"run": {"seeds": [0]}}, checkout)


def newest(record):
    return provenance.runs(record)[-1]


def test_run_is_recorded_when_it_begins(record, checkout):
    begin(record, checkout)
    entry = newest(record)
    assert entry["command"] == "snakemake --cores 2 --config 'run={seeds: [0]}'"
    assert entry["configuration"] == {"run": {"seeds": [0]}}
    assert entry["packages"]["numpy"] == np.__version__
    assert entry["packages"]["snakemake"] == version("snakemake")
    assert entry["host"]["cores"] == os.cpu_count()
    assert entry["ended"] is entry["succeeded"] is entry["container"] is None
    assert entry["job_containers"] == []


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (["--storage-s3-secret-key", "abc", "--cores", "2"], ["HIDDEN", "--cores", "2"]),
        (["--storage-s3-token", "tag::a", "tag::b"], ["HIDDEN", "HIDDEN"]),
        (["--storage-s3-secret-key=abc", "all"], ["all"]),
        (["--config", "api_key=abc", "run={seeds: [0]}"], ["api_key=HIDDEN", "run={seeds: [0]}"]),
        (["results/tables/key.csv", "--keep-going"], ["results/tables/key.csv", "--keep-going"]),
    ],
)
def test_secrets_are_not_written_down(given, shown):
    said = provenance.without_secrets(given)
    assert said[-len(shown) :] == shown
    assert len(said) == len(given)
    assert "abc" not in " ".join(said)


@pytest.mark.parametrize("succeeded", [True, False])
def test_ended_run_names_what_it_was_given(record, tmp_path, monkeypatch, succeeded):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    recording = Path("data/a.rfd")
    recording.write_bytes(b"samples")
    frame = {"a": xr.Dataset({"rf": ("depth", np.zeros(3))})}
    write_chunk("results/frames/c/1x0000.nc", frame, trace({}, [str(recording)]))
    chunks = ["results/frames/c/1x0000.nc", "results/bmode/c/1x0000.nc"]
    write_chunk(chunks[1], frame, trace({}, [chunks[0]]))
    begin(record)
    provenance.end_run(record, succeeded, [*chunks, "results/frames/c/1x0001.nc"])
    entry = newest(record)
    assert entry["inputs"] == {"data/a.rfd": sha256(recording)}
    assert entry["succeeded"] is succeeded
    assert entry["started"] <= entry["ended"]


def test_inputs_of_chunks_that_are_elsewhere_are_unknown(record):
    begin(record)
    provenance.end_run(record, True, None)
    assert newest(record)["inputs"] is None


def test_earlier_runs_stay(record):
    begin(record)
    provenance.end_run(record, False, [])
    first = newest(record)
    begin(record)
    entries = provenance.runs(record)
    assert len(entries) == 2
    assert entries[0] == first


def test_damaged_record_is_not_written_over(record):
    record.parent.mkdir()
    record.write_text("{")
    with pytest.raises(InputError, match=r"provenance\.json: cannot be read as a record of runs"):
        begin(record)
    assert record.read_text() == "{"


def test_code_is_known_by_commit_and_content(checkout):
    commit = subprocess.check_output(["git", "-C", checkout, "rev-parse", "HEAD"], text=True)
    clean = provenance.code_of(checkout)
    assert clean["commit"] == commit.strip()
    assert clean["changed"] is False
    (checkout / "reconattack" / "__pycache__" / "b.pyc").write_bytes(b"compiled")
    assert provenance.digest_of_code(checkout) == clean["sha256"]
    (checkout / "reconattack" / "b.py").write_text("B = 2\n")
    changed = provenance.code_of(checkout)
    assert (changed["commit"], changed["changed"]) == (clean["commit"], True)
    assert changed["sha256"] != clean["sha256"]


def test_files_that_the_commit_does_not_hold_change_nothing(checkout):
    (checkout / "contained").mkdir()
    (checkout / "contained" / "config.yaml").write_text("run: {}\n")
    assert provenance.code_of(checkout)["changed"] is False


def test_renamed_file_is_other_code(checkout):
    before = provenance.digest_of_code(checkout)
    (checkout / "rules" / "a.smk").rename(checkout / "rules" / "b.smk")
    assert provenance.digest_of_code(checkout) != before


def test_code_without_git(checkout, monkeypatch):
    commit = git(checkout, "rev-parse", "HEAD")
    monkeypatch.setenv("PATH", "")
    code = provenance.code_of(checkout)
    assert (code["commit"], code["changed"]) == (commit, None)
    assert code["unknown"] == "git cannot tell what was changed"
    shutil.rmtree(checkout / ".git")
    code = provenance.code_of(checkout)
    assert (code["commit"], code["changed"]) == (None, None)
    assert "no commit is to be found in" in code["unknown"]
    assert len(code["sha256"]) == 64


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("place", ["checkout", "worktree", "detached"])
def test_commit_is_read_from_gits_own_files(checkout, tmp_path, place, packed):
    commit = git(checkout, "rev-parse", "HEAD")
    folder = checkout if place == "checkout" else tmp_path / "worktree"
    if place != "checkout":
        branch = ["--detach"] if place == "detached" else ["-b", "group/branch"]
        git(checkout, "worktree", "add", "-q", *branch, folder)
    if packed:
        git(checkout, "pack-refs", "--all")
    assert provenance.commit_of(folder) == commit


def test_unpacked_commit_is_named_by_its_folder(checkout, tmp_path):
    commit = git(checkout, "rev-parse", "HEAD")
    outer = tmp_path / "importing"
    unpacked = outer / ".snakemake" / "reconattack" / commit
    shutil.copytree(checkout, unpacked, ignore=shutil.ignore_patterns(".git"))
    subprocess.run(["git", "init", "-q", outer], check=True)
    code = provenance.code_of(unpacked)
    assert code["commit"] == commit
    assert code["changed"] is None
    assert code["unknown"] == "git cannot tell what was changed"
    assert code["sha256"] == provenance.code_of(checkout)["sha256"]


def test_repository_around_a_checkout_is_not_its_own(checkout, tmp_path):
    inner = checkout / "copy"
    shutil.copytree(checkout, inner, ignore=shutil.ignore_patterns(".git", "copy"))
    assert provenance.code_of(inner)["commit"] is None


def git(folder, *arguments):
    return subprocess.check_output(["git", "-C", folder, *arguments], text=True).strip()


def test_processor_is_the_one_that_the_system_describes(tmp_path):
    described = tmp_path / "cpuinfo"
    described.write_text(
        "processor\t: 0\ncpu family\t: 25\nmodel\t\t: 1\nmodel name\t: Some CPU @ 2.00GHz\n\n"
        "processor\t: 1\nmodel name\t: other\n"
    )
    assert provenance.processor(described) == "Some CPU @ 2.00GHz, family 25, model 1"
    assert provenance.processor(tmp_path / "none")


def test_image_around_the_run_is_named(tmp_path, monkeypatch):
    identity = tmp_path / "image.json"
    assert provenance.container(identity) is None
    monkeypatch.setenv("RECONATTACK_IMAGE", "sha256:12ab")
    assert provenance.container(identity) == {"path": None, "sha256": "12ab"}
    monkeypatch.delenv("RECONATTACK_IMAGE")
    identity.write_text('{"version": "1.2", "requirements_sha256": "34cd"}')
    known = {"version": "1.2", "requirements_sha256": "34cd"}
    assert provenance.container(identity) == {"path": None, "sha256": None} | known
    image = tmp_path / "reconattack.sif"
    image.write_bytes(b"image")
    monkeypatch.setenv("APPTAINER_CONTAINER", str(image))
    described = {"path": str(image), "sha256": sha256(image)}
    assert provenance.container(identity) == described | known


def test_image_cannot_be_asked_without_apptainer(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match=r"image a\.sif cannot be asked .*found no apptainer"):
        provenance.packages_of_image("a.sif")


def test_record_is_plain_json(record):
    begin(record)
    assert list(json.loads(record.read_text())) == ["runs"]
