"""Tabulate within which settings few decisions change: the envelope of each model and seed."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconattack.evidence.envelope import envelope_table
from reconattack.evidence.labelled import read_predictions
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def tabulate_envelope(
    files: Sequence[Mapping[str, str]],
    settings: Sequence[Mapping[str, str]],
    models: Sequence[str],
    predictions: Sequence[str],
    boxes: Mapping[str, Mapping[str, Mapping[str, Any]]],
    finds: Mapping[str, str | None],
    accidental: Mapping[str, Any] | None,
    initial: Mapping[str, float],
    cutoff: float,
    limit: float,
    table: str,
) -> None:
    """Write a row per model, seed, source and moved parameters.

    `files` are records of attacks, `settings` logits at accidental settings, `predictions` the file
    of each of `models`, which names the patients. The others are as in `envelope_table`.
    """
    patients = {
        model: dict(zip(judged["frame"], judged["patient"], strict=True))
        for model, judged in read_predictions(models, predictions).items()
    }
    given = (boxes, finds, accidental, initial, patients, cutoff, limit)
    write_table(table, envelope_table(files, settings, *given))


if __name__ == "__main__":
    run_rule(tabulate_envelope, snakemake)
