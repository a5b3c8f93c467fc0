"""Settings found on one small network by real attacks, tried on another."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from reconattack.attacks.transfer import TRANSFER_COLUMNS
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import build_frame, unreadable_frame
from reconattack.reconstruction.parameters import PAPER_PARAMETERS
from reconattack.reconstruction.reconstruction import Reconstruction
from scripts.attacks.attack import attack
from scripts.attacks.judge_transferred import decisions_of, judge_transferred

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
SETTINGS = {
    "method": "corners",
    "max_queries": 30,
    "parameters": {
        "beta": {"box": [0.5, 1.3]},
        "alpha_lower": {"box": [5, 15]},
        "alpha_upper": {"box": [50, 60]},
    },
}
FIXED = {
    "initial": INITIAL,
    "image_rows": 32,
    "resize": {"kernel": "bilinear", "aspect": "stretch"},
    "cutoff": 0.5,
    "threads": 1,
    "model_settings": {},
}
LOUDNESS = {"loud": 3, "middle": 2, "even": 1, "faint": 0.3, "silent": 0, "bad": 1}
SOURCE_CUT, TARGET_CUT = 110, 100


@pytest.fixture
def frames(convex_scanner):
    """Noise of several loudnesses without labels: references are a network's own decisions."""
    decibels = 2 * 0.9 * convex_scanner.center_frequency / 1e6 * convex_scanner.depth(300) * 100
    noise = np.random.default_rng(3).standard_normal((300, 24)) * 10 ** (-decibels[:, None] / 20)
    return {
        name: unreadable_frame("truncated", "convex", "p", None)
        if name == "bad"
        else build_frame(loudness * noise, convex_scanner, name)
        for name, loudness in LOUDNESS.items()
    }


@pytest.fixture
def transferred(tmp_path, frames, write_model):
    """Attack a network, then try what flipped it on another; the table by frame."""
    chunk, source = str(tmp_path / "chunk.nc"), str(tmp_path / "source.nc")
    write_chunk(chunk, frames, {})
    attack(
        chunk,
        folds=[],
        fold="all",
        model_files=[write_model("source.onnx", SOURCE_CUT)],
        settings=SETTINGS,
        attack="corners",
        attacks=source,
        attributes={},
        **FIXED,
    )
    output = str(tmp_path / "transfer.csv")

    def run(decisions):
        rows = [("0", "0", name, decision) for name, decision in decisions.items()]
        judged = pd.DataFrame(rows, columns=["seed", "fold", "frame", "predicted"])
        judged.to_csv(tmp_path / "predictions.csv", index=False)
        judge_transferred(
            chunk,
            str(tmp_path / "predictions.csv"),
            seed="0",
            fold="0",
            sources=[{"model": "s", "seed": "4", "attack": "corners", "path": source}],
            model_files=[write_model("target.onnx", TARGET_CUT)],
            table=output,
            **FIXED,
        )
        return pd.read_csv(output).set_index("frame")

    run.source = xr.load_dataset(source)
    return run


@pytest.fixture
def start(frames, write_model):
    """The target's decisions at the initial setting."""
    classifier = OnnxClassifier(write_model("start.onnx", TARGET_CUT))
    images = {
        name: Reconstruction(frame, 32).bmode(list(INITIAL.values()))
        for name, frame in frames.items()
        if name != "bad"
    }
    return {name: int(classifier.answers(image)[0] >= 0) for name, image in images.items()}


def test_only_what_flipped_the_source_is_tried_where_both_decide_alike(transferred, start):
    table = transferred(start)
    assert table.index.tolist() == [
        "loud",
        "middle",
        "even",
        "faint",
        "silent",
    ]  # not the unreadable one
    assert set(table["source_model"]) == {"s"}
    assert set(table["source_seed"]) == {4}
    success = transferred.source["success"].sel(frame=table.index.values).values
    assert table["source_success"].tolist() == success.tolist()
    assert table["source_success"].nunique() == table["right_at_start"].nunique() == 2
    tried = table["source_success"] & table["right_at_start"]
    assert 0 < tried.sum() < table["source_success"].sum()
    assert table["logit"].notna().tolist() == table["flipped"].notna().tolist() == tried.tolist()


def test_the_target_is_asked_for_the_sources_final_setting(transferred, start, frames, tmp_path):
    table = transferred(start)
    classifier = OnnxClassifier(tmp_path / "target.onnx")
    for name, row in table[table["logit"].notna()].iterrows():
        found = transferred.source.sel(frame=name)
        setting = found["parameters"].isel(step=int(found["best_step"]))
        point = setting.sel(parameter=list(PAPER_PARAMETERS)).values
        (logit,) = classifier.answers(Reconstruction(frames[name], 32).bmode(point))
        assert row["logit"] == pytest.approx(logit, abs=1e-12)
        assert row["flipped"] == ((logit >= 0) != row["reference"])


def test_frames_of_other_folds_have_no_row(transferred, start):
    assert transferred({"even": start["even"]}).index.tolist() == ["even"]


def test_a_target_without_frames_in_the_chunk(transferred):
    table = transferred({})
    assert [*table.reset_index()] == sorted(TRANSFER_COLUMNS, key=lambda name: name != "frame")
    assert len(table) == 0


def test_decisions_are_those_of_one_network_on_frames_it_could_read(tmp_path):
    path = tmp_path / "predictions.csv"
    rows = [(0, "a", 0, 1), (0, "b", 1, 0), (0, "c", 1, None), (1, "b", 1, 1), (1, "a", 0, 1)]
    table = pd.DataFrame(rows, columns=["seed", "frame", "fold", "predicted"])
    table.astype({"predicted": "Int64"}).to_csv(path, index=False)
    assert decisions_of(str(path), "0", "1") == {"b": 0}
    assert decisions_of(str(path), "1", "0") == {"a": 1}
