import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from reconattack.frames.chunks import open_frames, write_chunk
from reconattack.frames.frame import build_frame, unreadable_frame
from scripts.models.predict import predict

RESIZE = {"kernel": "bilinear", "aspect": "stretch"}


INITIAL = {"beta": 0, "alpha_lower": 0, "alpha_upper": 51}  # five grey levels a decibel
ROWS = 40


@pytest.fixture
def write_frames(tmp_path, linear_scanner, scanner_with):
    """Write a chunk of frames that give even grey images, from (name, patient, label, grey)."""
    scanner = scanner_with(linear_scanner, reference_level=0.0)

    def write(file, *rows):
        frames = {
            name: build_frame(
                np.full((600, 32), 10 ** (grey / 5 / 20), np.complex64), scanner, patient, label
            )
            for name, patient, label, grey in rows
        }
        write_chunk(tmp_path / file, frames, {})
        return str(tmp_path / file)

    return write


@pytest.fixture
def predicted(tmp_path, write_frames):
    """Judge four frames of grey levels 0, 100, 120 and 140 by some networks."""
    chunks = [
        write_frames("a.nc", ("f0", "00", 0, 0), ("f1", "01", 1, 100)),
        write_frames("b.nc", ("f2", "02", 1, 120), ("f3", "03", None, 140)),
    ]

    def judge(networks, fold_of, cutoff=0.5):
        output = tmp_path / "predictions.csv"
        predict(chunks, networks, {}, fold_of, INITIAL, ROWS, cutoff, RESIZE, 1, str(output))
        return pd.read_csv(output, dtype={"patient": str, "fold": str})

    return judge


def test_frames_are_judged_by_their_own_fold_only(predicted, write_model):
    networks = [
        {"seed": "0", "fold": "0", "file": write_model("0.onnx", 50)},
        {"seed": "0", "fold": "1", "file": write_model("1.onnx", 70)},
    ]
    table = predicted(networks, {"f0": "0", "f1": "1", "f2": "1", "f3": "0"})
    assert list(table) == [
        *("seed", "frame", "patient", "fold", "label", "logit", "probability", "predicted")
    ]
    assert table["frame"].tolist() == ["f0", "f1", "f2", "f3"]
    assert table["fold"].tolist() == ["0", "1", "1", "0"]
    np.testing.assert_allclose(table["logit"], [-5, 3, 5, 9], atol=1e-5)
    np.testing.assert_allclose(table["probability"], expit([-5, 3, 5, 9]), atol=1e-6)
    assert table["predicted"].tolist() == [0, 1, 1, 1]
    assert table["patient"].tolist() == ["00", "01", "02", "03"]
    assert table["label"].fillna(-1).tolist() == [0, 1, 1, -1]


def test_every_seed_judges_every_frame_once(predicted, write_model):
    networks = [
        {"seed": seed, "fold": fold, "file": write_model(f"{seed}{fold}.onnx", 50 + 10 * int(seed))}
        for seed in ("0", "1")
        for fold in ("0", "1")
    ]
    table = predicted(networks, {"f0": "0", "f1": "1", "f2": "1", "f3": "0"})
    assert table["seed"].tolist() == [0] * 4 + [1] * 4
    assert table["frame"].tolist() == ["f0", "f1", "f2", "f3"] * 2
    np.testing.assert_allclose(table["logit"][:4] - table["logit"][4:].to_numpy(), 1, atol=1e-5)


def test_frame_that_could_not_be_read_has_an_empty_row(tmp_path, write_frames, write_model):
    chunk = write_frames("a.nc", ("f0", "00", 1, 100))
    frames = dict(open_frames(chunk)) | {"f1": unreadable_frame("f1: truncated", "b", "01", 0)}
    write_chunk(chunk, frames, {})
    network = {"seed": "0", "fold": "all", "file": write_model("all.onnx", 50)}
    predict([chunk], [network], {}, {}, INITIAL, ROWS, 0.5, RESIZE, 1, str(tmp_path / "p.csv"))
    table = pd.read_csv(tmp_path / "p.csv")
    assert table["frame"].tolist() == ["f0", "f1"]
    assert table["label"].tolist() == [1, 0]
    empty = table.loc[1, ["logit", "probability", "predicted"]]
    assert empty.isna().all()
    assert table.loc[0, "predicted"] == 1


def test_a_network_without_folds_judges_all(predicted, write_model):
    network = {"seed": "0", "fold": "all", "file": write_model("all.onnx", 110)}
    table = predicted([network], {})
    assert table["fold"].tolist() == ["all"] * 4
    np.testing.assert_allclose(table["logit"], [-11, -1, 1, 3], atol=1e-5)


def test_cutoff_is_the_configurations(predicted, write_model):
    network = {"seed": "0", "fold": "all", "file": write_model("all.onnx", 110)}
    assert predicted([network], {}, cutoff=0.2)["predicted"].tolist() == [0, 1, 1, 1]
    assert predicted([network], {}, cutoff=0.8)["predicted"].tolist() == [0, 0, 0, 1]
