"""Join the audits of pictures beside RF into one table, and sum them up by kind of picture."""

from collections.abc import Mapping, Sequence

from reconattack.evidence.agreement import agreement_summary, agreement_table
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def tabulate_agreement(files: Sequence[Mapping[str, str]], table: str, summary: str) -> None:
    """Write the rows of `files` (`model`, `seed`, `fold`, `path`) and their summary."""
    rows = agreement_table(files)
    write_table(table, rows)
    write_table(summary, agreement_summary(rows))


if __name__ == "__main__":
    run_rule(tabulate_agreement, snakemake)
