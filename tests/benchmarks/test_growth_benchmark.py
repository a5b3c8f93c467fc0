import json

import numpy as np
import pytest

from benchmarks import growth


def test_every_size_is_timed(write_model, tmp_path, monkeypatch):
    monkeypatch.setattr(growth, "ROWS", 32)
    monkeypatch.setattr(growth, "LINES", 16)
    model = write_model("model.onnx", 20)
    growth.main(["--model", model, "--doublings", "3", "--repeats", "1", "--out", str(tmp_path)])
    *grown, knobs = json.loads((tmp_path / "growth.json").read_text())["measured"]
    assert [row["grows"] for row in grown] == ["samples", "lines", "rows", "rows"]
    assert all(len(row["sizes"]) == len(row["ms"]) == len(row["mb"]) == 3 for row in grown)
    assert all(np.isfinite(row["exponent of time"]) for row in grown)
    assert knobs["sizes"] == [1, 2, 3, 4, 5]
    assert knobs["factor of time"] > 0


def test_exponent_is_that_of_the_largest_sizes():
    sizes = np.array([1.0, 10, 20, 40])
    assert growth.slope(np.log(sizes), np.log([9.0, 100, 400, 1600])) == pytest.approx(2)
