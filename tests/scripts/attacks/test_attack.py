import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from reconattack.attacks.method import declared, method_names
from reconattack.classifiers.folds import frames_of_fold
from reconattack.errors import InputError
from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import unreadable_frame
from scripts.attacks.attack import attack
from scripts.tables.tabulate_attacks import tabulate_attacks
from tests.places import ROOT

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
def attacked(tmp_path, labelled_noise, fold_of, write_model):
    """Attack some of three noise frames with labels 1, 0 and none."""
    chunk = str(tmp_path / "chunk.nc")

    def run(judged, file="attacks.nc", unreadable=(), **changes):
        bad = {name: unreadable_frame("truncated", "convex", "p", 1) for name in unreadable}
        write_chunk(chunk, labelled_noise | bad, {})
        settings = {
            "settings": SETTINGS,
            "initial": INITIAL,
            "image_rows": 32,
            "resize": {"kernel": "bilinear", "aspect": "stretch"},
            "cutoff": 0.5,
            "threads": 1,
            "attack": "zoo",
            "attributes": {"params_hash": "1"},
            "model_files": [write_model("model.onnx", 60)],
            "model_settings": {},
        }
        attack(chunk, attacks=str(tmp_path / file), **fold_of(judged), **(settings | changes))
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
    files = [file | {"path": str(tmp_path / "attacks.nc")}]
    tabulate_attacks(files, {}, str(tmp_path / "attacks.csv"))
    table = pd.read_csv(tmp_path / "attacks.csv").set_index("frame").loc[unreadable]
    unknown = ["reference", "probability_initial", "probability_final", "beta", "ssim"]
    assert table[unknown].isna().all(axis=None)


def test_everything_has_units_and_a_long_name_and_can_be_traced(attacked):
    result = attacked(None)
    for name in result.variables:
        assert set(result[name].attrs) == {"units", "long_name"}, name
    made = {"image_rows": 32, "resize_kernel": "bilinear", "resize_aspect": "stretch"}
    made |= {"decision": "binary", "margin_unit": "log-odds"}
    assert result.attrs == {"params_hash": "1"} | made


def test_picture_changes_are_those_of_the_last_step(attacked, labelled_noise):
    end_cm = 100 * float(labelled_noise["f0"]["depth"][-1])
    assert end_cm < 5
    result = attacked(None)
    assert result["ssim"].values[1] == pytest.approx(1)
    assert result["mean_abs_diff"].values[1] == 0
    for number in (0, 2):
        way = result["parameters"].sel(parameter="beta").values[number]
        last = way[np.isfinite(way)][-1]
        assert result["level_change_end"].values[number] == pytest.approx(
            2 * (last - 0.9) * 2.5 * end_cm
        )
        assert np.isnan(result["level_change_5cm"].values[number])
        assert 0 < result["ssim"].values[number] < 1


def test_a_fold_without_frames_in_the_chunk(attacked, tmp_path):
    result = attacked({"elsewhere"}, "none.nc")
    assert result.sizes["frame"] == 0
    attacked(None, "some.nc")
    files = [
        {"model": "m", "seed": "0", "fold": str(fold), "attack": "zoo", "path": tmp_path / name}
        for fold, name in enumerate(("none.nc", "some.nc"))
    ]
    tabulate_attacks(files, {}, str(tmp_path / "attacks.csv"))
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


BUDGET = 40
# They end at their first flip.
SEARCHES = [
    name
    for name in method_names()
    if "max_queries" in declared(name).settings and name not in ("hop_skip_jump", "minimal")
]
BOXES = {name: {"box": knob["box"]} for name, knob in SETTINGS["parameters"].items()}


@pytest.fixture(params=["zoo", *(name for name in SEARCHES if name != "gradient")])
def method(request):
    """Name and settings of an attack by each method."""
    search = {"method": request.param, "max_queries": BUDGET, "parameters": BOXES}
    settings = SETTINGS if request.param == "zoo" else search
    return {"attack": f"by_{request.param}", "settings": settings}


@pytest.mark.parametrize("cut", [50, 75, 95])
def test_record_of_every_method(attacked, method, cut, write_model, labelled_noise):
    """The logit is the mean grey level less a cut, in tens; at 50 nothing flips it."""
    result = attacked(None, model_files=[write_model("cut.onnx", cut)], **method)
    points, logits = result["parameters"].values, result["logit"].values
    reference = result["reference"].values
    tried = result["stop_reason"].values != "wrong_at_start"
    assert tried.tolist() == ([False, True, True] if cut == 95 else [True, False, True])
    assert reference[2] == (cut != 95)
    if method["settings"] is not SETTINGS:  # which has too few steps here
        assert result["success"].values.tolist() == (tried & (cut != 50)).tolist()
    for frame in np.flatnonzero(tried):
        steps = int(np.isfinite(logits[frame]).sum())
        best = int(result["best_step"][frame])
        margins = logits[frame, :steps] * (1 if reference[frame] else -1)
        np.testing.assert_array_equal(points[frame, 0], [0.9, 10, 55])
        inside = (points[frame, :steps] >= [0.5, 5, 50]) & (points[frame, :steps] <= [1.3, 15, 60])
        assert inside.all()
        assert result["success"][frame] == (margins[-1] <= 0)
        assert (result["stop_reason"][frame] == "flipped") == result["success"][frame]
        if method["settings"] is SETTINGS:
            assert best == steps - 1
            continue
        assert result["queries"][frame] == steps <= BUDGET
        assert best == np.argmin(margins.round(5))
        end_cm = 100 * float(labelled_noise["f0"]["depth"][-1])
        change = 2 * (points[frame, best, 0] - 0.9) * 2.5 * end_cm
        assert result["level_change_end"][frame] == pytest.approx(change)
        assert np.isnan(result["gradient"][frame]).all()


def test_every_method_repeats_bit_for_bit_whatever_frames_are_beside(attacked, method, tmp_path):
    attacked(None, "first.nc", **method)
    whole = attacked(None, "second.nc", **method)
    assert (tmp_path / "first.nc").read_bytes() == (tmp_path / "second.nc").read_bytes()
    alone = attacked({"f2"}, **method)
    for name in ("parameters", "logit", "queries", "repeats", "best_step"):
        expected = whole[name].sel(frame=["f2"])
        if "step" in expected.dims:
            expected = expected.isel(step=alone["step"])
        np.testing.assert_array_equal(alone[name], expected)


def test_seeds_are_the_attacks_and_the_frames_own(attacked):
    random = {"method": "random", "max_queries": 4, "parameters": BOXES}
    cut = {"settings": random, "judged": None}
    one, same, other = (attacked(**cut, attack=name) for name in ("one", "one", "other"))
    # The frame that was misjudged at the start has no second step.
    first, second = one["parameters"].values[[0, 2], 1]
    assert (first != second).all()
    assert (one["parameters"].values[0, 1] != other["parameters"].values[0, 1]).all()
    np.testing.assert_array_equal(one["parameters"], same["parameters"])


def test_probes_are_queries_but_images_judged_after_a_flip_are_not(attacked, write_model):
    flipping = {"judged": {"f0"}, "model_files": [write_model("flipping.onnx", 75)]}
    zoo = attacked(**flipping, settings=SETTINGS | {"max_steps": 100})
    corners = {"method": "corners", "max_queries": BUDGET, "parameters": BOXES}
    search = attacked(**flipping, settings=corners)
    assert zoo["success"].all()
    assert search["success"].all()
    assert zoo["queries"][0] == 1 + 7 * (zoo.sizes["step"] - 1)
    assert search["queries"][0] == search.sizes["step"] < 15  # faces and corners are one batch


def test_hop_skip_jump_goes_on_to_a_nearer_flip(attacked, write_model, tmp_path):
    settings = {"method": "hop_skip_jump", "max_queries": 150, "parameters": BOXES}
    flipping = {"model_files": [write_model("flipping.onnx", 75)], "settings": settings}
    result = attacked({"f0"}, **flipping)
    assert result["success"].all()
    assert result["queries_to_flip"][0] < result["queries"][0] <= 150
    flips = np.flatnonzero(result["logit"].values[0] < 0)
    changes = (result["parameters"].values[0] - [0.9, 10, 55]) / [0.4, 5, 5]
    nearest = np.abs(changes).max(axis=1)[flips].min()
    best = np.abs(changes[int(result["best_step"][0])]).max()
    assert best == pytest.approx(nearest)
    attacked({"f0"}, "again.nc", **flipping)
    assert (tmp_path / "attacks.nc").read_bytes() == (tmp_path / "again.nc").read_bytes()


def test_suite_selects_every_method():
    suite = yaml.safe_load((ROOT / "config" / "suite.yaml").read_text())
    attacks = yaml.safe_load((ROOT / "config.yaml").read_text())["attacks"]
    methods = {
        (attacks.get(name, {}) | suite["attacks"].get(name, {}))["method"]
        for name in suite["run"]["attacks"]
    }
    assert methods >= {*method_names()} - {"each_knob", "certify", "sample"}


def test_any_subset_of_the_parameters_is_attacked_by_any_method(attacked, method, write_model):
    """Two parameters beside the paper's move, the paper's stand still and are not probed."""
    knobs = {
        "gain": {"box": [-20, 20], "probe": 0.1, "rate": 1.0},
        "gamma": {"box": [0.5, 2.0], "probe": 0.05, "rate": 0.1},
    }
    if method["settings"] is not SETTINGS:
        knobs = {name: {"box": knob["box"]} for name, knob in knobs.items()}
    settings = method["settings"] | {"parameters": knobs}
    result = attacked(
        {"f0"}, model_files=[write_model("cut.onnx", 50)], **(method | {"settings": settings})
    )
    names = ["beta", "gain", "alpha_lower", "alpha_upper", "gamma"]
    assert result["parameter"].values.tolist() == names
    way = result["parameters"].sel(frame="f0").dropna("step")
    for name, value in INITIAL.items():
        assert (way.sel(parameter=name) == value).all()
    for name, start in {"gain": 0, "gamma": 1}.items():
        assert way.sel(parameter=name)[0] == start
        assert (way.sel(parameter=name)[1:] != start).any()
    if method["settings"] is SETTINGS:
        assert result["queries"].sel(frame="f0") == 1 + SETTINGS["max_steps"] * 5
        assert (result["gradient"].sel(frame="f0")[:3, [0, 2, 3]] == 0).all()


def test_tables_have_a_column_for_every_parameter_of_any_attack(attacked, tmp_path):
    attacked(None)
    gain = {"method": "random", "max_queries": 3, "parameters": {"gain": {"box": [-6, 6]}}}
    attacked(None, "gain.nc", settings=gain)
    files = [
        {"model": "m", "seed": "0", "fold": "0", "attack": name, "path": str(tmp_path / file)}
        for name, file in (("zoo", "attacks.nc"), ("gain", "gain.nc"))
    ]
    tabulate_attacks(files, {}, str(tmp_path / "attacks.csv"))
    table = pd.read_csv(tmp_path / "attacks.csv")
    columns = list(table)
    place = columns.index("unit")
    assert columns[place + 1 : place + 5] == ["beta", "gain", "alpha_lower", "alpha_upper"]
    assert table.loc[table["attack"] == "zoo", "gain"].isna().all()
    assert table.loc[table["attack"] == "gain", ["beta", "gain"]].notna().all(axis=None)
