"""On the host, with the jobs in the SIF and as a whole in the image: the same bits."""

import json
import subprocess
from pathlib import Path

import pytest

from reconattack import __version__
from reconattack.storage import sha256
from tests.containers.module_places import foreign
from tests.workflow.workflow_run import EVERY_RULE, ROOT, Workflow

pytestmark = pytest.mark.containers


def test_jobs_in_the_sif_give_the_same_bits(host_run, apptainer_run):
    assert len(host_run.results()) > 50
    assert apptainer_run.results() == host_run.results()


def test_whole_workflow_in_the_image_gives_the_same_bits(host_run, container_run):
    assert container_run.results() == host_run.results()


def test_record_of_the_run_in_the_image_names_image_and_commit(container_run):
    checkout = container_run.checkout
    mine = ["git", "-C", checkout, "-c", f"safe.directory={checkout}"]
    commit = subprocess.check_output([*mine, "rev-parse", "HEAD"], text=True)
    record = record_of(container_run)
    assert record["code"]["commit"] == commit.strip()
    assert record["container"] == {
        "path": None,
        "sha256": None,
        "version": __version__,
        "variant": "cpu",
        "requirements_sha256": sha256(ROOT / "containers" / "requirements.txt"),
    }
    assert record["job_containers"] == []


def test_record_of_the_jobs_in_the_sif_names_it(apptainer_run, sif):
    record = record_of(apptainer_run)
    assert record["container"] is None
    (image,) = record["job_containers"]
    assert image["sha256"] == sha256(sif)
    assert "tensorflow" in image["packages"]


def record_of(workflow):
    (record,) = json.loads((workflow.folder / "results" / "provenance.json").read_text())["runs"]
    return record


def test_results_belong_to_the_owner_of_the_checkout(container_run):
    owner = container_run.checkout.stat().st_uid
    made = container_run.checkout.rglob("*")
    assert {path.lstat().st_uid for path in made} == {owner}


def test_every_job_in_the_sif_took_its_modules_from_there(apptainer_run, tmp_path):
    records = [
        json.loads(path.read_text()) for path in apptainer_run.folder.glob("recorder/*.json")
    ]
    jobs = [record for record in records if ".snakemake/scripts/" in record["program"]]
    assert {name: file for job in jobs for name, file in foreign(job["files"]).items()} == {}
    scripts = {Path(job["program"]).name.split(".", 1)[1].removesuffix(".py") for job in jobs}
    assert scripts == Workflow(ROOT, tmp_path).planned(*EVERY_RULE).keys()


def test_host_goes_on_where_the_image_has_worked(container_run):
    folder = container_run.checkout
    assert Workflow(folder, folder).planned(*EVERY_RULE) == {}
