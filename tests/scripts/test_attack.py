import numpy as np
import pandas as pd
import pytest
import xarray as xr

from reconattack.errors import InputError
from reconattack.frames import build_frame, unreadable_frame
from reconattack.storage import write_chunk
from scripts.attack import attack, frames_of_fold
from scripts.tabulate_attacks import tabulate_attacks

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
SETTINGS = {
    "method": "zoo",
    "max_steps": 3,
    "stop_at_bounds": "all",
    "parameters": {
        "beta": {"box": [0.5, 1.3], "probe": 0.05, "rate": 0.05},
        "alpha_lower": {"box": [5, 15], "probe": 0.1, "rate": 0.5},
        "alpha_upper": {"box": [50, 60], "probe": 0.1, "rate": 0.5},
    },
}


@pytest.fixture
def attacked(tmp_path, convex_scanner, write_model):
    """Attack some of three noise frames with labels 1, 0 and none."""
    decibels = 2 * 0.9 * convex_scanner.center_frequency / 1e6 * convex_scanner.depth(300) * 100
    random = np.random.default_rng(3)
    frames = {
        f"f{number}": build_frame(
            random.standard_normal((300, 24)) * 10 ** (-decibels[:, None] / 20),
            convex_scanner,
            f"p{number}",
            label,
        )
        for number, label in enumerate((1, 0, None))
    }
    chunk = str(tmp_path / "chunk.nc")

    def run(judged, file="attacks.nc", unreadable=(), **changes):
        bad = {name: unreadable_frame("truncated", "convex", "p", 1) for name in unreadable}
        write_chunk(chunk, {name: bad.get(name, frames[name]) for name in frames}, {})
        settings = {
            "settings": SETTINGS,
            "initial": INITIAL,
            "image_rows": 32,
            "resize": {"kernel": "bilinear", "aspect": "stretch"},
            "cutoff": 0.5,
            "threads": 1,
            "attack_name": "zoo",
            "attributes": {"params_hash": "1"},
            "model": write_model("model.onnx", 60),
            "model_settings": {},
        }
        attack(chunk, judged, output=str(tmp_path / file), **(settings | changes))
        with xr.open_dataset(tmp_path / file) as opened:
            return opened.load()

    return run


def test_only_judged_frames_are_attacked(attacked):
    assert attacked({"f2", "f0", "elsewhere"})["frame"].values.tolist() == ["f0", "f2"]
    assert attacked(None)["frame"].values.tolist() == ["f0", "f1", "f2"]


def test_labels_are_the_reference_and_own_decisions_where_there_are_none(attacked):
    result = attacked(None)
    assert result["label"].values.tolist() == [1, 0, -1]
    assert (result["probability"][:, 0] > 0.5).all()  # all three look fatty
    assert result["stop_reason"].values[1] == "wrong_at_start"
    assert result["reference"].values.tolist() == [1, 0, 1]
    assert result["queries"].values[1] == 1
    assert (result["queries"].values[[0, 2]] > 1).all()


@pytest.mark.parametrize("unreadable", [["f1"], ["f0", "f1", "f2"]])
def test_frames_that_could_not_be_read_keep_an_empty_place(attacked, tmp_path, unreadable):
    result = attacked(None, unreadable=unreadable)
    assert result["frame"].values.tolist() == ["f0", "f1", "f2"]
    empty = result.sel(frame=unreadable)
    assert set(empty["stop_reason"].values) == {"unreadable"}
    assert empty["queries"].values.tolist() == [0] * len(unreadable)
    assert not empty["success"].any()
    assert empty["parameters"].isnull().all()
    assert empty["label"].values.tolist() == [1] * len(unreadable)
    file = {"model": "m", "seed": "0", "fold": "all", "attack": "zoo"}
    tabulate_attacks([file | {"path": str(tmp_path / "attacks.nc")}], str(tmp_path / "attacks.csv"))
    table = pd.read_csv(tmp_path / "attacks.csv").set_index("frame").loc[unreadable]
    unknown = ["reference", "probability_initial", "probability_final", "beta", "ssim"]
    assert table[unknown].isna().all(axis=None)


def test_everything_has_units_and_a_long_name_and_can_be_traced(attacked):
    result = attacked(None)
    for name in result.variables:
        assert set(result[name].attrs) == {"units", "long_name"}, name
    assert result.attrs == {"params_hash": "1"}


def test_picture_changes_are_those_of_the_last_step(attacked):
    result = attacked(None)
    assert result["ssim"].values[1] == pytest.approx(1)
    assert result["mean_abs_diff"].values[1] == 0
    for number in (0, 2):
        way = result["parameters"].sel(parameter="beta").values[number]
        last = way[np.isfinite(way)][-1]
        assert result["level_change_10cm"].values[number] == pytest.approx(
            2 * (last - 0.9) * 2.5 * 10
        )
        assert 0 < result["ssim"].values[number] < 1


def test_a_fold_without_frames_in_the_chunk(attacked, tmp_path):
    result = attacked({"elsewhere"}, "none.nc")
    assert result.sizes["frame"] == 0
    attacked(None, "some.nc")
    files = [
        {"model": "m", "seed": "0", "fold": str(fold), "attack": "zoo", "path": tmp_path / name}
        for fold, name in enumerate(("none.nc", "some.nc"))
    ]
    tabulate_attacks(files, str(tmp_path / "attacks.csv"))
    assert len((tmp_path / "attacks.csv").read_text().splitlines()) == 4


def test_attack_of_a_chunk_repeats_bit_for_bit(attacked, tmp_path):
    attacked(None, "first.nc")
    attacked(None, "second.nc")
    assert (tmp_path / "first.nc").read_bytes() == (tmp_path / "second.nc").read_bytes()


def test_bounds_without_the_initial_value_stop_the_job(attacked):
    with pytest.raises(InputError, match=r"attacks\.zoo\.parameters\.beta\.box"):
        attacked(None, initial=INITIAL | {"beta": 1.4})


def test_frames_of_a_fold(tmp_path):
    assert frames_of_fold([], "all") is None
    path = tmp_path / "folds.csv"
    path.write_text("frame,patient,label,fold\n001,p,1,0\n1,q,0,1\n2,r,0,10\n")
    assert frames_of_fold([str(path)], "1") == {"1"}
    assert frames_of_fold([str(path)], "7") == set()
