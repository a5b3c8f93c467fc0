"""A run of the real Snakefile in a folder of its own, as the tests start, stop and read it."""

import compileall
import csv
import dataclasses
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import SimpleITK
import yaml
from PIL import Image

from reconattack.evidence.columns import explained
from tests.places import ROOT
from tests.workflow.forked_runs import AT_START, forked_run, of_python

EXEMPT = (
    *("logs/", "benchmarks/", "tables/timings.csv", "tables/defences_timings.csv"),
    *("provenance.json", "report.html", "report/", "README.md"),
)
ON_REQUEST = ("validation", "reference_levels", "small_change")
EVERY_RULE = ("all", *(f"results/tables/{name}.csv" for name in ON_REQUEST))
WITH_REPORT = (*EVERY_RULE, "results/report.html")
TABLE_CHUNKS = tuple(f"results/bmode/bench/2x{number:04d}.nc" for number in range(3))
PICTURE_CHUNK = "results/bmode/pictures/2x0000.nc"
LIMIT_S = 1500  # of a run that hangs
SNAKEMAKE = [sys.executable, "-m", "snakemake"]
# Options of Snakemake with which jobs run in a container or on a cluster
ELSEWHERE = {"--sdm", "--executor", "--workflow-profile"}


@dataclasses.dataclass(frozen=True)
class Workflow:
    """A checkout and the folder in which its workflow runs."""

    checkout: Path
    folder: Path

    def command(self, *arguments: str, config: Path | str | None = None, cores: int = 2) -> list:
        return [
            *(*SNAKEMAKE, *arguments),
            *("--cores", str(cores), "--directory", str(self.folder)),
            *("--configfile", str(config or self.checkout / "config" / "smoke.yaml")),
        ]

    def run(self, *arguments: str, fails: bool = False, **options) -> str:
        """Run Snakemake to its end; everything that a person would see on the terminal."""
        return terminal_of(self.command(*arguments, **options), self.checkout, fails)

    def start(self, *arguments: str, terminal=subprocess.DEVNULL, **options) -> subprocess.Popen:
        """Start Snakemake as the leader of a process group of its own."""
        return subprocess.Popen(
            self.command(*arguments, **options),
            cwd=self.checkout,
            stdout=terminal,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def planned(self, *arguments: str, **options) -> Counter:
        """How many jobs of each rule a run would start."""
        terminal = self.dry_run(*arguments, **options)
        if "Nothing to be done" in terminal:
            return Counter()
        table = re.search(r"^job +count\n[- ]+\n(.*?)^total ", terminal, re.MULTILINE | re.DOTALL)
        jobs = (line.split() for line in table[1].splitlines())
        return Counter({rule: int(count) for rule, count in jobs if rule != "all"})

    def dry_run(self, *arguments: str, **options) -> str:
        """Everything that a person would see of a dry run on the terminal."""
        return self.run("--dry-run", *arguments, **options)

    def unlock(self, fails: bool = False) -> str:
        """Call tools/unlock.py as `make reproduce` does."""
        tool = self.checkout / "tools" / "unlock.py"
        return terminal_of([sys.executable, str(tool)], self.folder, fails)

    def results(self) -> dict[str, str]:
        """SHA-256 of every result that has to repeat bit for bit."""
        root = self.folder / "results"
        files = {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file()}
        return {
            name: hashlib.sha256(path.read_bytes()).hexdigest()
            for name, path in sorted(files.items())
            if not name.startswith(EXEMPT) and not path.name.startswith(".tmp-")
        }

    def jobs(self, script: str, with_shell: bool = False) -> list[psutil.Process]:
        """Living processes of a rule's script in this folder, and the shells that started them."""
        scripts = str(self.folder / ".snakemake" / "scripts")
        return [
            process
            for process in psutil.process_iter(["cmdline"])
            for word in process.info["cmdline"] or []
            if word.endswith(f".{script}")
            and (word.startswith(scripts) or (with_shell and scripts in word))
        ]


def made_once(base: Path, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first of several test processes makes and the others wait for.

    `base` is the temporary folder of one process, `make` fills the new folder.
    """
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder = shared / name
    with open(shared / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / f"{name}.made").exists():
            folder.mkdir()
            make(folder)
            (shared / f"{name}.made").touch()
    return folder


def copy_checkout(copy: Path) -> Path:
    """Copy what git has or would add, time stamps kept; nothing else is needed to run.

    The library is compiled, as it is for a person after the first run: without this every job would
    compile it where Python may not write bytecode.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in os.fsdecode(listed.stdout).split("\0"):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    compileall.compile_dir(copy / "reconattack", quiet=1)
    return copy


def terminal_of(command: list, folder: Path, fails: bool) -> str:
    """Run a command to its end; everything that a person would see on the terminal.

    Snakemake of this Python is forked with its jobs from a process that has loaded it, unless
    Python would start in another way here, or the jobs run elsewhere.
    """
    here = ELSEWHERE.isdisjoint(command) and of_python() == AT_START
    if command[:3] == SNAKEMAKE and here:
        return forked_terminal(command, folder, fails)
    ended = subprocess.run(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S,
    )
    assert (ended.returncode != 0) == fails, ended.stdout
    return ended.stdout


def forked_terminal(command: list, folder: Path, fails: bool) -> str:
    """Run Snakemake to its end, forked; everything that a person would see on the terminal."""
    status, terminal = forked_run(command[len(SNAKEMAKE) :], folder, LIMIT_S)
    assert (status != 0) == fails, terminal
    return terminal


def wait_until(happened: Callable[[], bool], running: subprocess.Popen | None = None) -> None:
    """Wait for something to happen, as long as a workflow runs if one is given."""
    deadline = time.monotonic() + LIMIT_S
    while not happened():
        assert running is None or running.poll() is None, "the run ended before it happened"
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


class TableWorkflow(Workflow):
    """The reconstruction of a frame table: six frames of noise, two in a chunk.

    The folder holds config.yaml, frames.tsv and the files rf/0.mha to rf/5.mha; images.tsv and two
    pictures are a cohort of images.
    """

    def command(self, *arguments: str, config: Path | str | None = None, cores: int = 2) -> list:
        return super().command(
            *arguments, config=config or self.folder / "config.yaml", cores=cores
        )

    def write(self) -> None:
        """Write everything that the first run needs."""
        smoke = yaml.safe_load((self.checkout / "config" / "smoke.yaml").read_text())
        table = {
            "cohorts": {
                "bench": {"kind": "table", "table": "frames.tsv"},
                "pictures": {"kind": "images", "table": "images.tsv"},
            }
        }
        alone = {"image_cohorts": [], "training_cohorts": []}
        run = {"run": {"cohort": "bench", "frames_per_job": 2, **alone}}
        self.configure(merged(merged(smoke, table), run))
        self.write_rows(
            {
                "frame": f"frame-{number}",
                "patient": f"patient-{number}",
                "label": number % 2,
                "path": f"rf/{number}.mha",
                "scanner": "scanner_b",
            }
            for number in range(6)
        )
        lines = ["frame\tpatient\tlabel\tpath\tscanner"]
        for number in range(2):
            Image.new("L", (40, 30), 100 + number).save(self.folder / f"{number}.png")
            lines.append(f"picture-{number}\tperson-{number}\t{number}\t{number}.png\tscanner_a")
        (self.folder / "images.tsv").write_text("\n".join(lines) + "\n")
        for number in range(6):
            self.write_frame(number, np.random.default_rng(number).standard_normal((16, 400)))

    def configure(self, configuration: Mapping) -> None:
        (self.folder / "config.yaml").write_text(yaml.safe_dump(configuration))

    def rows(self) -> list[dict]:
        with open(self.folder / "frames.tsv", newline="") as file:
            return list(csv.DictReader(file, delimiter="\t"))

    def write_rows(self, rows: Iterable[Mapping]) -> None:
        rows = list(rows)
        with open(self.folder / "frames.tsv", "w", newline="") as file:
            table = csv.DictWriter(file, rows[0], delimiter="\t")
            table.writeheader()
            table.writerows(rows)

    def change_row(self, number: int, **cells: object) -> None:
        rows = self.rows()
        rows[number] |= cells
        self.write_rows(rows)

    def write_frame(self, number: int, samples: np.ndarray) -> None:
        """Write samples, shape (line, depth), as MetaImage."""
        path = self.folder / "rf" / f"{number}.mha"
        path.parent.mkdir(exist_ok=True)
        image = SimpleITK.GetImageFromArray(samples.astype(np.float32))
        SimpleITK.WriteImage(image, str(path))


def unexplained(results: Path) -> list[str]:
    """The columns of a run's tables that the list of columns does not explain."""
    missing = []
    for path in sorted((results / "tables").glob("*.csv")):
        for name in pd.read_csv(path, nrows=0):
            try:
                explained(path.stem, name)
            except KeyError as error:
                missing.append(str(error))
    return missing


def merged(old: Mapping, new: Mapping) -> dict:
    """Two configurations, the second laid over the first as --configfile does."""
    both = {**old, **new}
    return both | {
        key: merged(old[key], new[key])
        for key in old.keys() & new.keys()
        if isinstance(old[key], Mapping) and isinstance(new[key], Mapping)
    }
