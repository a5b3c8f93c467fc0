import contextlib

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.special import logit

from reconattack.attacks.record import Path, record
from reconattack.evidence.attacks import attack_table, saturated_share, zero_gradients
from reconattack.reconstruction.picture_change import MEASURES
from reconattack.storage import write_dataset, write_table

NAMES = ("beta", "alpha_lower", "alpha_upper")
COLUMNS = [
    *("model", "seed", "fold", "attack", "frame", "label", "gain_state"),
    *("reference", "reference_source"),
    *("probability_initial", "probability_final"),
    *("decision_initial", "decision_final", "margin_initial", "margin_final", "unit", *NAMES),
    *("success", "direction", "queries", "queries_to_flip"),
    *("repeats", "steps", "stop_reason", *MEASURES),
    *("gradient_form", "zero_gradients", "saturated_share"),
    *("grid", "grid_certified", "grid_distance", "on_lattice", "grid_confirms"),
]


@pytest.fixture
def table(tmp_path):
    way = [np.array([0.9, 10, 55]), np.array([0.95, 10.5, 54.5])]
    paths = [
        Path(1, way, [2.0, -2.0], [0.1, 2.1], [np.ones(3)], "flipped"),
        Path(0, way[:1], [0.0], [0.7], [], "wrong_at_start"),
        Path(1, way[:1], [1.0], [0.3], [np.zeros(3)], "flat"),
        Path(0, way * 2, [-2.0, -1.0, -2.0, -3.0], [0.1] * 4, [], "budget", best=1, repeats=5),
        Path(0, way, [-2.0, 2.0], [0.1, 2.1], [], "flipped", best=1),
    ]
    result = record(paths, list("abcde"), NAMES, np.array([8, 1, 7, 4, 2]))
    result["label"] = ("frame", [1, 0, -1, 0, 0])
    result["gain_state"] = ("frame", ["raw", "unknown", "raw", "raw", "raw"])
    for number, name in enumerate(MEASURES):
        result[name] = ("frame", number + np.arange(5) / 10)
    write_dataset(tmp_path / "two.nc", result, {})
    write_dataset(tmp_path / "none.nc", result.isel(frame=slice(0, 0)), {})
    files = [
        {"model": "m", "seed": "3", "fold": fold, "attack": "zoo", "path": tmp_path / name}
        for fold, name in (("0", "none.nc"), ("1", "two.nc"))
    ]
    write_table(tmp_path / "attacks.csv", attack_table(files, {}))
    return pd.read_csv(tmp_path / "attacks.csv")


def test_columns_are_the_contracts(table):
    assert list(table) == COLUMNS
    assert table[["model", "seed", "fold", "attack"]].drop_duplicates().values.tolist() == [
        ["m", 3, 1, "zoo"]
    ]


def test_final_values_are_those_of_the_best_step(table):
    assert table["frame"].tolist() == list("abcde")
    np.testing.assert_allclose(
        table["probability_initial"], [0.880797, 0.5, 0.731059, 0.119203, 0.119203], rtol=1e-5
    )
    np.testing.assert_allclose(
        table["probability_final"], [0.119203, 0.5, 0.731059, 0.268941, 0.880797], rtol=1e-5
    )
    start, second = [0.9, 10, 55], [0.95, 10.5, 54.5]
    assert table[list(NAMES)].values.tolist() == [second, start, start, second, second]
    assert table["steps"].tolist() == [1, 0, 0, 3, 1]
    assert table["gain_state"].tolist() == ["raw", "unknown", "raw", "raw", "raw"]
    assert table["queries"].tolist() == [8, 1, 7, 4, 2]
    assert table["queries_to_flip"].tolist()[::4] == [8, 2]
    assert table["queries_to_flip"].isna().tolist() == [False, True, True, True, False]
    assert table["repeats"].tolist() == [0, 0, 0, 5, 0]
    assert table["success"].tolist() == [True, False, False, False, True]
    reasons = ["flipped", "wrong_at_start", "flat", "budget", "flipped"]
    assert table["stop_reason"].tolist() == reasons


def test_direction_is_told_of_flips_only(table):
    flips = ["missed disease", None, None, None, "false alarm"]
    assert table["direction"].replace({np.nan: None}).tolist() == flips


def test_frames_without_label_say_what_their_reference_was(table):
    assert table["label"].isna().tolist() == [False, False, True, False, False]
    assert table["reference"].tolist() == [1, 0, 1, 0, 0]
    sources = ["label", "label", "own decision", "label", "label"]
    assert table["reference_source"].tolist() == sources


def test_measures_of_the_picture_are_kept(table):
    for number, name in enumerate(MEASURES):
        np.testing.assert_allclose(table[name], number + np.arange(5) / 10)


def test_zero_gradients_are_counted_where_gradients_were_measured(table):
    assert table["zero_gradients"].replace({np.nan: None}).tolist() == [0, None, 1, None, None]
    some = np.array([[0.0, 0, 0], [0, 1e-9, 0], [0, 0, 0], [np.nan] * 3])
    assert zero_gradients(some) == 2


def test_saturation_is_a_probability_of_nought_or_one_within_1e_7():
    def share(*logits):
        return saturated_share(xr.Dataset({"logit": ("step", np.array(logits))}))

    assert share(16.2, -16.2, 16.0, -3.0, np.nan) == 0.5
    assert share(logit(1e-7), logit(1 - 1e-7)) == 1  # as classifiers clip
    assert np.isnan(share(np.nan))


def test_saturation_of_a_grid_is_that_of_all_its_points():
    field = np.zeros((2, 5))
    field[0, :3] = 20
    grid = xr.Dataset({"logit": ("step", [20.0]), "grid_logit": (("a", "b"), field)})
    assert saturated_share(grid) == 0.3


# Beside the grid


@pytest.fixture
def beside_grid(tmp_path):
    """Rows of attacks that end at given settings, beside a lattice of beta with its own logits.

    Frame `a` flips at beta 1.0 alone, frame `b` nowhere; both are to be kept at 1.
    """
    axes = {"grid_beta": [0.9, 0.95, 1.0], "grid_alpha_lower": [10.0], "grid_alpha_upper": [55.0]}
    field = np.array([[2.0, 0.5, -1.0], [2.0, 1.0, 0.5]]).reshape(2, 3, 1, 1)
    grid = xr.Dataset(
        {
            "grid_logit": (("frame", *axes), field.astype(np.float32)),
            "grid_flips": (("frame", *axes), field < 0),
            "grid_certified": ("frame", [False, True]),
            "nearest_distance": ("frame", [0.25, np.nan]),
        },
        {"frame": ["a", "b"], **axes},
    )
    write_dataset(tmp_path / "grid.nc", grid, {})

    def rows(beta, reason, references=(1, 1)):
        end = np.array([beta, 10.0, 55.0])
        start = np.array([0.9, 10, 55])
        paths = [
            Path(reference, [start, end], [2.0, -1.0], [0.1, 1.3], [], reason)
            for reference in references
        ]
        result = record(paths, ["a", "b"], NAMES, np.array([2, 2]))
        result["label"] = ("frame", [1, 1])
        result["gain_state"] = ("frame", ["raw", "raw"])
        result = result.assign({name: ("frame", [0.0, 0.0]) for name in MEASURES})
        write_dataset(tmp_path / "zoo.nc", result, {})
        file = {"model": "m", "seed": "0", "fold": "0", "attack": "zoo", "path": "zoo.nc"}
        grids = {"zoo.nc": {"attack": "fine", "path": str(tmp_path / "grid.nc")}}
        with contextlib.chdir(tmp_path):
            write_table(tmp_path / "attacks.csv", attack_table([file], grids))
        return pd.read_csv(tmp_path / "attacks.csv", dtype=object).set_index("frame")

    return rows


def test_verdict_of_the_grid_is_set_beside_the_attack(beside_grid):
    table = beside_grid(1.0, "flipped")
    assert table["grid"].tolist() == ["fine", "fine"]
    assert table["grid_certified"].tolist() == ["False", "True"]
    assert table["grid_distance"].tolist() == ["0.25", np.nan]


def test_success_on_the_lattice_is_confirmed_or_contradicted(beside_grid):
    table = beside_grid(1.0, "flipped")
    assert table["on_lattice"].tolist() == ["True", "True"]
    assert table["grid_confirms"].tolist() == ["True", "False"]


def test_success_off_the_lattice_is_neither(beside_grid):
    table = beside_grid(0.975, "flipped")
    assert table["on_lattice"].tolist() == ["False", "False"]
    assert table["grid_confirms"].isna().all()


def test_grid_has_nothing_to_confirm_without_success(beside_grid):
    table = beside_grid(1.0, "budget")
    assert table["on_lattice"].tolist() == ["True", "True"]
    assert table["grid_confirms"].isna().all()


@pytest.mark.parametrize("reason", ["wrong_at_start", "unreadable"])
def test_frames_not_attacked_have_no_verdict(beside_grid, reason):
    columns = ["grid", "grid_certified", "grid_distance", "on_lattice", "grid_confirms"]
    assert beside_grid(0.9, reason)[columns].isna().all(axis=None)


def test_longest_path_does_not_hide_a_shorter_one(tmp_path):
    paths = [
        Path(1, [np.full(3, float(k)) for k in range(n)], list(map(float, range(n))), [0.0] * n)
        for n in (1, 4)
    ]
    result = record(paths, ["a", "b"], NAMES, np.zeros(2, int))
    result["label"] = ("frame", [1, 1])
    result["gain_state"] = ("frame", ["raw", "raw"])
    result = result.assign({name: ("frame", [0.0, 0.0]) for name in MEASURES})
    result["stop_reason"] = ("frame", ["flat", "flat"])
    write_dataset(tmp_path / "a.nc", result, {})
    file = {"model": "m", "seed": "0", "fold": "0", "attack": "zoo", "path": tmp_path / "a.nc"}
    write_table(tmp_path / "attacks.csv", attack_table([file], {}))
    table = pd.read_csv(tmp_path / "attacks.csv")
    assert table["beta"].tolist() == [0, 3]
    assert table["steps"].tolist() == [0, 3]
