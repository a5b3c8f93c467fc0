"""Tabulate the boxes of the attacks, a row per attack, scanner and parameter."""

from collections.abc import Mapping
from typing import Any

from reconattack.evidence.boxes import box_table
from reconattack.run.jobs import run_rule
from reconattack.storage import read_table, write_table


def tabulate_boxes(
    frames: str,
    cohort: str,
    boxes: Mapping[str, Mapping[str, Mapping[str, Any]]],
    initial: Mapping[str, float],
    table: str,
) -> None:
    """Write the boxes with the changes of level that they allow at the scanners of `cohort`.

    `boxes` has the parameters of each attack, `frames` is the table of the checked frames.
    """
    read = read_table(frames)
    write_table(table, box_table(boxes, initial, read[read["cohort"] == cohort]))


if __name__ == "__main__":
    run_rule(tabulate_boxes, snakemake)
