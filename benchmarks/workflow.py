"""Time the whole default run and its jobs, and compare each rule's memory with its request.

    python -m benchmarks.workflow

It makes a fresh run in a folder of its own. A run takes longer than its jobs because processors
wait for a job, and because of Snakemake's own work.
"""

import argparse
import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.measuring import OUT, ROOT, seconds, show_and_keep


def measure(
    folder: Path, cores: int, configuration: Sequence[Path], targets: Sequence[str]
) -> list[dict[str, Any]]:
    """A row for the run, then one for each rule, the one with the most memory first."""
    shutil.rmtree(folder, ignore_errors=True)
    before = os.times()
    wall = seconds(lambda: _run(folder, cores, configuration, targets))
    after = os.times()
    used = after.children_user + after.children_system
    used -= before.children_user + before.children_system
    jobs = read_benchmarks(folder / "results" / "benchmarks")
    occupied = (jobs["s"] * jobs["threads"]).sum()
    whole = {
        "cores": cores,
        "jobs": len(jobs),
        "wall_s": wall,
        "jobs_s": occupied,
        "overhead": wall * cores / occupied - 1,
        "cpu_s": used,
        "jobs_cpu_s": jobs["cpu_time"].sum(),
    }
    return [whole, *memory_rows(jobs)]


def _run(folder: Path, cores: int, configuration: Sequence[Path], targets: Sequence[str]) -> None:
    files = ["--configfile", *(path.resolve() for path in configuration)] if configuration else []
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), "--directory", folder]
    command += ["--benchmark-extended", "--quiet", "all", *files, "--", *targets]
    # No shell reads it, and its arguments are those of whoever starts the benchmark.
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603


def read_benchmarks(folder: Path) -> pd.DataFrame:
    """Snakemake's extended benchmark of each job, a row each, with the memory that it asked for."""
    tables = [pd.read_csv(path, sep="\t") for path in sorted(folder.rglob("*.tsv"))]
    jobs = pd.concat(tables, ignore_index=True)
    return jobs.assign(mem_mb=[ast.literal_eval(told)["mem_mb"] for told in jobs["resources"]])


def memory_rows(jobs: pd.DataFrame) -> list[dict[str, Any]]:
    """The largest memory of each rule's jobs [MB], what it asked for, and the share of it."""
    share = jobs["max_rss"] / jobs["mem_mb"]
    largest = jobs.assign(share=share).sort_values("max_rss").groupby("rule_name").last()
    return [
        {"rule": rule, "mb": row["max_rss"], "asked_mb": row["mem_mb"], "share": row["share"]}
        for rule, row in largest.sort_values("max_rss", ascending=False).iterrows()
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the run that the command line describes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    parser.add_argument("--configfile", type=Path, nargs="+", default=[])
    parser.add_argument(
        "--target", action="append", default=[], help="a file to make; default: all"
    )
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args(arguments)
    rows = measure(chosen.out / "workflow", chosen.cores, chosen.configfile, chosen.target)
    show_and_keep("workflow", rows, chosen.out)


if __name__ == "__main__":
    main()
