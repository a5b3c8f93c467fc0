"""A grid in a job: the field in the result file, what an interruption leaves, and the table."""

import logging

import netCDF4
import numpy as np
import pandas as pd
import pytest
import xarray as xr

import scripts.attacks.attack
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.errors import InputError
from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import unreadable_frame
from reconattack.reconstruction.parameters import PAPER_PARAMETERS
from reconattack.reconstruction.reconstruction import Reconstruction
from scripts.attacks.attack import attack
from scripts.tables.tabulate_grid import tabulate_grid

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
SETTINGS = {
    "method": "grid",
    "lattice": {"beta": 0.1, "alpha_lower": 2.5, "alpha_upper": 5},
    "max_points": 1000,
    "parameters": {
        "beta": {"box": [0.5, 1.3]},
        "alpha_lower": {"box": [5, 15]},
        "alpha_upper": {"box": [50, 60]},
    },
}
POINTS = 9 * 5 * 3
CUT = 80
TRACED = {"params_hash": "1", "source": "{}"}


@pytest.fixture
def attacked(tmp_path, noise_frames, fold_of, write_model):
    """Judge the lattice of some of four frames: noise with labels 1, 0, none, and silence."""
    frames = noise_frames((1, 1), (0, 1), (None, 0.5), (0, 0))
    chunk = str(tmp_path / "chunk.nc")

    def run(judged=None, file="attacks.nc", unreadable=(), settings=SETTINGS, **changes):
        bad = {name: unreadable_frame("truncated", "convex", "p", 1) for name in unreadable}
        write_chunk(chunk, frames | bad, {})
        fixed = {
            "settings": settings,
            "initial": INITIAL,
            "image_rows": 32,
            "resize": {"kernel": "bilinear", "aspect": "stretch"},
            "cutoff": 0.5,
            "threads": 1,
            "attack": "grid",
            "attributes": TRACED,
            "model_files": [write_model("model.onnx", CUT)],
            "model_settings": {},
            "partial": str(tmp_path / "partial" / "chunk"),
        }
        attack(chunk, attacks=str(tmp_path / file), **fold_of(judged), **(fixed | changes))
        with xr.open_dataset(tmp_path / file) as opened:
            return opened.load()

    run.frames = frames
    return run


@pytest.fixture
def table(tmp_path):
    def tabulate(*files):
        rows = [
            {"model": "m", "seed": "0", "fold": str(fold), "attack": "grid", "path": tmp_path / f}
            for fold, f in enumerate(files)
        ]
        tabulate_grid(rows, str(tmp_path / "grid.csv"))
        return pd.read_csv(tmp_path / "grid.csv").set_index("frame")

    return tabulate


def test_field_is_kept_with_its_axes_compressed(attacked, tmp_path):
    result = attacked()
    assert result["frame"].values.tolist() == ["f0", "f1", "f2", "f3"]
    field = result["grid_logit"]
    assert field.dims == ("frame", *(f"grid_{name}" for name in PAPER_PARAMETERS))
    assert field.shape == (4, 9, 5, 3)
    assert field.dtype == np.float32
    with netCDF4.Dataset(tmp_path / "attacks.nc") as file:
        assert file["grid_logit"].filters()["zlib"]
    for name in result.variables:
        assert set(result[name].attrs) == {"units", "long_name"}, name


def test_field_is_what_the_network_says_of_each_image(attacked, write_model):
    result = attacked({"f0"})
    classifier = OnnxClassifier(write_model("model.onnx", CUT))
    reconstruction = Reconstruction(attacked.frames["f0"], 32)
    field = result["grid_logit"][0]
    for place in [(0, 0, 0), (8, 4, 2), (4, 2, 1), (1, 3, 0)]:
        point = [field[name][index] for name, index in zip(field.dims, place, strict=True)]
        (logit,) = classifier.answers(reconstruction.bmode(np.array(point, float)))
        assert float(field[place]) == pytest.approx(logit, rel=1e-5)
    assert float(field[4, 2, 1]) == float(result["logit"][0, 0])


def test_frames_judged_wrong_at_the_start_have_no_field(attacked):
    result = attacked()
    assert result["stop_reason"].values[1] == "wrong_at_start"
    attacked_ones = result["grid_logit"].notnull().all(["grid_beta", "grid_alpha_lower"])
    assert attacked_ones.all("grid_alpha_upper").values.tolist() == [True, False, True, True]
    assert result["grid_logit"][1].isnull().all()
    assert result["queries"].values.tolist()[1] == 1


def test_silence_is_certified_by_one_query(attacked):
    result = attacked({"f3"})
    assert result["grid_certified"].values.tolist() == [True]
    assert result["queries"].values.tolist() == [1]
    assert result["repeats"].values.tolist() == [POINTS - 1]
    assert result["stop_reason"].values.tolist() == ["exhausted"]


def test_picture_changes_are_those_of_the_lowest_margin(attacked, noise_frames):
    result = attacked({"f0"})
    lowest = result["parameters"].values[0, int(result["best_step"][0])]
    assert lowest.tolist() != list(INITIAL.values())
    change = result["level_change_end"].values[0]
    end_cm = 100 * float(noise_frames((1, 1))["f0"]["depth"][-1])
    assert change == pytest.approx(2 * (lowest[0] - 0.9) * 2.5 * end_cm)


@pytest.mark.parametrize("judged", [{"f2"}, {"elsewhere"}])
def test_result_repeats_bit_for_bit(attacked, tmp_path, judged):
    attacked(judged, "first.nc")
    attacked(judged, "second.nc", partial=None)
    assert (tmp_path / "first.nc").read_bytes() == (tmp_path / "second.nc").read_bytes()


def test_a_lattice_that_does_not_fit_stops_the_job(attacked):
    settings = SETTINGS | {"lattice": SETTINGS["lattice"] | {"beta": 0.3}}
    with pytest.raises(InputError, match=r"lattice\.beta is 0\.3"):
        attacked(settings=settings)


# Interruptions


@pytest.fixture
def interrupted(attacked, tmp_path, monkeypatch):
    """A job that was ended just before it wrote its result."""

    def end(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(scripts.attacks.attack, "write_dataset", end)
        attacked()
    folder = tmp_path / "partial" / "chunk"
    assert sorted(file.name.split(".")[0] for file in folder.iterdir()) == ["f0", "f2", "f3"]
    assert not (tmp_path / "attacks.nc").exists()
    return folder


def judged_images(caplog):
    (message,) = [record.message for record in caplog.records if "images" in record.message]
    return int(message.split()[-2])


def test_job_goes_on_where_it_was_and_gives_the_same_bits(attacked, tmp_path, interrupted, caplog):
    caplog.set_level(logging.INFO)
    attacked(file="resumed.nc")
    assert judged_images(caplog) == 4  # the initial settings
    assert not interrupted.exists()
    attacked(file="undisturbed.nc")
    assert (tmp_path / "resumed.nc").read_bytes() == (tmp_path / "undisturbed.nc").read_bytes()


@pytest.mark.parametrize("change", [{"params_hash": "2"}, {"source": '{"model.onnx": "1"}'}])
def test_what_another_attack_left_is_not_used_and_is_removed(attacked, interrupted, caplog, change):
    caplog.set_level(logging.INFO)
    result = attacked(attributes=TRACED | change)
    assert judged_images(caplog) == int(result["queries"].sum()) > 2 * POINTS
    assert not interrupted.exists()


# The table


def test_table_says_what_the_file_says(attacked, table):
    result = attacked(unreadable=["f2"])
    rows = table("attacks.nc")
    assert rows.index.tolist() == ["f0", "f1", "f2", "f3"]
    assert set(rows["n_points"]) == {POINTS}
    assert set(rows["step_beta"]) == {0.1}
    assert set(rows["step_alpha_lower"]) == {2.5}
    assert rows["stop_reason"].tolist() == ["flipped", "wrong_at_start", "unreadable", "exhausted"]
    assert rows["label"].tolist() == [1, 0, 1, 0]
    field = result["grid_logit"].sel(frame="f0")
    flipped = rows.loc["f0"]
    assert flipped["n_flipping"] == (field < 0).sum()
    assert flipped["lowest_margin"] == pytest.approx(float(field.min()))
    for kind, logit in (("lowest", flipped["lowest_margin"]), ("nearest", None)):
        point = {f"grid_{name}": flipped[f"{kind}_{name}"] for name in PAPER_PARAMETERS}
        assert float(field.sel(point)) < 0
        assert logit is None or float(field.sel(point)) == pytest.approx(logit)
    assert 0 < flipped["nearest_distance"] <= 1
    assert bool(flipped["grid_certified"]) is False
    assert flipped["queries"] + flipped["repeats"] == POINTS


def test_row_of_a_certified_frame_has_no_flip(attacked, table):
    attacked({"f3"})
    row = table("attacks.nc").loc["f3"]
    assert bool(row["grid_certified"]) is True
    assert row["n_flipping"] == 0
    assert row["lowest_margin"] == pytest.approx(CUT / 10)
    assert row[["nearest_distance", *(f"nearest_{name}" for name in PAPER_PARAMETERS)]].isna().all()
    assert row[[f"lowest_{name}" for name in PAPER_PARAMETERS]].tolist() == list(INITIAL.values())


def test_rows_of_frames_that_were_not_attacked_are_empty(attacked, table):
    attacked({"f1", "f2"}, unreadable=["f2"])
    rows = table("attacks.nc")
    verdict = ["n_flipping", "grid_certified", "lowest_margin", "lowest_beta", "nearest_beta"]
    assert rows[verdict].isna().all(axis=None)
    assert rows["queries"].tolist() == [1, 0]


def test_still_parameter_has_no_step(attacked, table):
    parameters = SETTINGS["parameters"] | {"beta": {"box": [0.9, 0.9]}}
    attacked({"f0"}, settings=SETTINGS | {"parameters": parameters})
    row = table("attacks.nc").loc["f0"]
    assert row["n_points"] == 15
    assert np.isnan(row["step_beta"])


def test_files_without_frames_add_no_rows(attacked, table):
    attacked({"elsewhere"}, "none.nc")
    attacked({"f3"}, "one.nc")
    assert table("none.nc", "one.nc").index.tolist() == ["f3"]


def test_table_without_a_grid_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"run\.attacks selects no attack of method grid"):
        tabulate_grid([], str(tmp_path / "grid.csv"))
