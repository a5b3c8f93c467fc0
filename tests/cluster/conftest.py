"""Slurm, and a run that its nodes have to finish."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.cluster.slurm import Slurm, SlurmWorkflow
from tests.workflow.workflow_run import ROOT

TOOLS = ROOT.parent / "shared" / "tools"


@pytest.fixture(scope="session")
def slurm(tmp_path_factory) -> Iterator[Slurm]:
    """Two nodes and their controller, stopped at the end."""
    if not TOOLS.is_dir() or os.geteuid() != 0:
        pytest.skip(f"THE CLUSTER IS NOT TESTED: it takes root, and {TOOLS} to start Slurm")
    folder = tmp_path_factory.mktemp("slurm")
    environment = os.environ | {"SLURM_TEST_DIR": str(folder)}
    up = ["timeout", "--kill-after=10", "300", str(TOOLS / "slurm-up.sh")]
    started = subprocess.run(up, env=environment, check=False)
    if shutil.which("slurmctld") is None:
        pytest.skip("THE CLUSTER IS NOT TESTED: Slurm could not be installed")
    assert started.returncode == 0
    yield Slurm(folder)
    subprocess.run(["scancel", "--user", "root"], timeout=60, check=False)
    subprocess.run([TOOLS / "slurm-down.sh"], env=environment, timeout=60, check=True)


@pytest.fixture
def untrained(slurm, host_run, tmp_path) -> Callable[[str], SlurmWorkflow]:
    """A copy of the host's run without the networks of some folds, to be made on the nodes."""

    def copy(*folds: str) -> SlurmWorkflow:
        folder = shutil.copytree(host_run.folder, tmp_path / "copy", symlinks=True)
        results = folder / "results"
        for fold in folds:
            for path in results.glob(f"**/train/**/fold-{fold}.log"):
                path.unlink()
            for path in results.glob(f"models/compact/seed-0/fold-{fold}.*"):
                path.unlink()
        return SlurmWorkflow(ROOT, folder)

    return copy
