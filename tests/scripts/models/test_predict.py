import numpy as np
import pandas as pd

from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import build_frame
from scripts.models.predict import predict

INITIAL = {"beta": 0, "alpha_lower": 0, "alpha_upper": 51}  # five grey levels a decibel


def test_frames_of_all_chunks_are_predicted_by_the_networks_of_their_folds(
    tmp_path, linear_scanner, scanner_with, write_model
):
    scanner = scanner_with(linear_scanner, reference_level=0.0)
    names = ["f0", "f1", "f2", "f3"]
    for name, grey in zip(names, (0, 100, 120, 140), strict=True):
        samples = np.full((600, 32), 10 ** (grey / 5 / 20), np.complex64)
        frame = build_frame(samples, scanner, f"0{name[1]}", int(grey > 0))
        write_chunk(tmp_path / f"{name}.nc", {name: frame}, {})
    folds = pd.DataFrame(
        {"frame": names, "patient": ["00", "01", "02", "03"], "fold": [0, 1, 1, 0]}
    )
    folds.to_csv(tmp_path / "folds.csv", index=False)
    predict(
        frames=[str(tmp_path / f"{name}.nc") for name in names],
        folds=[str(tmp_path / "folds.csv")],
        networks=[
            {"model": "m", "seed": "0", "fold": "0", "file": write_model("0.onnx", 50)},
            {"model": "m", "seed": "0", "fold": "1", "file": write_model("1.onnx", 70)},
        ],
        model_settings={},
        initial=INITIAL,
        image_rows=40,
        cutoff=0.5,
        resize={"kernel": "bilinear", "aspect": "stretch"},
        threads=1,
        table=str(tmp_path / "predictions.csv"),
    )
    table = pd.read_csv(tmp_path / "predictions.csv", dtype={"patient": str, "fold": str})
    assert table["frame"].tolist() == names
    assert table["patient"].tolist() == ["00", "01", "02", "03"]
    assert table["fold"].tolist() == ["0", "1", "1", "0"]
    np.testing.assert_allclose(table["logit"], [-5, 3, 5, 9], atol=1e-5)
    assert table["predicted"].tolist() == [0, 1, 1, 1]
