import numpy as np
import pandas as pd
import pytest

from reconattack.attacks.record import Path, record
from reconattack.picture_change import MEASURES
from reconattack.storage import write_dataset
from scripts.tabulate_attacks import tabulate_attacks

NAMES = ("beta", "alpha_lower", "alpha_upper")
COLUMNS = [
    *("model", "seed", "fold", "attack", "frame", "label", "gain_state"),
    *("reference", "reference_source"),
    *("probability_initial", "probability_final", *NAMES),
    *("success", "queries", "steps", "stop_reason", *MEASURES),
]


@pytest.fixture
def table(tmp_path):
    way = [np.array([0.9, 10, 55]), np.array([0.95, 10.5, 54.5])]
    paths = [
        Path(1, way, [2.0, -2.0], [0.1, 2.1], [np.ones(3)], "flipped"),
        Path(0, way[:1], [0.0], [0.7], [], "wrong_at_start"),
        Path(1, way[:1], [1.0], [0.3], [np.zeros(3)], "flat"),
    ]
    result = record(paths, ["a", "b", "c"], NAMES, np.array([8, 1, 7]))
    result["label"] = ("frame", [1, 0, -1])
    result["gain_state"] = ("frame", ["raw", "unknown", "raw"])
    for number, name in enumerate(MEASURES):
        result[name] = ("frame", number + np.arange(3) / 10)
    write_dataset(tmp_path / "two.nc", result, {})
    write_dataset(tmp_path / "none.nc", result.isel(frame=slice(0, 0)), {})
    files = [
        {"model": "m", "seed": "3", "fold": fold, "attack": "zoo", "path": tmp_path / name}
        for fold, name in (("0", "none.nc"), ("1", "two.nc"))
    ]
    tabulate_attacks(files, str(tmp_path / "attacks.csv"))
    return pd.read_csv(tmp_path / "attacks.csv")


def test_columns_are_the_contracts(table):
    assert list(table) == COLUMNS
    assert table[["model", "seed", "fold", "attack"]].drop_duplicates().values.tolist() == [
        ["m", 3, 1, "zoo"]
    ]


def test_final_values_are_those_of_the_last_step(table):
    assert table["frame"].tolist() == ["a", "b", "c"]
    np.testing.assert_allclose(table["probability_initial"], [0.880797, 0.5, 0.731059], rtol=1e-5)
    np.testing.assert_allclose(table["probability_final"], [0.119203, 0.5, 0.731059], rtol=1e-5)
    assert table[list(NAMES)].values.tolist() == [[0.95, 10.5, 54.5], [0.9, 10, 55], [0.9, 10, 55]]
    assert table["steps"].tolist() == [1, 0, 0]
    assert table["gain_state"].tolist() == ["raw", "unknown", "raw"]
    assert table["queries"].tolist() == [8, 1, 7]
    assert table["success"].tolist() == [True, False, False]
    assert table["stop_reason"].tolist() == ["flipped", "wrong_at_start", "flat"]


def test_frames_without_label_say_what_their_reference_was(table):
    assert table["label"].isna().tolist() == [False, False, True]
    assert table["reference"].tolist() == [1, 0, 1]
    assert table["reference_source"].tolist() == ["label", "label", "own decision"]


def test_measures_of_the_picture_are_kept(table):
    for number, name in enumerate(MEASURES):
        np.testing.assert_allclose(table[name], [number, number + 0.1, number + 0.2])


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
    tabulate_attacks([file], str(tmp_path / "attacks.csv"))
    table = pd.read_csv(tmp_path / "attacks.csv")
    assert table["beta"].tolist() == [0, 3]
    assert table["steps"].tolist() == [0, 3]
