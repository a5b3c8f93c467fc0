"""Each knob in a job: what the result file holds, and the table of counts."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from reconattack.errors import InputError
from reconattack.evidence.statistics import wilson_interval
from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import unreadable_frame
from scripts.attacks.attack import attack
from scripts.tables.tabulate_knobs import tabulate_knobs

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
PARAMETERS = {
    "gain": {"box": [-3, 3], "source": "s1"},
    "slider_1": {"box": [-3, 3], "source": "s2"},
    "slider_8": {"box": [-3, 3], "source": "s2"},
    "gamma": {"box": [0.95, 1.05]},
}
CONTROLS = ["gain", "time-gain curve", "grey map"]
SETTINGS = {"method": "each_knob", "points_each": 8, "points_pair": 4, "parameters": PARAMETERS}


@pytest.fixture
def attacked(tmp_path, labelled_noise, fold_of, write_model):
    """Attack some of three noise frames with labels 1, 0 and none; all three look fatty."""
    chunk = str(tmp_path / "chunk.nc")

    def run(judged=None, file="attacks.nc", unreadable=(), cut=80):
        bad = {name: unreadable_frame("truncated", "convex", "p", 1) for name in unreadable}
        write_chunk(chunk, labelled_noise | bad, {})
        attack(
            chunk,
            **fold_of(judged),
            settings=SETTINGS,
            initial=INITIAL,
            image_rows=32,
            resize={"kernel": "bilinear", "aspect": "stretch"},
            cutoff=0.5,
            threads=1,
            attack="each_knob",
            attributes={"params_hash": "1"},
            model_files=[write_model("model.onnx", cut)],
            model_settings={},
            attacks=str(tmp_path / file),
        )
        with xr.open_dataset(tmp_path / file) as opened:
            return opened.load()

    return run


@pytest.fixture
def table(tmp_path):
    def tabulate(*files):
        rows = [
            {"model": "m", "seed": "0", "fold": "0", "attack": "each", "path": str(tmp_path / file)}
            for file in files
        ]
        tabulate_knobs(rows, {"each": PARAMETERS}, str(tmp_path / "knobs.csv"))
        return pd.read_csv(tmp_path / "knobs.csv")

    return tabulate


def test_result_file_says_which_controls_flip(attacked):
    result = attacked()
    assert result["control"].values.tolist() == CONTROLS
    assert result["knob_flips"].dtype == bool
    assert result["knob_flips"].sel(frame="f0").values.any()
    assert not result["pair_flips"].sel(frame="f1").any()  # judged wrong at the start
    for name in result.variables:
        assert set(result[name].attrs) == {"units", "long_name"}, name
    for frame in ("f0", "f2"):
        of_frame = result.sel(frame=frame)
        moved = of_frame["parameters"].dropna("step")
        start = moved.isel(step=0)
        assert len(moved) == of_frame["queries"]
        flips = of_frame["logit"].dropna("step") < 0
        for control, name in (("gain", "gain"), ("grey map", "gamma")):
            others = moved.drop_sel(parameter=name)
            alone = (others == start.drop_sel(parameter=name)).all("parameter")
            assert of_frame["knob_flips"].sel(control=control) == (flips & alone).any()


def test_best_is_the_nearest_flip_and_the_picture_change_is_its_own(attacked):
    result = attacked().sel(frame="f0")
    assert result["success"]
    best = result["parameters"].isel(step=int(result["best_step"])).to_series()
    assert result["logit"].isel(step=int(result["best_step"])) < 0
    start = result["parameters"].isel(step=0).to_series()
    half = {"gain": 3, "slider_1": 3, "slider_8": 3, "gamma": 0.05}
    distances = [
        max(abs(way[name] - start[name]) / width for name, width in half.items())
        for way, logit in zip(
            (result["parameters"].isel(step=step).to_series() for step in result["step"].values),
            result["logit"].values,
            strict=True,
        )
        if logit < 0
    ]
    assert max(abs(best[n] - start[n]) / w for n, w in half.items()) == pytest.approx(
        min(distances)
    )


def test_result_repeats_bit_for_bit_whatever_frames_are_beside(attacked, tmp_path):
    whole = attacked(file="first.nc")
    attacked(file="second.nc")
    assert (tmp_path / "first.nc").read_bytes() == (tmp_path / "second.nc").read_bytes()
    alone = attacked({"f2"})
    for name in ("parameters", "logit", "queries", "pair_flips", "best_step"):
        expected = whole[name].sel(frame=["f2"])
        if "step" in expected.dims:
            expected = expected.isel(step=alone["step"])
        np.testing.assert_array_equal(alone[name], expected)


def test_table_counts_what_the_files_say(attacked, table):
    results = [attacked({"f0", "f1"}, "one.nc"), attacked({"f2"}, "two.nc")]
    attacked({"elsewhere"}, "none.nc")
    rows = table("one.nc", "none.nc", "two.nc")
    assert len(rows) == 3 + 3
    assert rows["control"].tolist()[:3] == CONTROLS
    assert rows["other_control"].isna().tolist() == [True] * 3 + [False] * 3
    assert set(rows["n_attacked"]) == {2}
    for row in rows.itertuples():
        other = row.control if pd.isna(row.other_control) else row.other_control
        flips = [r["pair_flips"].sel(control=row.control, other_control=other) for r in results]
        assert row.n_flipped == sum(int(flip.sum()) for flip in flips)
        assert (row.rate_low, row.rate_high) == pytest.approx(wilson_interval(row.n_flipped, 2))
        labelled = int(flips[0].sel(frame=["f0"]).sum())  # f2 has no label, and f1 looks wrong
        assert (row.n_missed_disease, row.n_false_alarm) == (labelled, 0)
    alone = rows[:3].set_index("control")
    assert alone["box"].to_dict() == {
        "gain": "-3 to 3 dB",
        "time-gain curve": "2 x -3 to 3 dB",
        "grey map": "0.95 to 1.05",
    }
    assert alone["source"].fillna("").tolist() == ["s1", "s2", ""]
    pair = rows[3:].iloc[0]
    assert (pair["box"], pair["source"]) == ("-3 to 3 dB; 2 x -3 to 3 dB", "s1; s2")


def test_frames_that_were_not_attacked_are_not_counted(attacked, table):
    result = attacked({"f0", "f1"}, unreadable=["f0"])
    assert result["stop_reason"].values.tolist() == ["unreadable", "wrong_at_start"]
    rows = table("attacks.nc")
    assert (rows[["n_attacked", "n_flipped"]] == 0).all(axis=None)
    assert rows[["rate", "rate_low"]].isna().all(axis=None)


def test_table_without_such_an_attack_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"selects no attack of method each_knob"):
        tabulate_knobs([], {}, str(tmp_path / "knobs.csv"))
