"""Attacks on networks that see nothing of what is attacked: every method, the files, the tables."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from reconattack.attacks.method import method_names
from reconattack.attacks.stop_reasons import STOP_REASONS
from reconattack.classifiers.backends.network_files import export_network
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.prediction import initial_answer
from reconattack.classifiers.training.building import build_network
from reconattack.errors import InputError
from reconattack.evidence.flags import raised
from reconattack.evidence.summary import summary_table
from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import build_frame, unreadable_frame
from scripts.attacks.attack import attack
from scripts.attacks.judge_settings import judge_settings
from scripts.attacks.judge_transferred import judge_transferred
from scripts.tables.tabulate_attacks import tabulate_attacks
from scripts.tables.tabulate_grid import tabulate_grid
from scripts.tables.tabulate_margins import tabulate_margins

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
RESIZE = {"kernel": "bilinear", "aspect": "stretch"}
BOXES = {
    "beta": {"box": [0.5, 1.3], "probe": 0.05, "rate": 0.05},
    "alpha_lower": {"box": [5, 15], "probe": 0.1, "rate": 0.5},
    "alpha_upper": {"box": [50, 60], "probe": 0.1, "rate": 0.5},
}
STEPS = {"beta": 0.1, "alpha_lower": 2.5, "alpha_upper": 5}
FOLD = {"model": "m", "seed": "0", "fold": "0"}
METHODS = method_names()


@pytest.fixture(scope="module", params=["rf", "envelope"])
def model(request, tmp_path_factory):
    """A network that was not trained; Keras files are not needed, not even for slopes."""
    path = tmp_path_factory.mktemp("model") / "fold.onnx"
    network, size = {"rf": ("rf_lines", (6, 256)), "envelope": ("compact", (16, 16))}[request.param]
    built = build_network(network, size, dropout=0, takes=request.param)
    export_network(built, path, request.param)
    return str(path)


@pytest.fixture
def chunk(tmp_path, convex_scanner, model):
    """Frames whose label is the network's decision, its opposite and unknown, and a bad one."""
    random = np.random.default_rng(3)
    frames = {
        f"f{number}": build_frame(random.standard_normal((300, 24)), convex_scanner, f"p{number}")
        for number in range(3)
    }
    judge = OnnxClassifier(model)
    for name, agrees in (("f0", True), ("f1", False)):
        frames[name].attrs["label"] = int((logit_of(frames[name], judge) >= 0) == agrees)
    write_chunk(
        tmp_path / "chunk.nc", frames | {"bad": unreadable_frame("truncated", "s", "p", 1)}, {}
    )
    return str(tmp_path / "chunk.nc")


@pytest.fixture
def attacked(tmp_path, chunk, model):
    def run(method, boxes=BOXES):
        settings = {"method": method, "parameters": boxes}
        if method == "grid":
            settings |= {"lattice": STEPS, "max_points": 1000}
        if method == "certify":
            settings |= {"max_cells": 10, "tolerance": 0.1}
        if method == "sample":
            settings |= {"draws": 10, "distribution": "uniform", "confidence": 0.95}
        attack(
            chunk,
            folds=[],
            fold="all",
            model_files=[model],
            model_settings={},
            settings=settings,
            initial=INITIAL,
            image_rows=32,
            resize=RESIZE,
            cutoff=0.5,
            threads=1,
            attack=method,
            attacks=str(tmp_path / f"{method}.nc"),
            attributes={},
        )
        with xr.open_dataset(tmp_path / f"{method}.nc") as opened:
            return opened.load()

    return run


def logit_of(frame, judge):
    return initial_answer(frame, judge, INITIAL, 32)


@pytest.mark.parametrize("method", [method for method in METHODS if method != "grid"])
def test_no_method_searches(attacked, method):
    result = attacked(method)
    assert result["stop_reason"].values.tolist() == [
        *("immune", "wrong_at_start", "immune", "unreadable")
    ]
    assert set(result["stop_reason"].values) <= set(STOP_REASONS)
    assert result["queries"].values.tolist() == [1, 1, 1, 0]
    assert result.sizes["step"] == 1
    assert not result["success"].any()
    assert (result["mean_abs_diff"][:3] == 0).all()
    assert "gradient_form" not in result.attrs
    if method == "each_knob":
        assert not result["knob_flips"].any()
    if method == "minimal":
        assert result["margin_linf"].isnull().all()


def test_grid_asks_once_and_sees_how_pictures_change(attacked):
    """What is judged stays; the pictures on the lattice, of which the grid tells, do not."""
    result = attacked("grid")
    assert result["queries"].values.tolist() == [1, 1, 1, 0]
    assert result["repeats"].values.tolist() == [9 * 5 * 3 - 1, 0, 9 * 5 * 3 - 1, 0]
    assert result["grid_certified"].values.tolist() == [True, False, True, False]
    for frame in ("f0", "f2"):
        of_frame = result.sel(frame=frame)
        assert of_frame["stop_reason"] == "exhausted"
        assert np.ptp(of_frame["grid_logit"].values) == 0
        assert of_frame["n_flipping"] == 0
        assert of_frame["best_step"] == 1
        np.testing.assert_array_equal(of_frame["parameters"][1], [0.9, 10, 55])
        changes = of_frame["grid_mean_abs_diff"]
        assert changes.sel(grid_beta=0.9, grid_alpha_lower=10, grid_alpha_upper=55) == 0
        assert changes.sel(grid_beta=1.3, grid_alpha_lower=5, grid_alpha_upper=50) > 5
        assert np.ptp(of_frame["grid_white_fraction"].values) > 0


def test_tables_count_immune_frames_as_attacked_in_vain(attacked, tmp_path):
    methods = ("corners", "minimal", "grid", "gradient")
    files = []
    for method in methods:
        attacked(method)
        files.append(FOLD | {"attack": method, "path": str(tmp_path / f"{method}.nc")})
    grids = {file["path"]: files[2] for file in files}
    tabulate_attacks(files, grids, str(tmp_path / "attacks.csv"))
    tabulate_margins(files[1:2], grids, str(tmp_path / "margins.csv"))
    tabulate_grid(files[2:3], str(tmp_path / "grid.csv"))
    table = pd.read_csv(tmp_path / "attacks.csv", dtype={"seed": str})
    immune = table[table["stop_reason"] == "immune"]
    assert len(immune) == 2 * 3
    assert immune["grid_certified"].all()
    assert immune["on_lattice"].all()
    margins = pd.read_csv(tmp_path / "margins.csv").set_index("frame").loc["f0"]
    assert margins["grid_agrees"]
    assert margins["safe_lower_beta"] == 0.5
    assert margins["safe_upper_is_bound_beta"]
    judged = table.drop_duplicates("frame")
    judged = judged.assign(
        patient=judged["frame"],
        logit=judged["probability_initial"],
        probability=judged["probability_initial"],
        predicted=judged["reference"].where(judged["frame"] != "f1", 1 - judged["reference"]),
    )
    limits = {"mean_abs_diff": 20, "ssim": 0.8, "white_added": 0.1, "black_added": 0.1}
    summary = summary_table(table, {"m": judged}, {"m": "patient_folds"}, limits, ["grid"])
    assert summary["n_attacked"].tolist() == [2] * 4
    assert summary["n_success"].tolist() == [0] * 4
    tried = table[table["stop_reason"].isin(["immune", "exhausted"])]
    flags = raised(tried.assign(method=tried["attack"]), dict.fromkeys(methods, 1))
    assert (flags["n"] == 0).all()


def test_logits_stay_at_settings_set_by_accident_and_transferred(
    attacked, chunk, model, tmp_path, write_model
):
    settings = {
        "settings": 4,
        "deviation": 0.5,
        "parameters": {name: {"box": knob["box"], "sweep": 3} for name, knob in BOXES.items()},
    }
    shared = {"initial": INITIAL, "image_rows": 32, "resize": RESIZE, "threads": 1}
    judged = shared | {"model_files": [model], "model_settings": {}, "fold": "all"}
    judge_settings(
        chunk,
        folds=[],
        settings=settings,
        logits=str(tmp_path / "s.nc"),
        attributes={},
        **judged,
    )
    with xr.open_dataset(tmp_path / "s.nc") as opened:
        logits = opened["logit"].load()
    assert (logits == logits.isel(setting=0))[:3].all()

    corner = {"beta": 1.3, "alpha_lower": 5, "alpha_upper": 50}
    flipped = attacked("corners")
    flipped["parameters"][:, 0] = list(corner.values())
    flipped["success"][:] = True
    flipped.to_netcdf(tmp_path / "flipped.nc")
    source = {"model": "other", "seed": "0", "attack": "corners", "path": tmp_path / "flipped.nc"}
    decisions = [int(flipped["reference"].sel(frame=name)) for name in ("f0", "f2")]
    predictions = pd.DataFrame({"frame": ["f0", "f2"], "predicted": decisions})
    predictions.assign(seed=0, fold="all").to_csv(tmp_path / "predictions.csv", index=False)
    table = str(tmp_path / "transferred.csv")
    judge_transferred(
        chunk,
        str(tmp_path / "predictions.csv"),
        seed="0",
        sources=[source],
        cutoff=0.5,
        table=table,
        **judged,
    )
    transferred = pd.read_csv(table).set_index("frame")
    assert not transferred["flipped"].astype(bool).any()
    for name in ("f0", "f2"):
        assert transferred["logit"][name] == pytest.approx(float(logits.sel(frame=name)[0]))


def test_attack_on_what_the_network_sees_is_refused(attacked):
    boxes = BOXES | {"band_shift": {"box": [-3e5, 3e5]}}
    with pytest.raises(InputError, match="which band_shift can change"):
        attacked("corners", boxes)
