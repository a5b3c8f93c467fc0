"""Tabulate how well the scores repeat at settings drawn about the initial one."""

from collections.abc import Mapping, Sequence

from reconattack.evidence.repeatability import repeatability_table
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def tabulate_repeatability(files: Sequence[Mapping[str, str]], table: str) -> None:
    """Write a row per model, seed and measure.

    `files` names the logits of each network and chunk: `model`, `seed`, `fold`, `path`.
    """
    write_table(table, repeatability_table(files))


if __name__ == "__main__":
    run_rule(tabulate_repeatability, snakemake)
