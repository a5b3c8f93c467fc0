"""Attacks on masks that are compared with given ones: of constructed pictures and RF frames."""

import numpy as np
import pytest
from scipy.ndimage import binary_dilation, binary_erosion

import reconattack as ra
from reconattack.attacks.judged_lattice import judge_even_lattice
from reconattack.classifiers.decisions.mask import GivenMask, Mask
from reconattack.classifiers.network_input import network_input
from reconattack.classifiers.prediction import predict_frames
from reconattack.classifiers.resize.places import pixel_centres
from reconattack.errors import InputError
from reconattack.frames.frame import build_frame
from reconattack.frames.given_mask import with_mask
from reconattack.simulation.outlines import ORGANS, simulated_outlines
from tests.attacks.test_decisions import INITIAL, METHODS, WINDOW, outline, picture

GIVEN = {"kind": "mask", "structures": ["liver"], "truth": "mask"}
TWO = GIVEN | {"structures": ["liver", "kidney"]}


@pytest.fixture
def box():
    return ra.box(INITIAL, **WINDOW)


def masked(bands, marked):
    """A picture of bands of grey levels, of which some are marked, 40 rows in all."""
    frame = picture(*bands)
    mask = np.repeat(np.array(marked, np.uint8), 40 // len(bands))
    return with_mask(frame, np.repeat(mask[:, np.newaxis], 50, axis=1))


# Dice of the bright bands with the marked ones: of four the third is bright at some settings.


@pytest.mark.parametrize("method", ["corners", "minimal", "grid"])
def test_flip_is_told_from_the_given_mask(box, method):
    frame = masked((20, 40, 120, 200), (0, 0, 1, 1))
    for dice, is_attacked, expected in ((0.7, False, False), (0.6, True, False)):
        model = ra.open_model(outline, decision=GIVEN | {"dice": dice}, rows=40)
        result = ra.attack(frame, model, box, method=method, **METHODS[method])
        assert (result.attacked, result.flipped) == (is_attacked, expected)
        assert result.decision_initial == pytest.approx(2 / 3)
        assert result.margin_initial == pytest.approx(2 / 3 - dice)
    own = ra.open_model(outline, decision=GIVEN | {"dice": 0.6, "truth": None}, rows=40)
    assert ra.attack(frame, own, box, method=method, **METHODS[method]).decision_initial == 1


def test_attack_lowers_the_dice_with_the_given_mask(box):
    """At the start the last band alone is bright, Dice 2 / 3; then the third too, Dice 2 / 4."""
    frame = masked((20, 40, 120, 200), (1, 0, 0, 1))
    model = ra.open_model(outline, decision=GIVEN | {"dice": 0.6}, rows=40)
    result = ra.attack(frame, model, box, method="corners", max_queries=50)
    assert (result.attacked, result.flipped) == (True, True)
    assert result.decision_initial == pytest.approx(2 / 3)
    assert result.decision_final == pytest.approx(0.5)
    assert result.margin_final == pytest.approx(-0.1)
    assert float(result.record["truth"]) == 1
    assert float(result.record["sure_flip"]) == 1
    lattice = judge_even_lattice(
        [("f", frame)], model.judge, 3, {k: {"box": v} for k, v in WINDOW.items()}, INITIAL, 40
    )
    assert float(lattice["grid_decided"].max()) == pytest.approx(2 / 3)
    assert float(lattice["grid_decided"].min()) == pytest.approx(0.5)


def test_frame_without_a_given_mask_is_compared_with_its_own(box):
    model = ra.open_model(outline, decision=GIVEN | {"dice": 0.6}, rows=40)
    result = ra.attack(picture(20, 40, 120, 200), model, box, method="corners", max_queries=9)
    assert result.decision_initial == 1
    assert np.isnan(float(result.record["truth"]))


def test_predictions_have_the_dice_with_the_given_mask():
    model = ra.open_model(outline, decision=GIVEN | {"dice": 0.6}, rows=40)
    frames = {"given": masked((20, 200), (1, 1)), "own": picture(20, 200)}
    network = {"model": "m", "seed": "0", "fold": "all"}
    table = predict_frames(frames.items(), [network], [model.judge], {}, INITIAL, 40, 0.5)
    given, own = table.to_dict("records")
    assert (given["label"], given["predicted"]) == (1, pytest.approx(2 / 3))
    assert np.isnan(own["label"]) and own["predicted"] == 1


def test_mask_that_does_not_fit_the_structures_is_told(box):
    frame = masked((20, 200), (0, 3)).assign_attrs(name="left")
    model = ra.open_model(
        lambda images: np.zeros((*images.shape, 2)), decision=TWO | {"dice": 0.5}, rows=40
    )
    with pytest.raises(InputError, match="mask of frame left: found the value 3, which no"):
        ra.attack(frame, model, box, method="corners", max_queries=5)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"truth": "label"}, "decision.truth is 'label'; expected mask, or no such key"),
        ({"truth": None, "labels": {"liver": 1}}, "labels say .* expected truth: mask with them"),
        ({"labels": {"kidney": 1}}, "decision.labels are kidney: 1; expected a value of its own"),
        ({"labels": {"liver": 1, "kidney": 1}}, "expected a value of its own from 1 to 65535"),
        ({"labels": {"liver": 0}}, "decision.labels are liver: 0; expected a value of its own"),
    ],
)
def test_declaration_that_contradicts_itself_is_told(changes, found):
    with pytest.raises(InputError, match=found):
        ra.open_model(outline, decision=GIVEN | {"dice": 0.5} | changes, rows=40)


# Where a given mask lies in a model's output


RULES = [
    None,
    {"library": "pillow", "kernel": "bilinear"},
    {"library": "pillow", "kernel": "bilinear", "aspect": "pad"},
    {"library": "pillow", "kernel": "bilinear", "aspect": "crop"},
    {"library": "torchvision", "kernel": "bilinear", "antialias": True, "aspect": "crop"}
    | {"crop": [40, 40]},
    {"library": "cv2", "kernel": "area", "aspect": "pad"},
    {"library": "tf_image", "kernel": "bilinear", "aspect": "crop"},
]


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("rule", RULES)
def test_mask_is_brought_to_the_output_as_the_image_is(rule, scale):
    """A bright disc of an image is where its mask is, up to the pixels at its edge."""
    rows, columns = 120, 180

    def disc(step):
        z, x = (step * (np.arange(side // step) + 0.5) for side in (rows, columns))
        return np.hypot(z[:, np.newaxis] - 50, x - 100) < 30

    resize = rule and network_input(32, 32, rule)
    image = 255 * disc(1)[np.newaxis].astype(np.uint8)
    seen = (image if resize is None else resize(image))[0] / 255
    height, width = (side // scale for side in seen.shape)
    expected = seen.reshape(height, scale, width, scale).mean(axis=(1, 3)) >= 0.5
    placed = GivenMask("f", disc(2).astype(np.uint8), (rows, columns), resize).at((height, width))
    assert placed.sum() > 15
    edge = binary_dilation(expected) & ~binary_erosion(expected)
    assert (placed != expected)[~edge].sum() == 0
    assert (placed != expected).sum() <= 0.25 * edge.sum()
    shift = np.argwhere(placed).mean(axis=0) - np.argwhere(expected).mean(axis=0)
    assert np.abs(shift).max() < 0.2


def test_bars_of_the_input_hold_no_mask():
    resize = network_input(30, 30, RULES[2])
    placed = GivenMask("f", np.ones((10, 20), np.uint8), (10, 20), resize).at((30, 30))
    np.testing.assert_array_equal(placed == 0, resize.bars((10, 20)))
    down, across = pixel_centres(resize, (10, 20), (30, 30))
    assert down[0] < 0 and down[-1] > 10
    assert (across[0], across[-1]) == (pytest.approx(1 / 3), pytest.approx(20 - 1 / 3))


def test_structure_that_a_coarse_output_loses_is_told():
    numbers = np.zeros((100, 100), np.uint8)
    numbers[:50] = 1
    numbers[3, 3] = 2
    given = GivenMask("left", numbers, (100, 100), None)
    with pytest.raises(InputError, match=r"of frame left marks structure 2 at no pixel .* 8 x 8"):
        given.at((8, 8))


def test_mask_of_an_rf_frame_lies_in_its_picture(scanner):
    """A bright square of samples is where a mask says that it is, drawn on the picture."""
    samples = np.random.default_rng(1).standard_normal((900, 128))
    samples[300:500, 40:80] *= 100
    frame = build_frame(samples, scanner, "p")
    setting = {"beta": 0.0, "alpha_lower": 35.0, "alpha_upper": 60.0}
    drawn = ra.reconstruct(frame, setting, 200)
    model = ra.open_model(outline, decision=GIVEN | {"dice": 0.5}, rows=200)
    answer = model.answer(frame, setting)
    marked = with_mask(frame, (drawn["bmode"].values >= 128).astype(np.uint8))
    truth = model.decision.truth_in(marked, 200, model.judge.network_input)
    np.testing.assert_array_equal(truth.at(answer.shape), answer)
    shifted = with_mask(frame, np.roll(marked["mask"].values, 20, axis=0))
    truth = model.decision.truth_in(shifted, 200, model.judge.network_input)
    np.testing.assert_array_equal(truth.at(answer.shape), np.roll(answer, 20, axis=0))


def test_simulated_frame_has_the_mask_of_its_own_organs():
    frame = ra.simulate_frame("p7", lines=48, mask=True)
    assert "mask" not in ra.simulate_frame("p7", lines=48)
    outlines = dict(zip(ORGANS, simulated_outlines(frame, ORGANS, 400), strict=True))
    for structures in (("kidney",), ("kidney", "liver")):
        decision = Mask(structures, 0.5, "mask")
        numbers = decision.truth_in(frame, 400, None).numbers
        for number, name in enumerate(structures, start=1):
            np.testing.assert_array_equal(numbers == number, outlines[name])
    with pytest.raises(InputError, match="it has no structure spleen; expected some of liver, kid"):
        Mask(("spleen",), 0.5, "mask").truth_in(frame, 400, None)
