import json

import yaml

from benchmarks import workflow


def test_run_beside_its_jobs_and_memory_beside_what_was_asked_for(tmp_path):
    small = {"cohorts": {"simulated_rf": {"patients": 2}}, "run": {"frames_per_job": 1}}
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(small))
    targets = [f"--target=results/bmode/simulated_rf/1x000{number}.nc" for number in range(2)]
    options = ["--cores=1", "--configfile", str(tmp_path / "small.yaml"), f"--out={tmp_path}"]
    workflow.main([*options, *targets])
    whole, *rules = json.loads((tmp_path / "workflow.json").read_text())["measured"]
    assert whole["jobs"] == 4
    assert 0 < whole["jobs_s"] < whole["wall_s"]
    assert {row["rule"] for row in rules} == {"simulate_frames", "reconstruct"}
    assert all(0 < row["share"] == row["mb"] / row["asked_mb"] for row in rules)
