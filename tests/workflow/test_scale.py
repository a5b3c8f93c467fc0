"""Many frames, models and attacks: the plan is made, and in the memory of a laptop."""

import subprocess
import sys
from collections import Counter

import pytest
import yaml

from tests.workflow.workflow_run import TableWorkflow

FRAMES = 10_000
FRAMES_PER_FILE = 100
FRAMES_PER_JOB = 50
FOLDS = 5
MEMORY_MB = 500  # 383 were measured


@pytest.fixture
def ten_thousand(checkout, tmp_path):
    """A table of ten thousand frames in a hundred files, whose content is looked at by no plan."""
    workflow = TableWorkflow(checkout, tmp_path)
    workflow.configure(
        {
            "cohorts": {"hospital": {"kind": "table", "table": "frames.tsv"}},
            "run": {
                "cohort": "hospital",
                "image_cohorts": [],
                "training_cohorts": [],
                "seeds": [0],
                "frames_per_job": FRAMES_PER_JOB,
                "folds": FOLDS,
            },
        }
    )
    (tmp_path / "rf").mkdir()
    files = FRAMES // FRAMES_PER_FILE
    for number in range(files):
        (tmp_path / "rf" / f"{number}.npy").touch()
    workflow.write_rows(
        {
            "frame": f"frame-{number}",
            "patient": f"patient-{number}",
            "label": number % 2,
            "path": f"rf/{number}.npy",
            "frames": FRAMES_PER_FILE,
            "scanner": "scanner_b",
        }
        for number in range(files)
    )
    return workflow


# A process of its own between pytest and Snakemake: the peak of a child counts the memory of
# the process that it was forked from, and pytest holds TensorFlow by then.
MEASURE = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:], stderr=subprocess.STDOUT)
print("peak_kb", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""


def test_plan_of_ten_thousand_frames(ten_thousand):
    command = ten_thousand.command("--dry-run", "--quiet", "rules")
    planning = subprocess.run(
        [sys.executable, "-c", MEASURE, *command],
        cwd=ten_thousand.checkout,
        stdout=subprocess.PIPE,
        text=True,
    )
    said = planning.stdout
    assert planning.returncode == 0, said
    counts = Counter(
        {words[0]: int(words[1]) for words in map(str.split, said.splitlines()) if is_count(words)}
    )
    chunks = FRAMES // FRAMES_PER_JOB
    assert counts["read_frames"] == counts["reconstruct"] == chunks
    assert counts["attack"] == 4 * FOLDS * chunks  # zoo, corners, minimal, small_change
    assert counts["peak_kb"] / 1024 < MEMORY_MB


def is_count(words):
    return len(words) == 2 and words[1].isdigit()


@pytest.mark.parametrize(("models", "attacks"), [(1000, 1), (100, 10)])
def test_thousand_models_and_attacks(checkout, tmp_path, models, attacks):
    """Every network and every pair of a network and an attack is planned."""
    default = yaml.safe_load((checkout / "config.yaml").read_text())
    many = {
        "models": {f"model-{i}": default["models"]["compact"] for i in range(models)},
        "attacks": {f"attack-{i}": default["attacks"]["corners"] for i in range(attacks)},
        "cohorts": {"simulated_rf": {"patients": 10}},
    }
    selected = {name: list(many[name]) for name in ("models", "attacks")}
    run = {**selected, "seeds": [0], "folds": 2}
    workflow = TableWorkflow(checkout, tmp_path)
    workflow.configure(many | {"run": run})
    planned = workflow.planned("results/tables/attacks.csv")
    assert planned["train"] == models * 2
    assert planned["attack"] == models * 2 * attacks
