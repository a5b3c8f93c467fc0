import numpy as np
import pytest
import xarray as xr
from scipy.special import expit

from reconattack.attacks.methods.zoo import attack
from reconattack.attacks.path import Path, Target
from reconattack.attacks.record import POSITIONS, record, with_unreadable
from reconattack.attacks.results import parameters_of
from reconattack.attacks.stop_reasons import STOP_REASONS
from reconattack.classifiers.decisions.binary import Binary
from reconattack.storage import write_dataset

NAMES = ("beta", "alpha_lower", "alpha_upper")
CONTRACT = {
    "parameters": ("frame", "step", "parameter"),
    "gradient": ("frame", "step", "parameter"),
    "probability": ("frame", "step"),
    "logit": ("frame", "step"),
    "margin": ("frame", "step"),
    "decision_initial": ("frame",),
    "decision_final": ("frame",),
    "loss": ("frame", "step"),
    "reference": ("frame",),
    "queries": ("frame",),
    "queries_to_flip": ("frame",),
    "repeats": ("frame",),
    "best_step": ("frame",),
    "success": ("frame",),
    "stop_reason": ("frame",),
}


@pytest.fixture
def paths():
    """One frame that was not attacked, one that took two steps, one that was flat and one whose
    result is not its last query."""
    way = [np.array([0.9, 10, 55]), np.array([0.95, 10.5, 54.5]), np.array([1.0, 11, 54])]
    slopes = [np.array([-1.0, -2, 3]), np.array([-4.0, -5, 6])]
    return [
        Path(0, way[:1], [1.0], [1.3], [], "wrong_at_start"),
        Path(1, way, [3.0, 1.0, -2.0], [0.05, 0.3, 2.1], slopes, "flipped"),
        Path(1, way[:1], [3.0], [0.05], [np.zeros(3)], "flat"),
        Path(1, way, [3.0, 1.0, 2.0], [0.05, 0.3, 0.1], [], "budget", best=1, queries=3, repeats=7),
    ]


@pytest.fixture
def recorded(paths):
    return record(paths, ["a", "b", "c", "d"], NAMES, np.array([1, 15, 7, 3]))


def test_dimensions_and_names_are_the_contracts(recorded):
    assert {name: array.dims for name, array in recorded.data_vars.items()} == CONTRACT
    assert dict(recorded.sizes) == {"frame": 4, "step": 3, "parameter": 3}
    assert recorded["frame"].values.tolist() == ["a", "b", "c", "d"]
    assert recorded["step"].values.tolist() == [0, 1, 2]
    assert recorded["parameter"].values.tolist() == list(NAMES)
    assert recorded["parameter_units"].values.tolist() == ["dB/(cm MHz)", "dB", "dB"]


def test_everything_has_units_and_a_long_name(recorded):
    for name in recorded.variables:
        assert set(recorded[name].attrs) == {"units", "long_name"}, name


def test_values_stand_at_their_step_and_nan_after_the_last(recorded):
    nan = np.nan
    np.testing.assert_array_equal(
        recorded["logit"], [[1, nan, nan], [3, 1, -2], [3, nan, nan], [3, 1, 2]]
    )
    np.testing.assert_array_equal(recorded["probability"], expit(recorded["logit"]))
    np.testing.assert_array_equal(
        recorded["loss"], [[1.3, nan, nan], [0.05, 0.3, 2.1], [0.05, nan, nan], [0.05, 0.3, 0.1]]
    )
    beta = recorded["parameters"].sel(parameter="beta")
    np.testing.assert_array_equal(
        beta, [[0.9, nan, nan], [0.9, 0.95, 1.0], [0.9, nan, nan], [0.9, 0.95, 1.0]]
    )
    upper = recorded["gradient"].sel(parameter="alpha_upper")
    np.testing.assert_array_equal(upper, [[nan] * 3, [3, 6, nan], [0, nan, nan], [nan] * 3])


def test_outcome_of_each_frame(recorded):
    assert recorded["success"].values.tolist() == [False, True, False, False]
    reasons = ["wrong_at_start", "flipped", "flat", "budget"]
    assert recorded["stop_reason"].values.tolist() == reasons
    assert recorded["reference"].values.tolist() == [0, 1, 1, 1]
    assert recorded["queries"].values.tolist() == [1, 15, 7, 3]
    np.testing.assert_array_equal(recorded["queries_to_flip"], [np.nan, 15, np.nan, np.nan])
    assert recorded["repeats"].values.tolist() == [0, 0, 0, 7]


def test_search_that_goes_on_says_when_it_flipped_first(paths):
    paths[1].queries_to_flip = 3
    recorded = record(paths, ["a", "b", "c", "d"], NAMES, np.array([1, 15, 7, 3]))
    np.testing.assert_array_equal(recorded["queries_to_flip"], [np.nan, 3, np.nan, np.nan])
    assert recorded["queries"][1] == 15


def test_best_step_is_the_last_one_where_the_path_names_no_other(recorded):
    assert recorded["best_step"].values.tolist() == [0, 2, 0, 1]


def test_round_trip_through_netcdf(tmp_path, recorded):
    write_dataset(tmp_path / "attacks.nc", recorded, {"params_hash": "1"})
    with xr.open_dataset(tmp_path / "attacks.nc") as opened:
        opened.load()
    assert opened.attrs == {"params_hash": "1", **recorded.attrs}
    xr.testing.assert_identical(opened.drop_attrs(deep=False), recorded.drop_attrs(deep=False))
    assert opened["success"].dtype == bool


@pytest.mark.parametrize("some", [True, False])
def test_file_repeats_bit_for_bit(tmp_path, paths, some):
    for file in ("first.nc", "second.nc"):
        kept = paths if some else []
        names = ["a", "b", "c", "d"] if some else []
        queries = np.array([1, 15, 7, 3] if some else [], int)
        write_dataset(tmp_path / file, record(kept, names, NAMES, queries), {"source": "{}"})
    assert (tmp_path / "first.nc").read_bytes() == (tmp_path / "second.nc").read_bytes()


def test_no_frames_keep_the_contract(tmp_path):
    empty = record([], [], NAMES, np.zeros(0, int))
    assert {name: array.dims for name, array in empty.data_vars.items()} == CONTRACT
    write_dataset(tmp_path / "empty.nc", empty, {})
    with xr.open_dataset(tmp_path / "empty.nc") as opened:
        assert dict(opened.sizes) == {"frame": 0, "step": 1, "parameter": 3}
        assert opened["parameter"].values.tolist() == list(NAMES)
        for name in opened.variables:
            assert set(opened[name].attrs) == {"units", "long_name"}, name


def test_every_end_of_an_attack_is_explained(paper_space):
    slopes = [(100, -20, -2, 1), (6, -20, -2, 1), (2, 0, 0, 0), (-6, 0, 0, 0)]

    def oracle(frames, vectors):
        return np.array(
            [
                slopes[frame][0] + np.dot(slopes[frame][1:], vector - paper_space.initial)
                for frame, vector in zip(frames, vectors, strict=True)
            ]
        )

    ways = attack(Target(oracle, np.ones(4, int), Binary(0.5)), paper_space, 100, "all")
    reasons = [path.stop_reason for path in ways]
    assert reasons == ["bounds", "flipped", "flat", "wrong_at_start"]
    of_others = {"budget", "certified", "exhausted", "immune", "sampled", "undecided"}
    assert set(reasons) | of_others | {"cycle", "step_limit", "not_grave", "unreadable"} == set(
        STOP_REASONS
    )


def test_path_that_has_not_begun():
    path = Path(1)
    assert (path.repeats, path.slopes, path.stop_reason, path.queries) == (0, 0, None, None)
    assert path.parameters == path.scores == path.losses == path.gradients == []


def test_parameters_of_files_are_those_of_any_in_the_order_of_the_reconstruction(tmp_path, paths):
    files = []
    for names in (("beta", "alpha_lower", "alpha_upper"), ("gamma", "gain", "beta")):
        files.append(str(tmp_path / f"{names[0]}.nc"))
        table = record(paths, ["a", "b", "c", "d"], names, np.array([1, 15, 7, 3]))
        write_dataset(files[-1], table, {})
    expected = ["beta", "gain", "alpha_lower", "alpha_upper", "gamma"]
    assert parameters_of(files) == expected
    assert parameters_of(files[:1]) == ["beta", "alpha_lower", "alpha_upper"]
    assert parameters_of([]) == []


def test_unreadable_frames_have_an_empty_place(recorded):
    whole = with_unreadable(recorded, ["u", "a", "b", "v", "c", "d"])
    xr.testing.assert_equal(whole.sel(frame=["a", "b", "c", "d"]), recorded)
    for frame in ("u", "v"):
        empty = whole.sel(frame=frame)
        assert empty["stop_reason"] == "unreadable"
        assert not empty["success"]
        for name in ("reference", "queries", "repeats", "best_step"):
            assert empty[name] == 0
        for name in ("parameters", "gradient", "logit", "loss", "queries_to_flip"):
            assert np.isnan(empty[name]).all()
    assert {name: array.dtype for name, array in whole.items()} == {
        name: array.dtype for name, array in recorded.items()
    }


def test_positions_follow_their_frames_past_unreadable_ones(paths):
    made = record(paths[:2], ["b", "d"], NAMES, np.array([1, 2]))
    made["of_frame"] = "part", np.array([0, 1, 1]), {POSITIONS: "frame"}
    whole = with_unreadable(made, ["a", "b", "c", "d"])
    assert whole["of_frame"].values.tolist() == [1, 3, 3]
    assert whole["stop_reason"].values[[1, 3]].tolist() == ["wrong_at_start", "flipped"]
