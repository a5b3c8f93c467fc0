import json

import numpy as np
import pytest

from benchmarks import training
from reconattack.errors import InputError
from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import build_frame
from reconattack.reconstruction.drawing import reconstruct

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}


def test_epochs_of_all_trainings_are_timed(tmp_path, convex_scanner, capsys):
    random = np.random.default_rng(3)
    frames = {
        f"f{number}": build_frame(
            random.standard_normal((300, 24)), convex_scanner, f"p{number}", number % 2
        )
        for number in range(20)
    }
    images = {f"image-{name}": reconstruct(frame, INITIAL, 64) for name, frame in frames.items()}
    for kind, content in (("frames/simulated_rf", frames), ("bmode/simulated_images", images)):
        (tmp_path / kind).mkdir(parents=True)
        write_chunk(tmp_path / kind / "20x0000.nc", content, {})
    options = {"--results": tmp_path, "--epochs": 3, "--repeats": 1, "--out": tmp_path / "out"}
    training.main([str(part) for option in options.items() for part in option])
    rows = json.loads((tmp_path / "out/training.json").read_text())["measured"]
    assert len(capsys.readouterr().out.splitlines()) == len(rows)
    kinds = [*training.KINDS, training.BARE]
    assert [row["training"] for row in rows] == 2 * kinds
    assert [row["image cohorts"] for row in rows] == 5 * [True] + 5 * [False]
    for row in rows:
        assert row["ms an epoch"]["min"] > 0
        assert row["ratio of processor times"]["min"] > 0
    assert rows[0]["ratio"]["median"] == rows[5]["ratio"]["median"] == 1


def test_without_a_finished_run_it_is_asked_for(tmp_path):
    with pytest.raises(InputError, match="make reproduce"):
        training.main(["--results", str(tmp_path)])
