"""Killed in the middle and started again: the same bits, and never two runs in one folder."""

import os
import signal

import pytest

from tests.workflow.workflow_run import wait_until

FOLD = "models/compact/seed-0/fold-1"
TABLE = "results/tables/paper.csv"


@pytest.fixture
def half_run(smoke, copy_of):
    """A run of which the network of fold 1 and all that follows from it are still to be made."""
    workflow = copy_of(smoke)
    results = workflow.folder / "results"
    remove(results / "models" / "compact" / "seed-0", "fold-1.*")
    remove(results / "attacks", "**/fold-1/**/*.nc")
    remove(results, "predictions/*.csv", "tables/*.csv", "logs/train/**/fold-1.log")
    return workflow


def remove(folder, *patterns):
    for pattern in patterns:
        for path in list(folder.glob(pattern)):
            path.unlink()


def training_in_its_midst(workflow):
    """Whether the network is being trained; its export, which takes seconds, is yet to come."""
    log = workflow.folder / "results" / "logs" / "train" / "compact" / "seed-0" / "fold-1.log"
    return log.exists() and "epoch 0" in log.read_text()


def same_bits(workflow, smoke):
    """Whether what the interrupted run has made by now is what the undisturbed one made."""
    made, expected = workflow.results(), smoke.results()
    assert f"{FOLD}.onnx" in made
    assert "tables/paper.csv" in made
    return all(expected[name] == digest for name, digest in made.items())


def test_killed_job_then_killed_snakemake_and_its_orphan(smoke, half_run):
    running = half_run.start(TABLE)
    wait_until(lambda: training_in_its_midst(half_run), running)
    refusal = half_run.unlock(fails=True)
    assert f"process {running.pid}:" in refusal
    (job,) = half_run.jobs("train.py")
    job.kill()
    assert running.wait(timeout=120) != 0
    assert not [name for name in half_run.results() if name.startswith(FOLD)]

    remove(half_run.folder / "results", "logs/train/**/fold-1.log")
    running = half_run.start(TABLE)
    wait_until(lambda: training_in_its_midst(half_run), running)
    (orphan,) = half_run.jobs("train.py")
    orphan.suspend()
    running.kill()
    running.wait()

    assert "--unlock" in half_run.run(TABLE, fails=True)
    refusal = half_run.unlock(fails=True)
    assert f"process {orphan.pid}:" in refusal
    assert "train.py" in refusal
    assert f"kill {orphan.pid}" in refusal

    orphan.kill()
    wait_until(lambda: not half_run.jobs("train.py", with_shell=True))
    assert "unlocking" in half_run.unlock()
    assert half_run.unlock() == ""
    half_run.run(TABLE)
    assert same_bits(half_run, smoke)


def test_killed_group(smoke, copy_of):
    """Everything dies at once, among it the job that has written half of a temporary file."""
    workflow = copy_of(smoke)
    results = workflow.folder / "results"
    remove(results, "attacks/**/*.nc", "tables/*.csv")
    first = results / "attacks" / "compact" / "seed-0" / "fold-0" / "zoo" / "6x0000.nc"
    half = first.with_name(".tmp-1-6x0000.nc")
    half.write_bytes(b"half")
    running = workflow.start(TABLE)
    wait_until(lambda: bool(list(results.glob("attacks/**/[0-9]*.nc"))), running)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert "--unlock" in workflow.run(TABLE, fails=True)
    assert "unlocking" in workflow.unlock()
    workflow.run(TABLE)
    assert same_bits(workflow, smoke)
    assert not half.exists()


def test_unlocked_folder_is_left_alone(smoke):
    assert smoke.unlock() == ""
