"""Gather what guards say of pictures in one table, and what they catch in another."""

from collections.abc import Mapping, Sequence

from reconattack.evidence.guard import guard_summary, guard_table
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def tabulate_guard(
    files: Sequence[Mapping[str, str]],
    attacks: Mapping[str, Mapping[str, bool]],
    rates: Mapping[str, float],
    table: str,
    summary: str,
) -> None:
    """Write the rows of `files` (`model`, `seed`, `fold`, `path`), and a row per model, seed and
    attack.

    `attacks` says of each attack on a model whether it has to pass the guard, `rates` is the
    declared rate of false alarms of each model.
    """
    rows = guard_table(files)
    write_table(table, rows)
    write_table(summary, guard_summary(rows, attacks, rates))


if __name__ == "__main__":
    run_rule(tabulate_guard, snakemake)
