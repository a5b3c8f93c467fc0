"""Set the models of a run side by side: how well each classifies and how much survives attacks."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconattack.evidence.attacks import read_attacks
from reconattack.evidence.defence_pairs import pair_table
from reconattack.evidence.defences import defence_table, model_outcomes
from reconattack.evidence.labelled import read_predictions
from reconattack.run.jobs import run_rule
from reconattack.storage import read_table, write_table


def tabulate_defences(
    models: Mapping[str, Mapping[str, Any]],
    baseline: str | None,
    predictions: Sequence[str],
    histories: Mapping[str, Sequence[str]],
    accidental: Sequence[Mapping[str, str]],
    attacks: str,
    grid: str | Sequence[str],
    margins: str | Sequence[str],
    proofs: str | Sequence[str],
    zoo: str | None,
    cutoff: float,
    table: str,
    pairs: str,
) -> None:
    """Write `defences.csv`, a row per model, and `defences_pairs.csv`, a row per question and
    model next to the baseline.

    `models` gives `kind`, `takes`, `protocol` and `immune` of each model, `predictions` are their
    tables in the same order, and `histories` those of their trainings. `accidental` names the
    logits at accidental settings (`model`, `seed`, `fold`, `path`). `zoo` is the paper's attack.
    `grid`, `margins` and `proofs` are tables, empty lists if the run has none.
    """
    judged = model_outcomes(
        models,
        baseline,
        read_predictions(list(models), predictions),
        read_attacks(attacks),
        read_table(grid, dtype={"grid_certified": "boolean"}) if grid else None,
        read_table(margins) if margins else None,
        read_table(proofs, dtype={"certified": "boolean"}) if proofs else None,
        zoo,
    )
    write_table(table, defence_table(judged, models, baseline, histories, accidental, cutoff))
    write_table(pairs, pair_table(judged, models, baseline))


if __name__ == "__main__":
    run_rule(tabulate_defences, snakemake)
