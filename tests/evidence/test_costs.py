import numpy as np
import pandas as pd
import pytest

from reconattack.evidence.costs import cost_table, timing_table


def test_benchmarks_are_gathered(tmp_path):
    benchmark = tmp_path / "benchmarks" / "attack" / "m" / "fold-0.tsv"
    benchmark.parent.mkdir(parents=True)
    benchmark.write_text("s\tmax_rss\tcpu_time\n2.0\t150.0\t1.5\n")
    (row,) = timing_table(str(tmp_path / "benchmarks")).to_dict("records")
    times = {"wall_s": 2.0, "cpu_s": 1.5, "max_rss_mb": 150.0}
    assert row == {"rule": "attack", "job": "m/fold-0"} | times


def test_times_of_each_model():
    rows = [
        ("train", "m/seed-0/fold-0", 10.0),
        ("train", "m/seed-0/fold-1", 14.0),
        ("attack", "m/seed-0/fold-0/grid/6x0000", 2.0),
        ("attack", "m/seed-0/fold-1/grid/6x0000", 4.0),
        ("attack", "m/seed-0/fold-0/zoo/6x0000", 100.0),
        ("summarise", None, 1.0),
    ]
    timings = pd.DataFrame(rows, columns=["rule", "job", "wall_s"])
    attacks = pd.DataFrame({"model": "m", "attack": ["grid", "grid", "zoo"], "queries": 1500})
    costs = cost_table(timings, attacks, ["m", "brought"], ["grid"])
    trained, brought = costs.to_dict("records")
    assert (trained["n_trainings"], trained["training_median_s"]) == (2, 12)
    assert trained["training_total_s"] == 24
    assert (trained["n_queries"], trained["attacks_total_s"]) == (3000, 6)
    assert trained["query_ms"] == pytest.approx(2)
    assert (brought["n_trainings"], brought["n_queries"]) == (0, 0)
    assert np.isnan([brought["training_total_s"], brought["query_ms"]]).all()
