"""Units by the script of their rule, and the tables that compare them with their frames."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from reconattack.evidence.units import FOUND, VERDICTS, unit_tables
from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import unreadable_frame
from scripts.attacks.attack import attack
from scripts.attacks.attack_units import attack_units, batches
from scripts.tables.tabulate_attacks import tabulate_attacks
from scripts.tables.tabulate_units import tabulate_units
from tests.attacks.conftest import INITIAL, KNOBS

BOX = {name: {"box": knob["box"]} for name, knob in KNOBS.items()}
SETTINGS = {"method": "corners", "max_queries": 30, "parameters": BOX}
NARROW = {"alpha_lower": {"box": [9.9, 10.1]}, "alpha_upper": {"box": [54.9, 55.1]}}
FINDING = {
    "minimal": {"max_queries": 40},
    "grid": {"lattice": {"alpha_lower": 0.1, "alpha_upper": 0.1}, "max_points": 9},
    "certify": {"max_cells": 30, "tolerance": 0.1},
}
UNITS = {"f0": "a", "f1": "b", "f2": "a", "f3": "b"}  # of two chunks
PATIENTS = {"f0": "p", "f1": "q", "f2": "p", "f3": "q"}


@pytest.fixture
def run(tmp_path, labelled_noise, write_model):
    """Attack units a and b of four frames, of which the last one could not be read."""
    frames = {name: frame.drop_attrs(deep=False) for name, frame in labelled_noise.items()}
    frames = {
        name: frame.assign_attrs(labelled_noise[name].attrs | {"patient": PATIENTS[name]})
        for name, frame in frames.items()
    }
    for frame in frames.values():
        frame.attrs.pop("label", None)
    frames["f3"] = unreadable_frame("cut off", "convex", "q")
    chunks = [str(tmp_path / f"2x000{number}.nc") for number in range(2)]
    write_chunk(chunks[0], {name: frames[name] for name in ("f0", "f1")}, {})
    write_chunk(chunks[1], {name: frames[name] for name in ("f2", "f3")}, {})
    model = {"model_files": [write_model("model.onnx", 60)], "model_settings": {}}
    judging = {
        **model,
        "initial": INITIAL,
        "image_rows": 32,
        "resize": {"kernel": "bilinear", "aspect": "stretch"},
        "cutoff": 0.5,
        "threads": 1,
        "attack": "corners",
        "attributes": {"params_hash": "1"},
    }

    def attacked(rule="mean", frames_at_once=50, settings=SETTINGS, **fold):
        fold = fold or {"folds": [], "fold": "all"}
        path = str(tmp_path / "units.nc")
        attack_units(
            chunks,
            units=UNITS,
            rule=rule,
            frames_at_once=frames_at_once,
            settings=settings,
            attacks=path,
            **fold,
            **judging,
        )
        with xr.open_dataset(path) as opened:
            return opened.load()

    attacked.chunks, attacked.judging = chunks, judging
    return attacked


def test_units_are_gathered_from_all_chunks(run):
    result = run()
    assert result["frame"].values.tolist() == ["a", "b"]
    assert result["n_frames"].values.tolist() == [2, 1]
    assert result.attrs["rule"] == "mean"
    assert (result["queries"].values > 1).all()


def test_some_units_at_a_time_give_the_same(run):
    xr.testing.assert_identical(run(frames_at_once=50), run(frames_at_once=1))


def test_proofs_of_some_units_at_a_time_are_the_same(run):
    settings = {"method": "certify", **FINDING["certify"], "parameters": NARROW}
    together, apart = (run(frames_at_once=count, settings=settings) for count in (50, 1))
    xr.testing.assert_identical(together, apart)
    assert together["certified"].values.all()
    assert {*together["proved_frame"].values.tolist()} == {0, 1}


@pytest.mark.parametrize("method", FINDING)
def test_table_of_units_has_what_margins_grids_and_proofs_find(run, tmp_path, method):
    settings = {"method": method, **FINDING[method], "parameters": NARROW}
    record = run(settings=settings)
    keys = {"model": "m", "seed": "0", "fold": "all", "attack": "corners"}
    names = {"frame": list(PATIENTS), "patient": list(PATIENTS.values()), "fold": "all"}
    alone = pd.DataFrame(columns=["model", "seed", "attack", "frame", "stop_reason", "success"])
    files = [keys | {"path": str(tmp_path / "units.nc")}]
    units, summary = unit_tables(files, alone, {"m": pd.DataFrame(names)}, UNITS)
    found = {
        "minimal": ["margin_linf"],
        "grid": ["grid_certified", "nearest_distance"],
        "certify": ["certified", "certified_margin", "undecided_share", "margin_linf"],
    }
    for name in (*FOUND, *VERDICTS):
        expected = record[name].values if name in found[method] else [np.nan, np.nan]
        np.testing.assert_array_equal(units[name].astype(float), np.float64(expected))
    (proved,) = summary["n_units_certified"]
    if method == "certify":
        assert proved == record["certified"].sum() == 2
        assert summary["certified_rate"][0] == 1
        assert 0.3 < summary["certified_rate_low"][0] < 0.5
    else:
        assert np.isnan(proved)


def test_batches_hold_whole_units():
    groups = {"a": ["1", "2"], "b": ["3"], "c": ["4", "5", "6"]}
    assert [list(batch) for batch in batches(groups, 3)] == [["a", "b"], ["c"]]
    assert list(batches({}, 3)) == [{}]


def test_only_units_of_the_fold_are_attacked(run, fold_of):
    result = run(**fold_of({"f0", "f2"}))
    assert result["frame"].values.tolist() == ["a"]


def test_tables_compare_units_with_their_frames(run, tmp_path):
    run("vote")
    paths = []
    for number, chunk in enumerate(run.chunks):
        paths.append(str(tmp_path / f"{number}.nc"))
        attack(chunk, [], "all", settings=SETTINGS, attacks=paths[-1], **run.judging)
    keys = {"model": "m", "seed": "0", "fold": "all", "attack": "corners"}
    tables = {name: str(tmp_path / f"{name}.csv") for name in ("attacks", "units", "summary", "m")}
    tabulate_attacks([keys | {"path": path} for path in paths], {}, tables["attacks"])
    pd.DataFrame(
        {"frame": list(PATIENTS), "patient": list(PATIENTS.values()), "fold": "all"}
    ).to_csv(tables["m"], index=False)
    files = [keys | {"path": str(tmp_path / "units.nc")}]
    tabulate_units(
        files, tables["attacks"], [tables["m"]], ["m"], UNITS, tables["units"], tables["summary"]
    )
    units, frames = (pd.read_csv(tables[name]) for name in ("units", "attacks"))
    assert units["unit"].tolist() == ["a", "b"]
    assert units["patient"].tolist() == ["p", "q"]
    np.testing.assert_array_equal(units["images"], units["queries"] * units["n_frames"])
    flips = frames.set_index("frame")["success"]
    assert units["frames_flipped"].tolist() == [flips["f0"] + flips["f2"], flips["f1"]]
    assert units["frames_attacked"].tolist() == [2, 1]
    (summary,) = pd.read_csv(tables["summary"]).to_dict("records")
    assert (summary["n_units_attacked"], summary["n_frames_attacked"]) == (2, 3)
    assert summary["n_units_flipped"] == units["success"].sum()
    expected = units["success"].mean() - flips.drop("f3").mean()
    assert summary["rate_difference"] == pytest.approx(expected)
