"""Real RF frames through config/real.yaml: a frame table, a brought model, attacks and figures."""

import csv
import json
import shutil

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tests.workflow.workflow_run import Workflow

FRAMES = ["beef", "mouse_0", "mouse_1", "mouse_2", "mouse_3"]


@pytest.fixture(scope="module")
def audit(smoke, real_data, tmp_path_factory):
    """The finished audit of the two real files with a network that the smoke run has trained."""
    folder = tmp_path_factory.mktemp("audit")
    (folder / "models").mkdir()
    network = smoke.folder / "results" / "models" / "compact" / "seed-0" / "fold-0.onnx"
    shutil.copy(network, folder / "models" / "trained.onnx")
    shutil.copy(smoke.checkout / "config" / "real_frames.tsv", folder / "frames.tsv")
    (folder / "data").symlink_to(real_data)
    workflow = Workflow(smoke.checkout, folder)
    workflow.run(config=smoke.checkout / "config" / "real.yaml")
    return workflow


@pytest.fixture(scope="module")
def results(audit):
    return audit.folder / "results"


@pytest.fixture(scope="module")
def pictures(results):
    with xr.open_datatree(results / "bmode" / "real" / "8x0000.nc") as chunk:
        return {name: group.to_dataset().load() for name, group in chunk.children.items()}


def test_shipped_table_names_every_file(audit, real_data):
    with open(audit.folder / "frames.tsv", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert all((real_data / row["path"].removeprefix("data/")).is_file() for row in rows)


def test_every_frame_is_reconstructed(pictures):
    assert list(pictures) == FRAMES
    for picture in pictures.values():
        inside = picture["bmode"].values[picture["sector"].values]
        assert 40 < np.median(inside) < 215
        assert np.std(inside) > 20
        assert (picture["bmode"].values[~picture["sector"].values] == 0).all()
        assert "label" not in picture.attrs


def test_convex_picture_has_the_fan_of_its_probe(pictures):
    beef = pictures["beef"]
    x, z = np.meshgrid(beef["x"], beef["z"])
    angle = np.degrees(np.arctan2(x, z + 0.0264))[beef["sector"].values]
    radius = np.hypot(x, z + 0.0264)[beef["sector"].values]
    assert np.ptp(angle) == pytest.approx(118.6, abs=0.5)
    assert radius.min() == pytest.approx(0.0264, abs=5e-4)
    assert radius.max() == pytest.approx(0.1315, abs=5e-4)


def test_linear_pictures_have_the_size_of_their_file(pictures):
    mouse = pictures["mouse_2"]
    assert mouse["sector"].sel(z=slice(7e-4, None)).values.all()  # silent above
    assert np.ptp(mouse["z"].values) == pytest.approx(1535 * 12.8417e-6, rel=0.01)
    assert np.ptp(mouse["x"].values) == pytest.approx(0.0127, rel=0.02)


def test_models_own_decision_is_attacked_where_there_is_no_label(results):
    attacks = pd.read_csv(results / "tables" / "attacks.csv", dtype={"fold": str})
    assert list(attacks["frame"]) == 4 * FRAMES  # by zoo, corners, minimal and small_change
    assert attacks["label"].isna().all()
    assert (attacks["reference_source"] == "own decision").all()
    assert (attacks["reference"] == (attacks["probability_initial"] >= 0.5)).all()
    assert (attacks["fold"] == "all").all()
    assert (attacks["queries"] > 1).all()
    flipped = (attacks["probability_final"] >= 0.5) != attacks["reference"]
    assert (flipped == attacks["success"]).all()


def test_tables_say_that_the_model_was_brought(audit, results):
    summary = pd.read_csv(results / "tables" / "summary.csv").iloc[0]
    assert summary["protocol"] == "brought"
    assert summary["n_attacked"] == 5
    assert summary["n_labelled"] == 0
    assert np.isnan(summary["auc"])
    note = json.loads((results / "models" / "trained" / "brought.json").read_text())
    assert note["source"] == "trained.onnx"
    assert len(note["sha256"]) == 64


def test_figures_are_drawn(audit, results):
    pdf, png = (
        {path.stem for path in (results / "figures").glob(f"*{s}")} for s in (".pdf", ".png")
    )
    assert pdf == png
    assert {"contact_sheet", "accidental_change", "fig3_adversarial", "roc", "margins"} < pdf
    assert "Nothing to be done" in audit.run(config=audit.checkout / "config" / "real.yaml")
