"""Killed at moments that chance has chosen, then started again: the same bits.

A run is killed in three ways in turn: a job on one core, Snakemake on four cores and in another
order, everything on two. Chance chooses the turn and the moments. One run here; `make reliability`
tries twenty.
"""

import contextlib
import dataclasses
import os
import signal
import time

import numpy as np
import psutil

from reconattack.seeds import seed_of
from tests.workflow.workflow_run import EVERY_RULE, LIMIT_S, wait_until

RUNS = {False: 1, True: 20}  # as a rule, and where the tests are to be thorough
CORES = {"job": 1, "snakemake": 4, "everything": 2}
LONGEST_PAUSE_S = 2.0


def pytest_generate_tests(metafunc):
    if "number" in metafunc.fixturenames:
        metafunc.parametrize("number", range(RUNS[metafunc.config.getoption("thorough")]))


def finished_jobs(workflow):
    return len(list((workflow.folder / "results" / "benchmarks").rglob("*.tsv")))


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


def kill_job(workflow, running, orphans_end):
    """Kill the only job at work; Snakemake ends with an error."""
    jobs = []
    wait_until(lambda: jobs.extend(suspended_jobs(workflow)) or jobs, running)
    (job,) = jobs
    job.kill()
    assert running.wait(timeout=LIMIT_S) != 0


def kill_snakemake(workflow, running, orphans_end):
    """Kill Snakemake alone: its jobs live on, and end by themselves or are killed later."""
    running.kill()
    running.wait()
    orphans = suspended_jobs(workflow)
    if orphans:
        assert f"process {orphans[0].pid}" in workflow.unlock(fails=True)
    for orphan in orphans:
        orphan.resume() if orphans_end else orphan.kill()
    wait_until(lambda: not workflow.jobs("py", with_shell=True))


def kill_everything(workflow, running, orphans_end):
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    wait_until(lambda: not workflow.jobs("py", with_shell=True))


KILL = {"job": kill_job, "snakemake": kill_snakemake, "everything": kill_everything}


def test_killed_in_three_ways_it_gives_the_same_bits(smoke, tmp_path, number):
    """What a person does next, starting again, ends where the undisturbed run did."""
    workflow = dataclasses.replace(smoke, folder=tmp_path)
    options = {kind: [] for kind in KILL} | {"snakemake": another_order(smoke)}
    chance = np.random.default_rng(seed_of("kill", number))
    kinds = chance.permutation(list(KILL))
    last = finished_jobs(smoke) - 10  # some are still to come
    for kind, jobs in zip(kinds, np.sort(chance.integers(last, size=3)), strict=True):
        running = workflow.start(*EVERY_RULE, *options[kind], cores=CORES[kind])
        wait_until(lambda jobs=jobs: finished_jobs(workflow) >= jobs, running)
        wait_until(lambda: workflow.jobs("py"), running)
        time.sleep(chance.uniform(0, LONGEST_PAUSE_S))
        KILL[kind](workflow, running, orphans_end=number % 2 == 0)
        workflow.unlock()
    workflow.run(*EVERY_RULE, *options[kind], cores=CORES[kind])
    assert not list((workflow.folder / "results").rglob(".tmp-*"))
    assert workflow.results() == smoke.results()
    assert order(workflow) != order(smoke)
