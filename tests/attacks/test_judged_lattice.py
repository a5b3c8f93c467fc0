import numpy as np
import pytest

from reconattack.attacks.judged_lattice import judge_even_lattice
from reconattack.classifiers.opening import open_classifier
from reconattack.frames.frame import build_frame, unreadable_frame
from reconattack.pages.explorer.judgements import read_answers, read_lattices
from reconattack.storage import write_dataset

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
BOXES = {
    "beta": {"box": [0.5, 1.3]},
    "alpha_lower": {"box": [5, 15]},
    "alpha_upper": {"box": [50, 60]},
}
CLASSES = {"kind": "classes", "classes": ["S0", "S1", "S2"]}
NUMBER = {"kind": "number", "unit": "mm", "tolerance": 5}


def grades(images):
    """A model of three grades of the mean grey level."""
    return -np.abs(images.mean(axis=(1, 2))[:, np.newaxis] - [30, 60, 90]) / 20


def brightness(images):
    """A model that measures the mean grey level."""
    return images.mean(axis=(1, 2))


@pytest.fixture
def frames(convex_scanner):
    samples = np.random.default_rng(3).standard_normal((300, 24))
    broken = unreadable_frame("truncated", "s", "q")
    return {"plain": build_frame(samples, convex_scanner, "p", None, None), "broken": broken}


def judged(frames, name, decision, **settings):
    settings |= {"python": f"{__name__}:{name}", "decision": decision}
    model = open_classifier(settings, None, None)
    return judge_even_lattice(frames.items(), model, 3, BOXES, INITIAL, 40)


def test_classes_have_margins_decisions_and_shares(frames, tmp_path):
    lattice = judged(frames, "grades", CLASSES, output="logits")
    plain = lattice.sel(frame="plain")
    assert plain["grid_share"].shape == (3, 3, 3, 3)
    np.testing.assert_allclose(plain["grid_share"].sum("class"), 1, rtol=1e-6)
    assert (plain["grid_decided"] == plain["grid_share"].argmax("class")).all()
    initial = {f"grid_{name}": value for name, value in INITIAL.items()}
    kept = plain["grid_decided"] == plain["grid_decided"].sel(initial)
    assert ((plain["grid_margin"] >= 0) == kept).all()
    assert lattice.sel(frame="broken")["grid_share"].isnull().all()
    write_dataset(tmp_path / "lattice.nc", lattice, {})
    answers = dict(read_answers(tmp_path / "lattice.nc", {"plain"}))
    np.testing.assert_array_equal(answers["plain"]["shares"], plain["grid_share"])
    ((name, _, margins),) = read_lattices(tmp_path / "lattice.nc", {"plain", "broken"})
    assert name == "plain"
    np.testing.assert_array_equal(margins, plain["grid_margin"])


def test_numbers_have_their_distance_from_the_tolerance(frames, tmp_path):
    lattice = judged(frames, "brightness", NUMBER)
    plain = lattice.sel(frame="plain")
    assert "grid_share" not in lattice
    first = plain["grid_decided"].sel({f"grid_{name}": value for name, value in INITIAL.items()})
    expected = 5 - np.abs(plain["grid_decided"] - first)
    np.testing.assert_allclose(plain["grid_margin"], expected, atol=1e-4)
    write_dataset(tmp_path / "lattice.nc", lattice, {})
    ((_, answers),) = read_answers(tmp_path / "lattice.nc", {"plain"})
    assert list(answers) == ["decided"]
