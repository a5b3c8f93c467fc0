"""The benchmark of scaling runs the workflow and tells what a frame took."""

import json

from benchmarks import scaling


def test_frames_of_a_run(write_model, tmp_path):
    model = write_model("model.onnx", 20)
    out = str(tmp_path)
    scaling.main(["--frames", "2", "--frames-per-job", "1", "--model", model, "--out", out])
    (row,) = json.loads((tmp_path / "scaling.json").read_text())["measured"]
    assert row["frames"] == 2
    assert row["jobs"] == 9  # two of each step, and what a run does once
    assert row["cpu_s_per_frame"] > 1
    assert row["wall_s"] > 1
    assert row["megabytes_per_frame"] > 1
    results = tmp_path / "scaling" / "2" / "results"
    assert len(list(results.glob("attacks/trained/seed-0/fold-all/zoo/*.nc"))) == 2
