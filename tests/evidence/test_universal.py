"""One setting for all frames, on lattices of nine points with three folds (`grid_files`)."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from reconattack.attacks.space import search_space
from reconattack.evidence.statistics import wilson_interval
from reconattack.evidence.universal import (
    Grid,
    by_grid,
    lattice_flips,
    map_rows,
    mapped_parameters,
    most_flipping,
    share_flipped,
    universal_rows,
    universal_table,
)
from reconattack.storage import write_table

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
BOX = {
    "beta": {"box": [0.8, 1]},
    "alpha_lower": {"box": [9, 11]},
    "alpha_upper": {"box": [55, 55]},
}
SPACE = search_space(INITIAL, BOX, "grid")


@pytest.fixture
def rows(grid_files):
    table = pd.DataFrame(universal_rows(lattice_flips(grid_files), SPACE))
    return table.set_index(["kind", "fold"])


def test_frames_that_were_not_attacked_are_left_out(grid_files):
    lattice = lattice_flips(grid_files)
    assert lattice["frame"].values.tolist() == list("abcde")
    assert lattice["fold"].values.tolist() == ["0", "0", "1", "1", "2"]
    assert lattice["label"].values.tolist() == [1, 0, 0, 0, 0]
    assert lattice["flips"].dtype == bool
    assert lattice["flips"].sum(["grid_beta", "grid_alpha_lower"]).values.ravel().tolist() == [
        *(2, 2, 2, 1, 1)
    ]


def test_setting_comes_from_the_other_folds_and_is_judged_on_the_fold(rows):
    chosen = rows.loc["all"][["beta", "alpha_lower", "alpha_upper"]]
    assert chosen.loc["0"].tolist() == [1, 10, 55]  # (1, 11) flips as many, but is farther away
    assert chosen.loc["1"].tolist() == [1, 10, 55]
    assert chosen.loc["2"].tolist() == [1, 11, 55]
    assert chosen.loc["held out"].isna().all()
    counts = rows.loc["all"][["n_found_on", "n", "n_flipped", "n_false_alarm", "n_missed_disease"]]
    assert counts.loc["0"].tolist() == [3, 2, 1, 1, 0]
    assert counts.loc["1"].tolist() == [3, 2, 1, 1, 0]
    assert counts.loc["2"].tolist() == [4, 1, 0, 0, 0]
    assert counts.loc["held out"].tolist()[1:] == [5, 2, 2, 0]
    assert counts.loc["in sample"].tolist() == [5, 5, 3, 3, 0]


def test_rates_have_wilsons_intervals_and_what_they_are_compared_with(rows):
    row = rows.loc[("all", "held out")]
    assert (row["rate_low"], row["rate_high"]) == wilson_interval(2, 5)
    assert row["rate"] == 0.4
    assert row["accuracy"] == 0.6
    assert row["constant_accuracy"] == 0.8  # of "normal": four of five
    assert row["random_mean"] == pytest.approx((1 + 1 + 3 + 3) / 5 / 9)
    assert (row["random_p5"], row["random_p95"]) == (0, pytest.approx(0.6))
    assert row["n_vulnerable"] == 5


def test_each_class_alone(rows):
    counts = rows.loc["false alarm"][["n", "n_flipped", "n_normal", "n_fatty"]]
    assert counts.loc["held out"].tolist() == [4, 2, 4, 0]
    assert rows.loc["missed disease"].index.tolist() == ["in sample"]  # no fold to find it on
    (row,) = rows.loc["missed disease"].to_dict("records")
    assert [row["beta"], row["alpha_lower"], row["n"], row["n_flipped"]] == [0.8, 10, 1, 1]


def test_frames_without_a_label_are_flipped_and_are_no_mistake(write_grid):
    frames = {"a": (0, [(1, 10)]), "b": (-1, [(1, 10)]), "c": (1, []), "d": (-1, [(1, 10)])}
    file = {"fold": "all", "path": write_grid("some.nc", **frames)}
    rows = {row["kind"]: row for row in universal_rows(lattice_flips([file]), SPACE)}
    everything = rows["all"]
    assert (everything["n"], everything["n_flipped"]) == (4, 3)
    assert (everything["n_false_alarm"], everything["n_missed_disease"]) == (1, 0)
    assert (everything["n_normal"], everything["n_fatty"]) == (1, 1)
    assert (everything["accuracy"], everything["constant_accuracy"]) == (0.5, 0.5)
    assert [rows[kind]["n"] for kind in ("false alarm", "missed disease")] == [1, 1]


def test_without_any_label_there_is_no_accuracy(write_grid):
    file = {"fold": "all", "path": write_grid("none.nc", a=(-1, [(1, 10)]), b=(-1, []))}
    rows = {row["kind"]: row for row in universal_rows(lattice_flips([file]), SPACE)}
    assert (rows["all"]["n"], rows["all"]["n_flipped"]) == (2, 1)
    assert np.isnan([rows["all"][name] for name in ("accuracy", "constant_accuracy")]).all()
    assert [rows[kind]["n"] for kind in ("false alarm", "missed disease")] == [0, 0]


def test_models_without_folds_are_judged_in_sample_only(grid_files):
    whole = [file | {"fold": "all"} for file in grid_files]
    rows = list(universal_rows(lattice_flips(whole), SPACE))
    assert [(row["kind"], row["fold"]) for row in rows] == [
        (kind, "in sample") for kind in ("all", "false alarm", "missed disease")
    ]


def test_no_frame_attacked(write_grid):
    file = {"fold": "0", "path": write_grid("none.nc", w=(1, None))}
    for row in universal_rows(lattice_flips([file]), SPACE):
        assert (row["n"], row["n_flipped"], row["n_vulnerable"]) == (0, 0, 0)
        assert np.isnan([row["rate"], row["rate_low"], row["random_mean"], row["accuracy"]]).all()


def test_where_no_point_flips_anything_the_initial_setting_is_chosen(write_grid):
    files = [
        {"fold": name, "path": write_grid(f"{name}.nc", **{name: (1, [])})} for name in ("p", "q")
    ]
    row = next(universal_rows(lattice_flips(files), SPACE))
    assert [row[name] for name in SPACE.names] == [0.9, 10, 55]
    assert row["n_flipped"] == 0


def test_of_points_that_flip_as_many_frames_the_nearest_is_chosen():
    flips = np.array([[1, 1, 0, 1], [0, 1, 1, 1]], bool)
    assert most_flipping(flips, np.array([0, 2, 3, 1])) == 3


def test_files_are_told_apart_by_model_seed_and_attack(grid_files):
    others = [file | change for file in grid_files for change in ({"seed": "1"}, {"attack": "g"})]
    grids = by_grid([*others, *grid_files])
    assert list(grids) == [("m", "1", "grid"), ("m", "0", "g"), ("m", "0", "grid")]
    assert grids["m", "0", "grid"] == grid_files


def test_share_is_of_the_frames_of_the_kind(grid_files):
    shares = share_flipped(lattice_flips(grid_files), "false alarm")
    assert shares.dims == ("grid_alpha_lower", "grid_beta")
    assert shares.values.tolist() == [[0, 0, 0], [0, 0, 3 / 4], [0, 0, 3 / 4]]


def test_map_is_of_parameters_that_move(grid_files):
    lattice = lattice_flips(grid_files)
    assert mapped_parameters(lattice) == ("beta", "alpha_lower")
    still = lattice.isel(grid_beta=[0]).rename(grid_alpha_upper="grid_gain")
    assert mapped_parameters(still) == ("alpha_lower", "beta")
    moved = xr.concat([still, still.assign_coords(grid_gain=[60.0])], "grid_gain", "minimal")
    assert mapped_parameters(moved) == ("alpha_lower", "gain")


def test_parameters_that_are_not_drawn_are_at_their_best(grid_files):
    lattice = lattice_flips(grid_files)
    never = xr.zeros_like(lattice["flips"]).assign_coords(grid_alpha_upper=[60.0])
    both = lattice.drop_vars("flips").drop_dims("grid_alpha_upper")
    both["flips"] = xr.concat([never, lattice["flips"]], "grid_alpha_upper")
    shares = share_flipped(both, "all")
    assert shares.equals(share_flipped(lattice, "all"))


def test_cells_of_a_map_are_tabulated(grid_files):
    grid, lattice = Grid("m", "0", "grid"), lattice_flips(grid_files)
    cells = map_rows(grid, lattice, "all")
    known = ["model", "seed", "attack", "kind"]
    assert list(cells) == [*known, "alpha_lower", "beta", "share_flipped"]
    assert cells[known].drop_duplicates().values.tolist() == [["m", "0", "grid", "all"]]
    shares = share_flipped(lattice, "all")
    for cell in cells.itertuples():
        there = shares.sel(grid_beta=cell.beta, grid_alpha_lower=cell.alpha_lower)
        assert float(there) == cell.share_flipped


def test_table_has_the_rows_of_each_grid(grid_files, tmp_path):
    files = [*grid_files, *({**file, "seed": "1"} for file in grid_files)]
    output = str(tmp_path / "universal.csv")
    write_table(output, universal_table(files, {"grid": BOX}, INITIAL))
    table = pd.read_csv(output)
    assert list(table)[:9] == [
        *("model", "seed", "attack", "kind", "fold", "n_found_on"),
        *("beta", "alpha_lower", "alpha_upper"),
    ]
    seeds = [table[table["seed"] == seed].drop(columns="seed") for seed in (0, 1)]
    assert seeds[0].reset_index(drop=True).equals(seeds[1].reset_index(drop=True))
    assert seeds[0]["fold"].tolist() == [*("0", "1", "2", "held out", "in sample") * 2, "in sample"]
    of_all = seeds[0].set_index(["kind", "fold"]).loc["all"]
    assert of_all.loc["held out", ["n", "n_flipped"]].tolist() == [5, 2]
    assert of_all.loc["2", ["beta", "alpha_lower"]].tolist() == [1, 11]
