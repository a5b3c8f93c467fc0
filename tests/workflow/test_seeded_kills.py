"""Killed at a moment that chance has chosen, then started again: the same bits.

One moment for each way to be killed here; `make reliability` tries twenty.
"""

import contextlib
import dataclasses
import os
import signal
import time

import numpy as np
import psutil
import pytest

from reconattack.seeds import seed_of
from tests.workflow.workflow_run import EVERY_RULE, LIMIT_S, wait_until

MOMENTS = {False: 1, True: 20}  # as a rule, and where the tests are to be thorough
LONGEST_PAUSE_S = 2.0


def pytest_generate_tests(metafunc):
    if "moment" in metafunc.fixturenames:
        metafunc.parametrize("moment", range(MOMENTS[metafunc.config.getoption("thorough")]))


def finished_jobs(workflow):
    return len(list((workflow.folder / "results" / "benchmarks").rglob("*.tsv")))


@pytest.fixture
def at_moment(smoke, tmp_path):
    """Start a run in a new folder and wait for its seeded moment, at which a job is at work."""

    def start(kind, moment):
        chance = np.random.default_rng(seed_of("kill", kind, moment))
        jobs = chance.integers(finished_jobs(smoke) - 10)  # some are still to come
        workflow = dataclasses.replace(smoke, folder=tmp_path)
        running = workflow.start(*EVERY_RULE)
        wait_until(lambda: finished_jobs(workflow) >= jobs, running)
        time.sleep(chance.uniform(0, LONGEST_PAUSE_S))
        return workflow, running

    return start


def suspended_jobs(workflow):
    """The jobs at work, suspended so that none ends before the test has done with it."""
    jobs = []
    for job in workflow.jobs("py"):
        with contextlib.suppress(psutil.NoSuchProcess):
            job.suspend()
            if job.status() != psutil.STATUS_ZOMBIE:
                jobs.append(job)
    return jobs


def makes_the_same_bits(workflow, smoke):
    """Whether what a person does next, starting again, ends where the undisturbed run did."""
    workflow.unlock()
    workflow.run(*EVERY_RULE)
    assert not list((workflow.folder / "results").rglob(".tmp-*"))
    return workflow.results() == smoke.results()


def test_job_is_killed(smoke, at_moment, moment):
    workflow, running = at_moment("job", moment)
    jobs = []
    wait_until(lambda: jobs.extend(suspended_jobs(workflow)) or jobs, running)
    for job in jobs[1:]:
        job.resume()
    jobs[0].kill()
    assert running.wait(timeout=LIMIT_S) != 0
    assert makes_the_same_bits(workflow, smoke)


def test_snakemake_is_killed(smoke, at_moment, moment):
    """Its jobs live on: at every other moment they end by themselves, else they are killed too."""
    workflow, running = at_moment("snakemake", moment)
    running.kill()
    running.wait()
    orphans = suspended_jobs(workflow)
    if orphans:
        assert f"process {orphans[0].pid}" in workflow.unlock(fails=True)
    for orphan in orphans:
        orphan.kill() if moment % 2 else orphan.resume()
    wait_until(lambda: not workflow.jobs("py", with_shell=True))
    assert makes_the_same_bits(workflow, smoke)


def test_everything_is_killed(smoke, at_moment, moment):
    workflow, running = at_moment("group", moment)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    wait_until(lambda: not workflow.jobs("py", with_shell=True))
    assert makes_the_same_bits(workflow, smoke)
