"""Summarise how well each model classifies and how often each attack flips it."""

from collections.abc import Collection, Mapping, Sequence

from reconattack.evidence import decided
from reconattack.evidence.attacks import read_attacks
from reconattack.evidence.labelled import read_predictions
from reconattack.evidence.performance import performance_table
from reconattack.evidence.summary import summary_table
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def summarise(
    attacks: str,
    predictions: Sequence[str],
    validation: Sequence[Mapping[str, str]],
    protocols: Mapping[str, str],
    cutoff: float,
    visible_limit: Mapping[str, float],
    grids: Collection[str],
    decision: str,
    summary: str,
    performance: str,
) -> None:
    """Write `summary.csv`, a row per model, seed and attack, and `performance.csv`, a row per
    model, seed, cut-off and fold.

    `protocols` tells how the frames of each model were judged, `predictions` are the models' tables
    in the same order. `validation` names the validation predictions of each trained network
    (`model`, `seed`, `fold`, `path`), `grids` the attacks of method grid, `decision` the kind of
    the models' decisions.
    """
    judged = read_predictions(list(protocols), predictions)
    attacked = read_attacks(attacks)
    if decision == "binary":
        write_table(performance, performance_table(judged, validation, cutoff))
    else:
        units = attacked.groupby("model")["unit"].first()
        write_table(performance, decided.performance_table(decision, judged, units))
    table = summary_table(attacked, judged, protocols, visible_limit, grids, decision)
    write_table(summary, table)


if __name__ == "__main__":
    run_rule(summarise, snakemake)
