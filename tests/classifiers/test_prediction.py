import numpy as np
import pytest
from scipy.special import expit

from reconattack.classifiers.judge import Judge
from reconattack.classifiers.opening import open_classifier
from reconattack.classifiers.prediction import initial_answer, predict_frames
from reconattack.classifiers.views import VIEWS
from reconattack.frames.frame import build_frame, unreadable_frame
from reconattack.reconstruction.reconstruction import Reconstruction

RESIZE = {"kernel": "bilinear", "aspect": "stretch"}


INITIAL = {"beta": 0, "alpha_lower": 0, "alpha_upper": 51}  # five grey levels a decibel
ROWS = 40


@pytest.fixture
def grey_frames(linear_scanner, scanner_with):
    """Frames that give even grey images, from (name, patient, label, grey)."""
    scanner = scanner_with(linear_scanner, reference_level=0.0)

    def build(*rows):
        return {
            name: build_frame(
                np.full((600, 32), 10 ** (grey / 5 / 20), np.complex64), scanner, patient, label
            )
            for name, patient, label, grey in rows
        }

    return build


def predict(frames, networks, folds, cutoff=0.5):
    judges = [open_classifier({}, network["file"], RESIZE) for network in networks]
    return predict_frames(frames.items(), networks, judges, folds, INITIAL, ROWS, cutoff)


@pytest.fixture
def predicted(grey_frames):
    """Predict four frames of grey levels 0, 100, 120 and 140 by some networks."""
    frames = grey_frames(
        *[("f0", "00", 0, 0), ("f1", "01", 1, 100), ("f2", "02", 1, 120), ("f3", "03", None, 140)]
    )
    return lambda *how, **more: predict(frames, *how, **more)


def test_frames_are_judged_by_their_own_fold_only(predicted, write_model):
    networks = [
        {"seed": "0", "fold": "0", "file": write_model("0.onnx", 50)},
        {"seed": "0", "fold": "1", "file": write_model("1.onnx", 70)},
    ]
    table = predicted(networks, {"f0": "0", "f1": "1", "f2": "1", "f3": "0"})
    assert list(table) == [
        *("seed", "frame", "patient", "fold", "label", "logit", "probability", "predicted")
    ]
    assert table["frame"].tolist() == ["f0", "f1", "f2", "f3"]
    assert table["fold"].tolist() == ["0", "1", "1", "0"]
    np.testing.assert_allclose(table["logit"], [-5, 3, 5, 9], atol=1e-5)
    np.testing.assert_allclose(table["probability"], expit([-5, 3, 5, 9]), atol=1e-6)
    assert table["predicted"].tolist() == [0, 1, 1, 1]
    assert table["patient"].tolist() == ["00", "01", "02", "03"]
    assert table["label"].fillna(-1).tolist() == [0, 1, 1, -1]


def test_every_seed_judges_every_frame_once(predicted, write_model):
    networks = [
        {"seed": seed, "fold": fold, "file": write_model(f"{seed}{fold}.onnx", 50 + 10 * int(seed))}
        for seed in ("0", "1")
        for fold in ("0", "1")
    ]
    table = predicted(networks, {"f0": "0", "f1": "1", "f2": "1", "f3": "0"})
    assert table["seed"].tolist() == ["0"] * 4 + ["1"] * 4
    assert table["frame"].tolist() == ["f0", "f1", "f2", "f3"] * 2
    np.testing.assert_allclose(table["logit"][:4] - table["logit"][4:].to_numpy(), 1, atol=1e-5)


def test_frame_that_could_not_be_read_has_an_empty_row(grey_frames, write_model):
    frames = grey_frames(("f0", "00", 1, 100))
    frames["f1"] = unreadable_frame("f1: truncated", "b", "01", 0)
    network = {"seed": "0", "fold": "all", "file": write_model("all.onnx", 50)}
    table = predict(frames, [network], {})
    assert table["frame"].tolist() == ["f0", "f1"]
    assert table["label"].tolist() == [1, 0]
    empty = table.loc[1, ["logit", "probability", "predicted"]]
    assert empty.isna().all()
    assert table.loc[0, "predicted"] == 1


def test_a_network_without_folds_judges_all(predicted, write_model):
    network = {"seed": "0", "fold": "all", "file": write_model("all.onnx", 110)}
    table = predicted([network], {})
    assert table["fold"].tolist() == ["all"] * 4
    np.testing.assert_allclose(table["logit"], [-11, -1, 1, 3], atol=1e-5)


def test_cutoff_is_the_configurations(predicted, write_model):
    network = {"seed": "0", "fold": "all", "file": write_model("all.onnx", 110)}
    assert predicted([network], {}, cutoff=0.2)["predicted"].tolist() == [0, 1, 1, 1]
    assert predicted([network], {}, cutoff=0.8)["predicted"].tolist() == [0, 0, 0, 1]


class GreyJudge(Judge):
    """The logit of an image is its mean grey level in tens, less 7."""

    name = "grey"

    def inputs(self, reconstruction, parameters, images=None):
        return VIEWS["image"](reconstruction, parameters, images)

    def answers(self, images):
        return images.reshape(len(images), -1).mean(axis=1, dtype=np.float64) / 10 - 7

    def log_use(self):
        pass


def test_logit_at_the_initial_setting(convex_scanner):
    initial = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
    random = np.random.default_rng(8)
    decibels = 2 * 0.9 * convex_scanner.center_frequency / 1e6 * convex_scanner.depth(400) * 100
    for loudness in (0.2, 1, 2):
        samples = loudness * random.standard_normal((400, 24)) * 10 ** (-decibels[:, None] / 20)
        frame = build_frame(samples, convex_scanner, "p")
        (image,) = Reconstruction(frame, ROWS).bmode([*initial.values()])
        found = initial_answer(frame, GreyJudge(), initial, ROWS)
        assert found == image.mean(dtype=np.float64) / 10 - 7
    brighter = initial_answer(frame, GreyJudge(), initial | {"gain": 6}, ROWS)
    assert brighter > found
    cut_off = frame.assign_attrs(error="cut off")
    assert initial_answer(cut_off, GreyJudge(), initial, ROWS) is None
