"""Gather the benchmark of each job that has run: time and memory."""

from reconattack.evidence.costs import timing_table
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def tabulate_timings(benchmarks: str, table: str) -> None:
    """Write rule, job, wall and processor time [s] and peak memory [MiB] of each benchmark.

    `benchmarks` is their folder. The table has no row if it lies in object storage.
    """
    write_table(table, timing_table(benchmarks))


if __name__ == "__main__":
    run_rule(tabulate_timings, snakemake)
