"""Gather what is proved of each frame in one table, and of each model in another."""

from collections.abc import Mapping, Sequence

from reconattack.evidence.proofs import proof_summary, proof_table
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def tabulate_proofs(files: Sequence[Mapping[str, str]], table: str, summary: str) -> None:
    """Write proofs and samples of `files` (`model`, `seed`, `fold`, `attack`, `path`), a row per
    frame in `table` and a row per model, seed and attack in `summary`.
    """
    proofs = proof_table(files)
    write_table(table, proofs)
    write_table(summary, proof_summary(proofs))


if __name__ == "__main__":
    run_rule(tabulate_proofs, snakemake)
