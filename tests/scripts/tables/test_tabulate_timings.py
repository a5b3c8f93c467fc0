import math

import pandas as pd
import pytest

from scripts.tables.tabulate_defence_timings import tabulate_defence_timings
from scripts.tables.tabulate_timings import tabulate_timings


@pytest.fixture
def timings(tmp_path):
    return str(tmp_path / "timings.csv")


def test_benchmarks_are_gathered(tmp_path, timings):
    benchmark = tmp_path / "benchmarks" / "attack" / "m" / "fold-0.tsv"
    benchmark.parent.mkdir(parents=True)
    benchmark.write_text("s\tmax_rss\tcpu_time\n2.0\t150.0\t1.5\n")
    tabulate_timings(str(tmp_path / "benchmarks"), timings)
    (row,) = pd.read_csv(timings).to_dict("records")
    times = {"wall_s": 2.0, "cpu_s": 1.5, "max_rss_mb": 150.0}
    assert row == {"rule": "attack", "job": "m/fold-0"} | times


def test_benchmarks_in_object_storage_are_missed_by_no_table(tmp_path, timings):
    """Where they lie there, the folder is not here."""
    tabulate_timings(str(tmp_path / "benchmarks"), timings)
    attacks, output = tmp_path / "attacks.csv", tmp_path / "defences_timings.csv"
    attacks.write_text("model,attack,queries\nm,zoo,7\n")
    tabulate_defence_timings(timings, str(attacks), ["m"], ["zoo"], str(output))
    (row,) = pd.read_csv(output).to_dict("records")
    assert row["n_queries"] == 7
    assert row["n_trainings"] == 0
    assert math.isnan(row["query_ms"])
