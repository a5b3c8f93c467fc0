"""Gather what each model costs: the time of its trainings and of a query."""

from collections.abc import Sequence

from reconattack.evidence.costs import cost_table
from reconattack.run.jobs import run_rule
from reconattack.storage import read_table, write_table


def tabulate_defence_timings(
    timings: str, attacks: str, models: Sequence[str], searched: Sequence[str], table: str
) -> None:
    """Write a row per model from `timings.csv` and `attacks.csv`.

    A query is timed over the attacks of `searched`.
    """
    jobs = read_table(timings, dtype={"job": str})
    queries = read_table(attacks, usecols=["model", "attack", "queries"])
    write_table(table, cost_table(jobs, queries, models, searched))


if __name__ == "__main__":
    run_rule(tabulate_defence_timings, snakemake)
