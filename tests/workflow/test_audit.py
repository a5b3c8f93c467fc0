"""A first audit by one command, from a frame table and a model to the report."""

import csv
import shlex
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml

import reconattack as ra
from tests.places import ROOT

FRAMES = 4
FACTS = {
    **{"probe": "convex", "probe-radius": 0.05, "angle-span": 1.15, "sound-speed": 1540},
    **{"sampling-frequency": 12.5e6, "center-frequency": 2.5e6},
}
SMALL = {  # the whole workflow on small images, with few queries
    "reconstruction": {"rows": 128},
    "accidental": {"settings": 3},
    "explorer": None,
    "run": {"attacks": ["zoo", "corners"]},
    "attacks": {"zoo": {"max_steps": 3}, "corners": {"max_queries": 4}},
}


def command(checkout, folder, *options):
    """The command as a person types it in a checkout."""
    facts = [word for name, value in FACTS.items() for word in (f"--{name}", str(value))]
    return subprocess.run(
        [
            *(sys.executable, "-m", "reconattack", "audit", folder / "frames.tsv"),
            *("--model", folder / "models" / "net.onnx", "--scanner", "mine", *facts),
            *(
                "--scaling",
                "{divide: 255}",
                "--resize",
                "{library: pillow, kernel: bilinear}",
                *options,
            ),
        ],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def audit(checkout, tmp_path_factory):
    """The folder and the terminal of a finished audit of simulated frames, stored as int16."""
    folder = tmp_path_factory.mktemp("first audit")  # a blank in a path is usual
    (folder / "models").mkdir()
    shutil.copy(ROOT / "examples" / "liver_cnn.onnx", folder / "models" / "net.onnx")
    with open(folder / "frames.tsv", "w", newline="") as file:
        table = csv.writer(file, delimiter="\t")
        table.writerow(["frame", "patient", "label", "path", "scanner"])
        for number in range(FRAMES):
            frame = ra.simulate_frame(f"patient {number}", lines=48)
            samples = frame["rf"].values
            stored = np.round(samples / np.abs(samples).max() * 32767).astype(np.int16)
            np.save(folder / f"{number}.npy", stored)
            label = frame.attrs["label"]
            table.writerow([f"f{number}", f"p{number}", label, f"{number}.npy", "mine"])
    (folder / "small.yaml").write_text(yaml.safe_dump(SMALL))
    ended = command(checkout, folder, "--settings", folder / "small.yaml", "--cores", "2")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return folder, ended.stdout + ended.stderr


def test_audit_ends_with_its_report(audit):
    folder, terminal = audit
    page = folder / "results" / "report.html"
    assert f"\nReport: {page}\n" in terminal
    assert "class 1" in page.read_text()
    summary = pd.read_csv(folder / "results" / "tables" / "summary.csv").iloc[0]
    assert summary["protocol"] == "brought"
    attacks = pd.read_csv(folder / "results" / "tables" / "attacks.csv")
    assert set(attacks["frame"]) == {f"f{number}" for number in range(FRAMES)}
    assert {*attacks["attack"]} == {"zoo", "corners"}
    assert "Traceback" not in terminal


def test_reference_level_and_boxes_follow_from_the_frames(audit):
    folder, terminal = audit
    written = yaml.safe_load((folder / "audit.yaml").read_text())
    level = written["scanners"]["mine"]["reference_level"]
    frames = pd.read_csv(folder / "results" / "tables" / "frames.csv")
    assert frames["level"].mean() == pytest.approx(32.5, abs=0.1)
    assert level < -20  # of samples up to 32767
    assert f"Scanner mine: reference level {level:g} dB" in terminal
    depth = frames["end_depth"].max() * 100
    low, high = written["attacks"]["zoo"]["parameters"]["beta"]["box"]
    assert (high - low) * 2.5 * depth == pytest.approx(32, rel=0.02)
    assert written["attacks"]["zoo"]["max_steps"] == 3
    assert written["run"]["classes"] == ["class 0", "class 1"]


def test_nothing_is_overwritten_and_the_head_has_the_next_command(audit, checkout):
    folder, _ = audit
    before = (folder / "audit.yaml").read_bytes()
    again = command(checkout, folder)
    assert again.returncode == 1
    assert "is there already, and is not overwritten" in again.stderr
    assert (folder / "audit.yaml").read_bytes() == before
    (line,) = [row for row in before.decode().splitlines() if row.startswith("#   snakemake")]
    planned = subprocess.run(
        [sys.executable, "-m", "snakemake", "--dry-run", *words(line)],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Nothing to be done" in planned.stdout + planned.stderr


def words(line):
    """The arguments of the command in a comment."""
    return shlex.split(line.removeprefix("#   snakemake"))
