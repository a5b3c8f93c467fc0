import numpy as np
import pytest
import xarray as xr

from reconattack.classifiers.folds import frames_of_fold
from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import build_frame, unreadable_frame
from reconattack.reconstruction.reconstruction import Reconstruction
from scripts.attacks.judge_settings import judge_settings

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
SETTINGS = {
    "settings": 4,
    "deviation": 0.5,
    "parameters": {
        "beta": {"box": [0.5, 1.3], "sweep": 3},
        "alpha_lower": {"box": [5, 15], "sweep": 2},
        "alpha_upper": {"box": [50, 60], "sweep": 2},
    },
}
COUNT = 1 + 4 + 4 + 3 + 2 + 2
ROWS = 32


@pytest.fixture
def frames(convex_scanner):
    """Noise of growing loudness with labels 1, 0 and none; a fourth frame could not be read."""
    decibels = 2 * 0.9 * convex_scanner.center_frequency / 1e6 * convex_scanner.depth(300) * 100
    random = np.random.default_rng(3)
    readable = {
        f"f{number}": build_frame(
            2**number * random.standard_normal((300, 24)) * 10 ** (-decibels[:, None] / 20),
            convex_scanner,
            f"p{number}",
            label,
        )
        for number, label in enumerate((1, 0, None))
    }
    return readable | {"f3": unreadable_frame("truncated", "convex", "p3", 1)}


@pytest.fixture
def judged(tmp_path, frames, fold_of, write_model):
    def run(judged=None, file="settings.nc", **changes):
        write_chunk(tmp_path / "chunk.nc", frames, {})
        judge_settings(
            str(tmp_path / "chunk.nc"),
            **fold_of(judged),
            model_files=[write_model("model.onnx", 60)],
            model_settings={},
            settings=SETTINGS | changes,
            initial=INITIAL,
            image_rows=ROWS,
            resize={"kernel": "bilinear", "aspect": "stretch"},
            threads=1,
            logits=str(tmp_path / file),
            attributes={"params_hash": "1"},
        )
        with xr.open_dataset(tmp_path / file) as opened:
            return opened.load()

    return run


def test_logits_are_those_of_each_frame_at_each_setting(judged, frames):
    """The classifier's logit is the mean grey level of the 8 x 10 input less 60, in tens."""
    result = judged()
    assert result["logit"].dims == ("frame", "setting")
    assert result.sizes == {"frame": 4, "setting": COUNT}
    for name in ("f0", "f1", "f2"):
        for setting in ("initial-0", "uniform-3", "normal-0", "sweep_beta-2"):
            of_both = result.sel(frame=name, setting=setting)
            vector = [float(of_both[parameter]) for parameter in INITIAL]
            image = Reconstruction(frames[name], ROWS).bmode(vector)[0]
            # stretching an image to another size keeps its mean nearly
            assert float(of_both["logit"]) == pytest.approx((image.mean() - 60) / 10, abs=0.3)
    assert np.ptp(result["logit"].sel(frame="f0").values) > 1


def test_what_is_known_of_frames_and_settings_is_kept(judged):
    result = judged()
    assert result["frame"].values.tolist() == ["f0", "f1", "f2", "f3"]
    assert result["patient"].values.tolist() == ["p0", "p1", "p2", "p3"]
    assert result["label"].values.tolist() == [1, 0, -1, 1]
    assert result["distribution"].values[0] == "initial"
    assert [float(result[name][0]) for name in INITIAL] == [0.9, 10, 55]
    for name in result.variables:
        assert set(result[name].attrs) == {"units", "long_name"}, name
    made = {"image_rows": 32, "resize_kernel": "bilinear", "resize_aspect": "stretch"}
    assert result.attrs == {"params_hash": "1"} | made


def test_frame_that_could_not_be_read_has_an_empty_row(judged):
    logits = judged()["logit"]
    assert logits.sel(frame="f3").isnull().all()
    assert logits.drop_sel(frame="f3").notnull().all()


def test_only_judged_frames_and_the_same_settings_whatever_is_beside(judged):
    whole, alone, more = judged(), judged({"f2", "elsewhere"}), judged({"f2"}, settings=6)
    assert alone["frame"].values.tolist() == ["f2"]
    np.testing.assert_array_equal(alone["logit"][0], whole["logit"].sel(frame="f2"))
    shared = more["logit"].sel(setting=whole["setting"])
    np.testing.assert_array_equal(shared[0], whole["logit"].sel(frame="f2"))
    assert judged({"elsewhere"}).sizes == {"frame": 0, "setting": COUNT}


def test_any_parameter_can_change(judged):
    """More gain makes a picture brighter; the paper's parameters stand still."""
    result = judged(parameters={"gain": {"box": [-6, 6], "sweep": 3}})
    swept = result.isel(setting=result["distribution"].values == "sweep_gain")
    assert swept["gain"].values.tolist() == [-6, 0, 6]
    assert (result["beta"] == 0.9).all()
    assert (swept["logit"].sel(frame="f0").diff("setting") > 0).all()


def test_judging_repeats_bit_for_bit(judged, tmp_path):
    judged(file="first.nc")
    judged(file="second.nc")
    assert (tmp_path / "first.nc").read_bytes() == (tmp_path / "second.nc").read_bytes()


def test_frames_that_a_fold_judges(tmp_path):
    assert frames_of_fold([], "all") is None
    path = tmp_path / "folds.csv"
    path.write_text("frame,patient,label,fold\n001,p,1,0\n1,q,0,1\n2,r,0,10\n")
    assert frames_of_fold([str(path)], "1") == {"1"}
