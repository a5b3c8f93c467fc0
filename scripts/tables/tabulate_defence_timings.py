"""Gather what each model costs: time of its trainings and of a query."""

from collections.abc import Sequence

import pandas as pd

from reconattack.run.jobs import job
from reconattack.storage import read_table, write_table


def tabulate_defence_timings(
    timings: str, attacks: str, models: Sequence[str], searched: Sequence[str], output: str
) -> None:
    """Write a row per model from `timings.csv` and `attacks.csv`.

    A query is timed over the attacks of `searched`: wall time of their jobs by the queries that
    they asked, reading and reconstruction included. Of a model that they ask only once a frame,
    immune by construction, it is mostly the start of the jobs.
    """
    benchmarks = read_table(timings, dtype={"job": str})
    queries = read_table(attacks, usecols=["model", "attack", "queries"])
    asked = queries[queries["attack"].isin(searched)].groupby("model")["queries"].sum()
    path = benchmarks["job"].fillna("").str.split("/")
    benchmarks = benchmarks.assign(model=path.str[0], attack=path.str[3])
    rows = [
        {"model": model}
        | training(benchmarks[benchmarks["model"] == model])
        | asking(benchmarks[benchmarks["model"] == model], searched, asked.get(model, 0))
        for model in models
    ]
    write_table(output, pd.DataFrame(rows))


def training(benchmarks: pd.DataFrame) -> dict:
    """Wall time [s] of one model's trainings; empty for a model that is not trained here."""
    jobs = benchmarks.loc[benchmarks["rule"].str.startswith("train"), "wall_s"]
    return {
        "n_trainings": len(jobs),
        "training_median_s": jobs.median(),
        "training_total_s": jobs.sum(min_count=1),
    }


def asking(benchmarks: pd.DataFrame, searched: Sequence[str], queries: int) -> dict:
    """Wall time of one model's queries; empty where there was none."""
    attacks = (benchmarks["rule"] == "attack") & benchmarks["attack"].isin(searched)
    wall = benchmarks.loc[attacks, "wall_s"].sum(min_count=1)
    return {
        "attacks": " ".join(searched),
        "n_queries": int(queries),
        "attacks_total_s": wall,
        "query_ms": 1000 * wall / queries if queries else None,
    }


if __name__ == "__main__":
    with job(snakemake.log[0]):
        tabulate_defence_timings(
            timings=snakemake.input.timings,
            attacks=snakemake.input.attacks,
            models=snakemake.params.models,
            searched=snakemake.params.searched,
            output=snakemake.output.table,
        )
