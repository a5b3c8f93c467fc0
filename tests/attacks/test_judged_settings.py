import numpy as np
import pytest

from reconattack.attacks.judged_settings import judge_drawn_settings
from reconattack.classifiers.opening import open_classifier
from reconattack.frames.frame import build_frame, unreadable_frame
from reconattack.frames.given_mask import image_shape, with_mask
from reconattack.reconstruction.drawing import reconstruct

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
SETTINGS = {
    "settings": 4,
    "deviation": 0.5,
    "parameters": {
        "beta": {"box": [0.5, 1.3], "sweep": 3},
        "alpha_upper": {"box": [50, 60], "sweep": 2},
    },
}
GRADES = {"kind": "classes", "classes": ["S0", "S1", "S2"], "truth": "label"}
NUMBER = {"kind": "number", "unit": "mm", "tolerance": 5}
MASK = {"kind": "mask", "structures": ["bright"], "dice": 0.5, "truth": "mask"}
ROWS = 40


def grades(images):
    """A model of three grades of the mean grey level."""
    return -np.abs(images.mean(axis=(1, 2))[:, np.newaxis] - [90, 100, 110]) / 20


def brightness(images):
    """A model that measures the mean grey level."""
    return images.mean(axis=(1, 2))


def bright(images):
    """A model that outlines what is bright."""
    return (images > 90).astype(float)


@pytest.fixture
def frames(convex_scanner):
    def frame(seed, label):
        samples = np.random.default_rng(seed).standard_normal((300, 24))
        return build_frame(samples, convex_scanner, "p", label)

    given = frame(4, 0)
    mask = np.ones(image_shape(given, ROWS), np.uint8)
    broken = unreadable_frame("truncated", "s", "q")
    return {"plain": frame(3, 2), "broken": broken, "given": with_mask(given, mask)}


def judged(frames, name, decision, **settings):
    settings |= {"python": f"{__name__}:{name}", "decision": decision}
    model = open_classifier(settings, None, None)
    return judge_drawn_settings(frames.items(), model, SETTINGS, INITIAL, ROWS)


def image_at(frame, setting):
    values = INITIAL | {name: float(setting[name]) for name in ("beta", "alpha_upper")}
    return reconstruct(frame, values, ROWS)["bmode"].values[np.newaxis]


def test_number_at_each_setting(frames):
    found = judged(frames, "brightness", NUMBER)
    assert found.attrs["decision"] == "number" and found.attrs["unit"] == "mm"
    assert found["decided"].shape == (3, 1 + 2 * 4 + 3 + 2)
    assert found["decided"].sel(frame="broken").isnull().all()
    plain = found.isel(frame=0)
    for number in range(plain.sizes["setting"]):
        one = plain.isel(setting=number)
        assert float(one["decided"]) == brightness(image_at(frames["plain"], one))[0]
    expected = 5 - np.abs(plain["decided"] - plain["decided"][0])
    np.testing.assert_allclose(plain["margin"], expected)


def test_own_class_is_the_reference_and_the_true_one_is_kept(frames):
    found = judged(frames, "grades", GRADES, output="logits")
    assert found["truth"].values[[0, 2]].tolist() == [2, 0]
    plain = found.isel(frame=0)
    assert ((plain["margin"] >= 0) == (plain["decided"] == plain["decided"][0])).all()
    assert plain["decided"].max() > plain["decided"].min()


def test_mask_is_compared_with_the_given_one(frames):
    found = judged(frames, "bright", MASK)
    plain, given = found.isel(frame=0), found.isel(frame=2)
    assert np.isnan(plain["truth"]) and given["truth"] == 1
    assert float(plain["decided"][0]) == 1
    share = bright(image_at(frames["given"], given.isel(setting=0))).mean()
    assert float(given["decided"][0]) == pytest.approx(2 * share / (1 + share))
    np.testing.assert_allclose(found["margin"], found["decided"] - 0.5)
