"""A first audit by one command, from a frame table and a model to the report."""

import csv
import json
import re
import shlex
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.stats import fisher_exact

import reconattack as ra
from tests.places import ROOT

FRAMES = 8
UNKNOWN = 5  # the number of a frame whose patient's sex is not in the table
FACTS = {
    **{"probe": "convex", "probe-radius": 0.05, "angle-span": 1.15, "sound-speed": 1540},
    **{"sampling-frequency": 12.5e6, "center-frequency": 2.5e6},
}
SMALL = {  # the whole workflow on small images, with few queries
    "reconstruction": {"rows": 128},
    "accidental": {"settings": 3},
    "explorer": None,
    "run": {"attacks": ["zoo", "corners"], "subgroups": ["sex", "site"]},
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
        table.writerow(["frame", "patient", "label", "path", "scanner", "sex", "site"])
        for number in range(FRAMES):
            frame = ra.simulate_frame(f"patient {number}", lines=48)
            samples = frame["rf"].values
            stored = np.round(samples / np.abs(samples).max() * 32767).astype(np.int16)
            np.save(folder / f"{number}.npy", stored)
            label = frame.attrs["label"]
            groups = ("" if number == UNKNOWN else "fm"[number % 2], "north" if label else "south")
            table.writerow([f"f{number}", f"p{number}", label, f"{number}.npy", "mine", *groups])
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


@pytest.fixture(scope="module")
def groups(audit):
    """`subgroups.csv` of the audit."""
    folder, _ = audit
    return pd.read_csv(folder / "results" / "tables" / "subgroups.csv")


def test_groups_of_each_column_are_counted_in_each_source(audit, groups):
    folder, _ = audit
    table = pd.read_csv(folder / "frames.tsv", sep="\t").set_index("frame")
    attacks = pd.read_csv(folder / "results" / "tables" / "attacks.csv")
    attacked = attacks[attacks["stop_reason"] != "wrong_at_start"]
    assert {"zoo", "corners", "normal"} < set(groups["source"])
    assert set(groups["column"]) == {"sex", "site"}
    for source, of_attack in attacked.groupby("attack"):
        for column in ("sex", "site"):
            of_group = of_attack.groupby(of_attack["frame"].map(table[column]))["success"]
            own = groups[(groups["source"] == source) & (groups["column"] == column)]
            counts = own.set_index("group")[["n", "n_changed"]]
            assert counts["n"].to_dict() == of_group.size().to_dict()
            assert counts["n_changed"].to_dict() == of_group.sum().to_dict()
    drawn = groups[groups["source"] == "normal"].groupby(["moved", "column"])["n"].sum()
    assert set(drawn.xs("site", level="column")) == {FRAMES}
    assert set(drawn.xs("sex", level="column")) == {FRAMES - 1}  # one patient's sex is unknown
    assert groups["remark"].eq("fewer than 10 patients").all()


def test_difference_of_two_groups_is_tested_and_corrected_for_all_tests(groups):
    tests = groups.groupby(["source", "moved", "column"], sort=False)
    assert (tests[["p", "p_holm"]].nunique() <= 1).all(axis=None)  # the same in all their rows
    found = []
    for _, own in tests:
        if len(own) == 2:
            kept = (own["n"] - own["n_changed"]).tolist()
            p = fisher_exact([own["n_changed"].tolist(), kept]).pvalue
            found.append((p, own["p"].iloc[0], own["p_holm"].iloc[0]))
            assert own["test"].iloc[0] == "Fisher's exact test"
        else:
            assert own[["p", "p_holm", "test"]].isna().all(axis=None)
    expected, stored, corrected = np.array(sorted(found)).T
    assert len(found) > 4 and stored.min() < 1
    np.testing.assert_allclose(stored, expected)
    by_step = (len(found) - np.arange(len(found))) * stored  # Holm 1979
    np.testing.assert_allclose(corrected, np.minimum(np.maximum.accumulate(by_step), 1))


def test_pages_have_the_groups(audit, groups):
    folder, _ = audit
    page = (folder / "results" / "report" / "tables" / "subgroups.html").read_text()
    (data,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)
    shown = json.loads(data)
    assert shown["total"] == len(groups) == len(shown["rows"])
    summary = (folder / "results" / "summary.html").read_text()
    section = summary[summary.index('<section id="subgroups">') :].partition("</section>")[0]
    own = groups[groups["source"] == "zoo"]
    rows = re.findall(r"<tr><td[^>]*>(\w+)</td><td[^>]*>(\w+)</td>", section)
    assert rows == list(own[["column", "group"]].itertuples(index=False, name=None))
    assert "subgroups.html" in (folder / "results" / "report.html").read_text()
