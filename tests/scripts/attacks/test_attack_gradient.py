"""The white-box attack in a job: both forms of a network, the result file and the table."""

import subprocess
import sys

import keras
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from keras import layers

from reconattack.classifiers.backends.network_files import export_network, save_network
from reconattack.errors import InputError
from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import unreadable_frame
from scripts.attacks.attack import attack
from scripts.tables.tabulate_attacks import tabulate_attacks
from tests.places import ROOT

BUDGET = 40
BOXES = {
    "beta": {"box": [0.5, 1.3]},
    "alpha_lower": {"box": [5, 15]},
    "alpha_upper": {"box": [50, 60]},
}
ARGUMENTS = {
    "model_settings": {},
    "settings": {"method": "gradient", "max_queries": BUDGET, "parameters": BOXES},
    "initial": {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55},
    "image_rows": 32,
    "resize": {"kernel": "bilinear", "aspect": "stretch"},
    "cutoff": 0.5,
    "threads": 1,
    "attack": "by_slopes",
    "attributes": {"params_hash": "1"},
}


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """Write both forms of a network whose logit is the mean grey level less a cut, in tens."""
    folder = tmp_path_factory.mktemp("network")

    def write(cut):
        image = keras.Input((8, 10, 1))
        mean = layers.GlobalAveragePooling2D()(image)
        logit = layers.Rescaling(0.1, -cut / 10, name="logit")(mean)
        probability = layers.Activation("sigmoid", name="probability")(logit)
        model = keras.Model(image, {"logit": logit, "probability": probability})
        if not (folder / f"{cut}.onnx").exists():
            save_network(model, folder / f"{cut}.keras")
            export_network(model, folder / f"{cut}.onnx")
        return {
            "model_files": [str(folder / f"{cut}.onnx")],
            "keras": [str(folder / f"{cut}.keras")],
        }

    return write


@pytest.fixture
def chunk(tmp_path, labelled_noise):
    """Three noise frames with labels 1, 0 and none."""
    write_chunk(tmp_path / "chunk.nc", labelled_noise, {})
    return str(tmp_path / "chunk.nc")


@pytest.fixture
def attacked(chunk, fold_of, tmp_path):
    def run(judged=None, file="attacks.nc", **changes):
        attack(chunk, attacks=str(tmp_path / file), **fold_of(judged), **(ARGUMENTS | changes))
        with xr.open_dataset(tmp_path / file) as opened:
            return opened.load()

    return run


@pytest.mark.parametrize("cut", [50, 75, 95])
def test_record(attacked, network, cut):
    """At 50 nothing flips; at 75 two fatty frames do, at 95 two normal ones."""
    result = attacked(**network(cut))
    tried = [False, True, True] if cut == 95 else [True, False, True]
    assert (result["stop_reason"].values != "wrong_at_start").tolist() == tried
    assert result["success"].values.tolist() == [one and cut != 50 for one in tried]
    traced = (
        *("params_hash", "image_rows", "resize_kernel", "resize_aspect"),
        *("decision", "margin_unit"),
    )
    assert set(result.attrs) == {*traced, "gradient_form"}
    assert result.attrs["gradient_form"] == "straight-through rounding"
    for frame in np.flatnonzero(tried):
        logits = result["logit"].values[frame]
        points = result["parameters"].values[frame]
        gradients = result["gradient"].values[frame]
        judged = np.isfinite(logits)
        sloped = np.isfinite(gradients).all(axis=1)
        assert result["queries"][frame] == judged.sum() + sloped.sum() <= BUDGET
        assert sloped[0]
        assert not sloped[~judged].any()
        assert (gradients[sloped] != 0).all()
        first = (points[1] - points[0]) / [0.8, 10, 10]  # against the margin: up the loss
        np.testing.assert_allclose(first, 0.25 * np.sign(gradients[0]))
        assert result["loss"].values[frame, 1] > result["loss"].values[frame, 0]
        if cut == 50:
            assert result["stop_reason"].values[frame] == "budget"
            assert result["best_step"][frame] == np.nanargmin(logits.round(5))


def test_flip_is_decided_by_the_network_in_onnx_runtime(attacked, network):
    result = attacked(**network(75))
    assert result["stop_reason"].values[0] == "flipped"
    best = int(result["best_step"][0])
    assert (result["logit"].values[0, : best + 1] >= 0).tolist() == [True] * best + [False]
    corners = attacked(
        model_files=network(75)["model_files"],
        settings={"method": "corners", "max_queries": BUDGET, "parameters": BOXES},
    )
    assert result["logit"].values[0, 0] == corners["logit"].values[0, 0]


def test_repeats_bit_for_bit_whatever_frames_are_beside(attacked, network, tmp_path):
    attacked(file="first.nc", **network(75))
    whole = attacked(file="second.nc", **network(75))
    assert (tmp_path / "first.nc").read_bytes() == (tmp_path / "second.nc").read_bytes()
    alone = attacked({"f2"}, **network(75))
    for name in ("parameters", "logit", "gradient", "queries", "best_step"):
        expected = whole[name].sel(frame=["f2"])
        if "step" in expected.dims:
            expected = expected.isel(step=alone["step"])
        np.testing.assert_array_equal(alone[name], expected)


def test_no_frame_to_attack(attacked, network, chunk, tmp_path):
    assert attacked({"elsewhere"}, **network(75)).sizes["frame"] == 0
    bad = {"f0": unreadable_frame("truncated", "convex", "p", 1)}
    write_chunk(chunk, bad, {})
    result = attacked(**network(75))
    assert result["stop_reason"].values.tolist() == ["unreadable"]
    assert result["gradient"].isnull().all()


def test_table_tells_what_the_slopes_are(attacked, network, tmp_path):
    attacked(file="gradient.nc", **network(75))
    random = {"method": "random", "max_queries": 4, "parameters": BOXES}
    attacked(file="random.nc", settings=random, model_files=network(75)["model_files"])
    files = [
        {"model": "m", "seed": "0", "fold": "0", "attack": name, "path": tmp_path / f"{name}.nc"}
        for name in ("gradient", "random")
    ]
    tabulate_attacks(files, {}, str(tmp_path / "attacks.csv"))
    forms = pd.read_csv(tmp_path / "attacks.csv").groupby("attack")["gradient_form"].unique()
    assert forms["gradient"].tolist() == ["straight-through rounding"]
    assert forms["random"].isna().all()


def test_forms_of_two_networks_stop_the_job(attacked, network):
    with pytest.raises(InputError, match=r"50\.keras: its output differs by up to"):
        attacked(model_files=network(75)["model_files"], keras=network(50)["keras"])


@pytest.mark.parametrize("method", ["zoo", "corners"])
def test_tensorflow_is_loaded_for_no_other_method(chunk, network, tmp_path, method):
    knobs = {name: knob | {"probe": 0.05, "rate": 0.05} for name, knob in BOXES.items()}
    settings = {
        "zoo": {"max_steps": 1, "stop_at_bounds": "all", "parameters": knobs},
        "corners": {"max_queries": 3, "parameters": BOXES},
    }
    arguments = ARGUMENTS | {
        "settings": {"method": method, **settings[method]},
        "model_files": network(75)["model_files"],
        "attacks": str(tmp_path / "attacks.nc"),
        "folds": [],
        "fold": "all",
    }
    code = (
        "import sys; from scripts.attacks.attack import attack; "
        f"attack({chunk!r}, **{arguments!r}); "
        "assert not {'keras', 'tensorflow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
