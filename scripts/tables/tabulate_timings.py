"""Gather the benchmark of each job that has run: time and memory."""

from pathlib import Path

import pandas as pd

from reconattack.run.jobs import job
from reconattack.storage import write_table

COLUMNS = {"s": "wall_s", "cpu_time": "cpu_s", "max_rss": "max_rss_mb"}


def tabulate_timings(folder: str, output: str) -> None:
    """Write rule, job, wall and processor time [s] and peak memory [MiB] of each benchmark.

    No row where the benchmarks lie in object storage, which this does not read.
    """
    rows = []
    for path in sorted(Path(folder).rglob("*.tsv")):
        rule, *rest = path.relative_to(folder).with_suffix("").parts
        benchmark = pd.read_csv(path, sep="\t").iloc[0]
        measured = {column: benchmark[name] for name, column in COLUMNS.items()}
        rows.append({"rule": rule, "job": "/".join(rest)} | measured)
    write_table(output, pd.DataFrame(rows, columns=["rule", "job", *COLUMNS.values()]))


if __name__ == "__main__":
    with job(snakemake.log[0]):
        tabulate_timings(folder=snakemake.params.benchmarks, output=snakemake.output.table)
