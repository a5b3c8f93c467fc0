"""The plan as a whole: of every configuration, and without Snakemake."""

import subprocess
import sys

import pytest
import yaml

from reconattack.run.plan.plan import Plan
from tests.places import ROOT
from tests.run.plan.conftest import FRAMES_SCHEMA
from tests.workflow.workflow_run import merged

SIMULATED = {
    "smoke": (1, 2),
    "suite": (2, 5),
    "knobs": (1, 5),
    "defences": (13, 1),
}


def configuration(*names):
    whole = yaml.safe_load((ROOT / "config.yaml").read_text())
    for name in names:
        whole = merged(whole, yaml.safe_load((ROOT / "config" / f"{name}.yaml").read_text()))
    return whole


@pytest.mark.parametrize("name", SIMULATED)
def test_configurations_that_come_with_the_workflow(name):
    plan = Plan.of(configuration(name), FRAMES_SCHEMA)
    models, folds = SIMULATED[name]
    assert len(plan.results.networks) == models * folds
    assert plan.report.categories
    assert plan.explorer.dossier["paths"]


def test_plan_imports_no_snakemake():
    code = (
        "import sys, reconattack.run.plan.plan; "
        "print([name for name in sys.modules if name.partition('.')[0] in ('snakemake', 'keras')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
