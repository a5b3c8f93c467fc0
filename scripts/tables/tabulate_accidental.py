"""Tabulate how each model fares at accidental settings, by setting and by distribution."""

from collections.abc import Mapping, Sequence

from reconattack.evidence.accidental import accidental_tables
from reconattack.evidence.accidental_decided import decided_tables
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def tabulate_accidental(
    files: Sequence[Mapping[str, str]], cutoff: float, decision: str, table: str, summary: str
) -> None:
    """Write a row per model, seed and setting, and a row per model, seed and distribution.

    `files` names the records of each network and chunk: `model`, `seed`, `fold`, `path`;
    `decision` is the kind of the models' decisions.
    """
    is_binary = decision == "binary"
    tables = accidental_tables(files, cutoff) if is_binary else decided_tables(files)
    settings, distributions = tables
    write_table(table, settings)
    write_table(summary, distributions)


if __name__ == "__main__":
    run_rule(tabulate_accidental, snakemake)
