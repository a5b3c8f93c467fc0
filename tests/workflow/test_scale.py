"""Ten thousand frames: the plan of the whole run is made in the memory of a laptop."""

import os
import subprocess
from collections import Counter

import pytest
from workflow_run import TableWorkflow

FRAMES = 10_000
FRAMES_PER_FILE = 100
FRAMES_PER_JOB = 50
FOLDS = 5
MEMORY_MB = 700  # 320 were measured


@pytest.fixture
def ten_thousand(checkout, tmp_path):
    """A table of ten thousand frames in a hundred files, whose content is looked at by no plan."""
    workflow = TableWorkflow(checkout, tmp_path)
    workflow.configure(
        {
            "cohorts": {"hospital": {"kind": "table", "table": "frames.tsv"}},
            "run": {"rf_cohort": "hospital", "frames_per_job": FRAMES_PER_JOB, "folds": FOLDS},
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


def test_plan_of_ten_thousand_frames(ten_thousand, tmp_path):
    with open(tmp_path / "terminal.txt", "w+") as terminal:
        command = ten_thousand.command("--dry-run", "--quiet", "rules")
        planning = subprocess.Popen(
            command, cwd=ten_thousand.checkout, stdout=terminal, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(planning.pid, 0)
        planning.returncode = os.waitstatus_to_exitcode(status)
        said = terminal.seek(0) or terminal.read()
    assert planning.returncode == 0, said
    counts = Counter(
        {words[0]: int(words[1]) for words in map(str.split, said.splitlines()) if is_count(words)}
    )
    chunks = FRAMES // FRAMES_PER_JOB
    assert counts["read_frames"] == counts["reconstruct"] == chunks
    assert counts["attack"] == 3 * FOLDS * chunks  # zoo, corners, minimal
    assert used.ru_maxrss / 1024 < MEMORY_MB


def is_count(words):
    return len(words) == 2 and words[1].isdigit()
