"""Set the figures of a published study next to those of this run."""

from collections.abc import Sequence

from reconattack.evidence.studies import STUDIES, study_table
from reconattack.run.jobs import run_rule
from reconattack.storage import read_table, write_table


def compare_with_paper(
    summary: str, attacks: Sequence[str], study: str, data: str, table: str
) -> None:
    """Write a row per figure of the study, model, seed and attack of `attacks`.

    `data` says what the frames of the run are.
    """
    write_table(table, study_table(read_table(summary), attacks, STUDIES[study], data))


if __name__ == "__main__":
    run_rule(compare_with_paper, snakemake)
