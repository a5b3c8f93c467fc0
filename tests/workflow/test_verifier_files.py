"""Files for verifiers, asked for by their path."""

import numpy as np
import onnxruntime
import pandas as pd
import pytest


def test_file_of_a_frame_has_its_log_odds(smoke, copy_of):
    """Two frames are asked for; nothing but their files is made."""
    run = copy_of(smoke)
    predictions = pd.read_csv(run.folder / "results/predictions/compact.csv")
    right = predictions[predictions["predicted"] == predictions["label"]].groupby("label").head(1)
    assert sorted(right["label"]) == [0, 1]
    targets = {
        f"results/properties/compact/seed-0/fold-{row.fold}/small_change/{row.frame}.onnx": row
        for row in right.itertuples()
    }
    assert run.planned(*targets) == {"export_property": 2}
    run.run(*targets)
    for target, row in targets.items():
        asked = (run.folder / target).with_suffix(".vnnlib").read_text()
        assert f"; decision: {row.label} " in asked
        session = onnxruntime.InferenceSession(
            run.folder / target, providers=["CPUExecutionProvider"]
        )
        (margin,) = session.run(None, {"setting": np.array([[0.9, 10, 55]], np.float32)})
        logit = (1 if row.label else -1) * float(margin[0, 0]) * 255 / 45
        probability = 1 / (1 + np.exp(-logit))
        assert probability == pytest.approx(row.probability, abs=0.005)
        assert logit * (row.label - 0.5) > 0


def test_frame_that_there_is_not_has_no_file(smoke):
    target = "results/properties/compact/seed-0/fold-0/zoo/simulated_rf-999.onnx"
    assert f"MissingRuleException:\nNo rule to produce {target}" in smoke.run(
        "--dry-run", target, fails=True
    )
