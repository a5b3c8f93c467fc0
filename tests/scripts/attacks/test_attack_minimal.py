"""Margins through a job and into their table."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from reconattack.attacks.lattice import distances
from reconattack.attacks.space import search_space
from reconattack.errors import InputError
from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import unreadable_frame
from scripts.attacks.attack import attack
from scripts.tables.tabulate_attacks import tabulate_attacks
from scripts.tables.tabulate_margins import tabulate_margins

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
BOXES = {
    "beta": {"box": [0.5, 1.3]},
    "alpha_lower": {"box": [5, 15]},
    "alpha_upper": {"box": [50, 60]},
}
MINIMAL = {"method": "minimal", "max_queries": 150, "parameters": BOXES}
GRID = {
    "method": "grid",
    "lattice": {"beta": 0.1, "alpha_lower": 2.5, "alpha_upper": 5},
    "max_points": 1000,
    "parameters": BOXES,
}
CUT = 85


@pytest.fixture
def attacked(tmp_path, labelled_noise, write_model):
    """Attack four noise frames with labels 1, 0, none and 1, of which the last cannot be read."""
    frames = labelled_noise | {"f3": unreadable_frame("truncated", "convex", "p", 1)}
    write_chunk(tmp_path / "chunk.nc", frames, {})

    def run(file, settings=MINIMAL, cut=CUT):
        attack(
            str(tmp_path / "chunk.nc"),
            folds=[],
            fold="all",
            model_files=[write_model("model.onnx", cut)],
            model_settings={},
            settings=settings,
            initial=INITIAL,
            image_rows=32,
            resize={"kernel": "bilinear", "aspect": "stretch"},
            cutoff=0.5,
            threads=1,
            attack=settings["method"],
            attacks=str(tmp_path / file),
            attributes={"params_hash": "1"},
        )
        return str(tmp_path / file)

    return run


@pytest.fixture
def tabulated(tmp_path):
    def tabulate(path, grid=None, **key):
        file = {"model": "m", "seed": "0", "fold": "all", "attack": "near", "path": path} | key
        grids = {path: {"attack": "lattice", "path": grid}} if grid else {}
        tabulate_margins([file], grids, str(tmp_path / "margins.csv"))
        return pd.read_csv(tmp_path / "margins.csv").set_index("frame")

    return tabulate


def test_record_of_the_margins(attacked):
    with xr.open_dataset(attacked("attacks.nc")) as opened:
        result = opened.load()
    for name in result.variables:
        assert set(result[name].attrs) == {"units", "long_name"}, name
    assert result["stop_reason"].values.tolist() == [
        *("flipped", "wrong_at_start", "flipped", "unreadable")
    ]
    space = search_space(INITIAL, BOXES, "minimal")
    for number in (0, 2):
        frame = result.isel(frame=number)
        steps = int(frame["logit"].notnull().sum())
        points, logits = frame["parameters"].values[:steps], frame["logit"].values[:steps]
        farthest, length = distances(points[logits < 0], space)
        assert (
            frame["margin_linf"]
            == farthest.min()
            == distances(points[[int(frame["best_step"])]], space)[0]
        )
        assert frame["margin_l2"] == length.min()
        assert frame["queries"] == steps == 150
        assert frame["queries_to_flip"] == 1 + np.flatnonzero(logits < 0)[0]
        assert frame["success"]
        # The logit is the mean grey level, which rises with beta.
        assert frame["safe_lower"].sel(parameter="beta") > 0.5
        assert not frame["safe_lower_is_bound"].sel(parameter="beta")
        assert frame["safe_upper"].sel(parameter="beta") == 1.3
    empty = result.isel(frame=[1, 3])
    for name in ("margin_linf", "margin_l2", "nearest_l2", "safe_lower", "queries_to_flip"):
        assert empty[name].isnull().all()
    assert not empty["safe_upper_is_bound"].any()


def test_repeats_bit_for_bit(attacked, tmp_path):
    attacked("first.nc")
    attacked("second.nc")
    assert (tmp_path / "first.nc").read_bytes() == (tmp_path / "second.nc").read_bytes()


def test_table_without_a_grid(attacked, tabulated):
    table = tabulated(attacked("attacks.nc"))
    assert table["label"].replace({np.nan: None}).tolist() == [1, 0, None, 1]
    assert table["direction"].replace({np.nan: None}).tolist() == [
        *("missed disease", None, "change of own decision", None)
    ]
    assert table["reference"].isna().tolist() == [False, False, False, True]
    assert table["margin_linf"].notna().tolist() == [True, False, True, False]
    assert (table["margin_linf"] <= table["margin_l2"])[["f0", "f2"]].all()
    assert table[["grid", "grid_distance", "grid_agrees"]].isna().all(axis=None)
    attacked_only = table.loc[["f0", "f2"]]
    assert attacked_only["safe_upper_beta"].tolist() == [1.3, 1.3]
    assert attacked_only["safe_upper_is_bound_beta"].tolist() == [True, True]
    assert attacked_only["safe_lower_is_bound_beta"].tolist() == [False, False]
    assert table.loc[["f1", "f3"], "safe_lower_is_bound_beta"].isna().all()


def test_margin_is_no_greater_than_the_grids(attacked, tabulated):
    table = tabulated(attacked("attacks.nc"), attacked("grid.nc", GRID)).loc[["f0", "f2"]]
    assert table["grid"].tolist() == ["lattice", "lattice"]
    assert (table["margin_linf"] <= table["grid_distance"]).all()
    assert table["grid_agrees"].tolist() == [True, True]


def test_grid_that_knows_a_nearer_flip_disagrees(attacked, tabulated):
    few = attacked("few.nc", MINIMAL | {"max_queries": 4})
    table = tabulated(few, attacked("grid.nc", GRID)).loc[["f0", "f2"]]
    nearer = table["grid_distance"] < table["margin_linf"].fillna(np.inf)
    assert nearer.all()
    assert table["grid_agrees"].tolist() == [False, False]


def test_nothing_found_by_either_agrees(attacked, tabulated):
    table = tabulated(attacked("attacks.nc", cut=40), attacked("grid.nc", GRID, cut=40))
    attacked_only = table.loc[["f0", "f2"]]
    assert (attacked_only["stop_reason"] == "budget").all()
    assert attacked_only[["margin_linf", "grid_distance"]].isna().all(axis=None)
    assert attacked_only["grid_agrees"].tolist() == [True, True]
    assert attacked_only["direction"].tolist() == ["missed disease", "change of own decision"]


def test_attacks_of_other_parameters_share_the_table(attacked, tmp_path):
    gain = MINIMAL | {"max_queries": 20, "parameters": {"gain": {"box": [-6, 6]}}}
    files = [
        {"model": "m", "seed": "0", "fold": "0", "attack": name, "path": path}
        for name, path in (("near", attacked("a.nc")), ("gain", attacked("b.nc", gain)))
    ]
    tabulate_margins(files, {}, str(tmp_path / "margins.csv"))
    table = pd.read_csv(tmp_path / "margins.csv").set_index(["attack", "frame"])
    columns = [f"safe_upper_{name}" for name in ("beta", "gain", "alpha_lower", "alpha_upper")]
    assert [name for name in table if name in columns] == columns
    assert np.isnan(table.loc[("near", "f0"), "safe_upper_gain"])
    assert table.loc[("gain", "f0"), "safe_lower_beta"] == 0.9


def test_table_of_attacks_tells_the_first_flip(attacked, tmp_path):
    path = attacked("attacks.nc")
    file = {"model": "m", "seed": "0", "fold": "all", "attack": "near", "path": path}
    tabulate_attacks([file], {}, str(tmp_path / "attacks.csv"))
    table = pd.read_csv(tmp_path / "attacks.csv").set_index("frame")
    assert table["queries"].tolist() == [150, 1, 150, 0]
    assert (table.loc[["f0", "f2"], "queries_to_flip"] < 20).all()
    assert table.loc[["f1", "f3"], "queries_to_flip"].isna().all()


def test_no_attack_of_the_method_is_an_error(tmp_path):
    with pytest.raises(InputError, match="method minimal"):
        tabulate_margins([], {}, str(tmp_path / "margins.csv"))
