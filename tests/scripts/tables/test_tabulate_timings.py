import math

import pandas as pd

from scripts.tables.tabulate_defence_timings import tabulate_defence_timings
from scripts.tables.tabulate_timings import tabulate_timings


def test_benchmarks_in_object_storage_are_missed_by_no_table(tmp_path):
    """Where they lie there, the folder is not here."""
    timings = str(tmp_path / "timings.csv")
    tabulate_timings(str(tmp_path / "benchmarks"), timings)
    attacks, output = tmp_path / "attacks.csv", tmp_path / "defences_timings.csv"
    attacks.write_text("model,attack,queries\nm,zoo,7\n")
    tabulate_defence_timings(timings, str(attacks), ["m"], ["zoo"], str(output))
    (row,) = pd.read_csv(output).to_dict("records")
    assert row["n_queries"] == 7
    assert row["n_trainings"] == 0
    assert math.isnan(row["query_ms"])
