"""Killed at a moment that chance has chosen, then started again: the same bits.

So they are in another folder, on one core and on four, and in another order. One moment for each
way to be killed here; `make reliability` tries twenty.
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

    def start(kind, moment, *options, cores=2):
        chance = np.random.default_rng(seed_of("kill", kind, moment))
        jobs = chance.integers(finished_jobs(smoke) - 10)  # some are still to come
        workflow = dataclasses.replace(smoke, folder=tmp_path)
        running = workflow.start(*EVERY_RULE, *options, cores=cores)
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


def another_order(smoke):
    """Options that prefer a third of the results, chosen by chance."""
    results = [f"results/{name}" for name in smoke.results() if name.endswith((".nc", ".csv"))]
    chance = np.random.default_rng(seed_of("order"))
    return "--prioritize", *chance.choice(results, len(results) // 3, replace=False)


def order(workflow):
    """The jobs in the order in which they ended."""
    ended = (workflow.folder / "results" / "benchmarks").rglob("*.tsv")
    return [path.name for path in sorted(ended, key=lambda path: path.stat().st_mtime_ns)]


def makes_the_same_bits(workflow, smoke, *options, cores=2):
    """Whether what a person does next, starting again, ends where the undisturbed run did."""
    workflow.unlock()
    workflow.run(*EVERY_RULE, *options, cores=cores)
    assert not list((workflow.folder / "results").rglob(".tmp-*"))
    return workflow.results() == smoke.results()


def test_job_is_killed_on_one_core(smoke, at_moment, moment):
    workflow, running = at_moment("job", moment, cores=1)
    jobs = []
    wait_until(lambda: jobs.extend(suspended_jobs(workflow)) or jobs, running)
    (job,) = jobs
    job.kill()
    assert running.wait(timeout=LIMIT_S) != 0
    assert makes_the_same_bits(workflow, smoke, cores=1)


def test_snakemake_is_killed_on_four_cores_in_another_order(smoke, at_moment, moment):
    """Its jobs live on: at every other moment they end by themselves, else they are killed too."""
    how = another_order(smoke)
    workflow, running = at_moment("snakemake", moment, *how, cores=4)
    running.kill()
    running.wait()
    orphans = suspended_jobs(workflow)
    if orphans:
        assert f"process {orphans[0].pid}" in workflow.unlock(fails=True)
    for orphan in orphans:
        orphan.kill() if moment % 2 else orphan.resume()
    wait_until(lambda: not workflow.jobs("py", with_shell=True))
    assert makes_the_same_bits(workflow, smoke, *how, cores=4)
    assert order(workflow) != order(smoke)


def test_everything_is_killed(smoke, at_moment, moment):
    workflow, running = at_moment("group", moment)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    wait_until(lambda: not workflow.jobs("py", with_shell=True))
    assert makes_the_same_bits(workflow, smoke)
