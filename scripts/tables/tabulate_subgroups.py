"""Tabulate whether decisions change more in one group of patients than in another."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconattack.evidence.envelope import network_breaks
from reconattack.evidence.labelled import read_predictions
from reconattack.evidence.subgroups import subgroup_table
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def tabulate_subgroups(
    files: Sequence[Mapping[str, str]],
    settings: Sequence[Mapping[str, str]],
    models: Sequence[str],
    predictions: Sequence[str],
    boxes: Mapping[str, Mapping[str, Mapping[str, Any]]],
    finds: Mapping[str, str | None],
    accidental: Mapping[str, Any] | None,
    groups: Mapping[str, Mapping[str, str | None]],
    cutoff: float,
    limit: float,
    table: str,
) -> None:
    """Write a row per model, seed, source, moved parameters, column and group.

    `groups` has the group of each frame, by column. The others are as in `tabulate_envelope`.
    """
    patients = {
        model: dict(zip(judged["frame"], judged["patient"], strict=True))
        for model, judged in read_predictions(models, predictions).items()
    }
    sources = [
        (network, breaks)
        for network, _, _, found in network_breaks(
            files, settings, boxes, finds, accidental, cutoff
        )
        for breaks in found
    ]
    write_table(table, subgroup_table(sources, groups, patients, limit))


if __name__ == "__main__":
    run_rule(tabulate_subgroups, snakemake)
