"""Count the frames that each control flips alone, and those that each pair flips."""

from collections.abc import Mapping, Sequence

from reconattack.evidence.knobs import knob_table
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def tabulate_knobs(
    files: Sequence[Mapping[str, str]], boxes: Mapping[str, Mapping[str, Mapping]], table: str
) -> None:
    """Write a row per model, seed, attack and control, then a row per pair of controls.

    `files` are the records of attacks by each knob (`model`, `seed`, `attack`, `path`), `boxes` the
    parameters of each attack.
    """
    write_table(table, knob_table(files, boxes))


if __name__ == "__main__":
    run_rule(tabulate_knobs, snakemake)
