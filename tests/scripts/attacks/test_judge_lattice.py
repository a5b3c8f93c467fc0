import numpy as np
import pytest
import xarray as xr

from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import build_frame, unreadable_frame
from reconattack.reconstruction.reconstruction import Reconstruction
from scripts.attacks.judge_lattice import judge_lattice

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
BOX = {"beta": {"box": [0.5, 1.5]}, "alpha_upper": {"box": [50, 60]}}
ROWS = 32


@pytest.fixture
def frames(convex_scanner):
    """Two frames of noise, and one that could not be read."""
    random = np.random.default_rng(3)
    readable = {
        name: build_frame(random.standard_normal((300, 24)), convex_scanner, name, 1)
        for name in ("f0", "f1")
    }
    return readable | {"f2": unreadable_frame("truncated", "convex", "f2", 1)}


@pytest.fixture
def judged(tmp_path, frames, fold_of, write_model):
    def run(judged=None, file="lattice.nc", shown=("f0", "f1", "f2")):
        write_chunk(tmp_path / "chunk.nc", frames, {})
        judge_lattice(
            str(tmp_path / "chunk.nc"),
            **fold_of(judged),
            shown=shown,
            model_files=[write_model("model.onnx", 60)],
            model_settings={},
            points=3,
            parameters=BOX,
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


def test_lattice_leads_from_bound_to_bound_and_holds_the_initial_setting(judged):
    result = judged()
    assert result["grid_beta"].values.tolist() == [0.5, 0.9, 1, 1.5]
    assert result["grid_alpha_lower"].values.tolist() == [10]
    assert result["grid_alpha_upper"].values.tolist() == [50, 55, 60]
    for name in result.variables:
        assert {"units", "long_name"} <= set(result[name].attrs), name


def test_logits_are_those_of_the_pictures(judged, frames):
    """The classifier's logit is the mean grey level less 60, in tens; resizing keeps it nearly."""
    logits = judged()["grid_logit"].sel(frame="f1", grid_alpha_lower=10)
    for beta, upper in ((0.5, 60), (0.9, 55), (1.5, 50)):
        image = Reconstruction(frames["f1"], ROWS).bmode([beta, 10, upper])[0]
        found = float(logits.sel(grid_beta=beta, grid_alpha_upper=upper))
        assert found == pytest.approx((image.mean() - 60) / 10, abs=0.3)


def test_frame_that_could_not_be_read_has_no_logits(judged):
    logits = judged()["grid_logit"]
    assert logits.sel(frame="f2").isnull().all()
    assert logits.drop_sel(frame="f2").notnull().all()


def test_only_the_frames_that_a_fold_judges(judged):
    whole, one = judged(), judged({"f1", "elsewhere"})
    assert one["frame"].values.tolist() == ["f1"]
    xr.testing.assert_equal(one["grid_logit"], whole["grid_logit"].sel(frame=["f1"]))
    assert judged({"elsewhere"}).sizes["frame"] == 0


def test_only_the_frames_that_are_shown(judged):
    assert judged(shown=["f2", "f0"])["frame"].values.tolist() == ["f0", "f2"]
    assert judged({"f1"}, shown=["f0"]).sizes["frame"] == 0


def test_judging_repeats_bit_for_bit(judged, tmp_path):
    judged(file="first.nc")
    judged(file="second.nc")
    assert (tmp_path / "first.nc").read_bytes() == (tmp_path / "second.nc").read_bytes()
