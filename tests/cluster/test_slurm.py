"""The workflow on a real Slurm: the same bits as on this host, whatever happens to its jobs."""

import shutil
import subprocess

import psutil
import pytest
import yaml

from tests.cluster.slurm import LIMIT_S, SlurmWorkflow
from tests.workflow.workflow_run import EVERY_RULE, ROOT, wait_until

pytestmark = pytest.mark.cluster

SIF = ROOT / "containers" / "reconattack.sif"
NETWORKS = [f"results/models/compact/seed-0/fold-{fold}.onnx" for fold in range(2)]


def test_whole_run_on_two_nodes_outlives_its_controller(slurm, host_run, tmp_path):
    """The controller dies while networks are trained and comes back when that is over."""
    workflow = SlurmWorkflow(ROOT, tmp_path)
    planned = sum(workflow.planned(*EVERY_RULE).values())
    running = workflow.start(*EVERY_RULE)
    wait_until(lambda: len(training(workflow)) == 2, running)
    slurm.stop_controller()
    wait_until(lambda: not training(workflow), running)
    slurm.start_controller()
    assert running.wait(timeout=LIMIT_S) == 0, workflow.terminal.read_text()
    assert workflow.results() == host_run.results()
    submitted = workflow.submitted()
    assert slurm.nodes(submitted) == {"n1", "n2"}
    assert "SLURM status is" not in workflow.terminal.read_text(), "a job failed"
    assert sum("rule_train" in log.parts for log in submitted.values()) == 2
    assert len(submitted) < planned / 2, "short jobs are to be put together"


def test_cancelled_job_and_overdue_job_are_sent_again(slurm, host_run, untrained):
    workflow = untrained("0", "1")
    running = workflow.start(*NETWORKS)
    wait_until(lambda: len(training(workflow)) == 2, running)
    for process in training(workflow):
        process.suspend()
    cancelled, overdue = (job.number for job in slurm.jobs(workflow.name))
    subprocess.run(["scancel", cancelled], check=True)
    subprocess.run(["scontrol", "update", f"JobId={overdue}", "TimeLimit=1"], check=True)
    assert running.wait(timeout=LIMIT_S) == 0, workflow.terminal.read_text()
    assert workflow.results() == host_run.results()
    first = slurm.job(workflow.name, cancelled)
    assert first.state == "CANCELLED"
    assert slurm.job(workflow.name, overdue).state == "TIMEOUT"
    again = [job for job in slurm.jobs(workflow.name) if job.state == "COMPLETED"]
    assert len(again) == 2
    assert all(minutes(job.limit) == 2 * minutes(first.limit) for job in again)


def test_job_of_a_dead_node_goes_to_the_other(slurm, host_run, untrained):
    workflow = untrained("1")
    running = workflow.start(NETWORKS[1])
    wait_until(lambda: len(training(workflow)) == 1, running)
    training(workflow)[0].suspend()
    (job,) = slurm.jobs(workflow.name)
    slurm.kill_node(job.node)
    try:
        wait_until(lambda: slurm.job(workflow.name, job.number).state == "PENDING", running)
        # Slurm keeps what it puts back into the queue waiting for two minutes.
        subprocess.run(["scontrol", "update", f"JobId={job.number}", "StartTime=now"], check=True)
        assert running.wait(timeout=LIMIT_S) == 0, workflow.terminal.read_text()
    finally:
        slurm.start_node(job.node)
    assert workflow.results() == host_run.results()
    again = slurm.job(workflow.name, job.number)
    assert (again.state, again.node) == ("COMPLETED", {"n1": "n2", "n2": "n1"}[job.node])


def test_jobs_in_the_container(slurm, host_run, tmp_path, monkeypatch):
    if not SIF.exists() or shutil.which("apptainer") is None:
        pytest.skip(f"THE CLUSTER IS NOT TESTED WITH THE CONTAINER: it takes apptainer and {SIF}")
    monkeypatch.setenv("APPTAINER_NO_PRIVS", "1")  # root of a virtual machine may lack capabilities
    workflow = SlurmWorkflow(ROOT, tmp_path, "slurm-apptainer")
    running = workflow.start(*EVERY_RULE)
    assert running.wait(timeout=LIMIT_S) == 0, workflow.terminal.read_text()
    assert workflow.results() == host_run.results()
    for log in workflow.submitted().values():
        assert "Activating singularity image" in log.read_text()


def test_profiles_differ_in_nothing_but_the_container():
    plain, apptainer = (
        yaml.safe_load((ROOT / "profiles" / name / "config.yaml").read_text())
        for name in ("slurm", "slurm-apptainer")
    )
    assert apptainer == plain | {"sdm": ["apptainer"]}


def training(workflow: SlurmWorkflow) -> list[psutil.Process]:
    """The processes that train, past their imports; their export is yet to come."""
    logs = (workflow.folder / "results" / "logs" / "train").rglob("*.log")
    begun = sum("epoch 0" in log.read_text() for log in logs)
    processes = workflow.jobs("train.py")
    return processes if begun >= len(processes) else []


def minutes(limit: str) -> int:
    """Minutes of a time limit, [days-]hours:minutes:seconds or minutes:seconds."""
    days, _, clock = limit.rpartition("-")
    *hours, minute, _ = map(int, clock.split(":"))
    return 1440 * int(days or 0) + 60 * sum(hours) + minute
