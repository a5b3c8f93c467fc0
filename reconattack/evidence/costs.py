"""What jobs and models cost: `timings.csv` and `defences_timings.csv`."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

MEASURED = {"s": "wall_s", "cpu_time": "cpu_s", "max_rss": "max_rss_mb"}  # names in a benchmark


def timing_table(benchmarks: str) -> pd.DataFrame:
    """Tabulate the benchmark of each job that has run.

    Parameters
    ----------
    benchmarks
        Folder of the benchmarks. Benchmarks in object storage are not read: the table is then
        empty.

    Returns
    -------
    pandas.DataFrame
        rule, job, wall_s and cpu_s (wall and processor time in s) and max_rss_mb (peak memory in
        MiB).
    """
    rows = []
    for path in sorted(Path(benchmarks).rglob("*.tsv")):
        rule, *rest = path.relative_to(benchmarks).with_suffix("").parts
        benchmark = pd.read_csv(path, sep="\t").iloc[0]
        measured = {column: benchmark[name] for name, column in MEASURED.items()}
        rows.append({"rule": rule, "job": "/".join(rest), **measured})
    return pd.DataFrame(rows, columns=["rule", "job", *MEASURED.values()])


def cost_table(
    timings: pd.DataFrame, attacks: pd.DataFrame, models: Sequence[str], searched: Sequence[str]
) -> pd.DataFrame:
    """Tabulate the time of each model's trainings and queries.

    Parameters
    ----------
    timings
        Table `timings.csv`.
    attacks
        Columns model, attack and queries of `attacks.csv`.
    models
        Models of the run.
    searched
        Attacks over which a query is timed: the wall time of their jobs, reading and reconstruction
        included, divided by their queries. A model that is immune by construction is queried once
        per frame; its time is mostly the start of the jobs.

    Returns
    -------
    pandas.DataFrame
        A row per model.
    """
    queries = attacks[attacks["attack"].isin(searched)].groupby("model")["queries"].sum()
    path = timings["job"].fillna("").str.split("/")
    jobs = timings.assign(model=path.str[0], attack=path.str[3])
    rows = []
    for model in models:
        of_model = jobs[jobs["model"] == model]
        costs = query_cost(of_model, searched, queries.get(model, 0))
        rows.append({"model": model, **training_cost(of_model), **costs})
    return pd.DataFrame(rows)


def training_cost(jobs: pd.DataFrame) -> dict:
    """Wall time [s] of one model's trainings; missing for a model that is not trained here."""
    wall = jobs.loc[jobs["rule"].str.startswith("train"), "wall_s"]
    return {
        "n_trainings": len(wall),
        "training_median_s": wall.median(),
        "training_total_s": wall.sum(min_count=1),
    }


def query_cost(jobs: pd.DataFrame, searched: Sequence[str], queries: int) -> dict:
    """Wall time of one model's queries; missing if there was no query."""
    of_searches = (jobs["rule"] == "attack") & jobs["attack"].isin(searched)
    wall = jobs.loc[of_searches, "wall_s"].sum(min_count=1)
    return {
        "attacks": " ".join(searched),
        "n_queries": int(queries),
        "attacks_total_s": wall,
        "query_ms": 1000 * wall / queries if queries else None,
    }
