import keras
import numpy as np
import pytest

from reconattack.classifiers.training.batches import OutlinedBatches
from reconattack.classifiers.training.objectives.mask import DiceAndCrossEntropy, dices
from tests.classifiers.training.objectives.easy_cases import SETTINGS, square_cases, trained

SQUARE = {"kind": "mask", "structures": ["square"], "dice": 0.8}


def test_squares_that_are_easy_to_see_are_outlined(tmp_path):
    images, cases, masks = square_cases()
    network, _, validation, classifier = trained(
        tmp_path, images, cases, SQUARE, masks, network="unet", max_epochs=25, learning_rate=0.02
    )
    shown = np.rint(images).clip(0, 255).astype(np.uint8)
    answers = classifier.answers(shown)
    assert answers.shape == masks.shape[:3]
    assert answers.dtype == np.uint8
    assert dices(answers[..., None] > 0, masks > 0).mean() > 0.9
    logits = network.predict_on_batch(shown[..., None].astype(np.float32))["mask"]
    assert np.mean((logits[..., 0] >= 0) == answers) > 0.999
    assert validation["dice_square"].mean() > 0.9
    assert classifier.found["output"] == "logit"


def test_masks_move_with_their_images():
    masks = np.zeros((6, 16, 16, 2), np.float32)
    masks[:, 4:9, 5:11, 0] = 1
    masks[:, 10:, 1:3, 1] = 1
    images = 100 * masks[..., 0] + 30 * masks[..., 1]
    settings = SETTINGS.__class__(**(vars(SETTINGS) | {"shift": 0.3, "flip": True}))
    batches = OutlinedBatches(images, masks, settings, np.arange(6), np.ones(6), 3, 0)
    assert len(batches) == 2
    moved = 0
    for number in range(2):
        inputs, labels, weights = batches[number]
        assert inputs.shape == (3, 16, 16, 1)
        np.testing.assert_array_equal(inputs[..., 0], 100 * labels[..., 0] + 30 * labels[..., 1])
        moved += (labels != masks[:3]).any(axis=(1, 2, 3)).sum()
        np.testing.assert_array_equal(weights, [1, 1, 1])
    assert moved >= 3


def test_loss_by_hand():
    truth = np.array([[1.0, 0.0], [1.0, 0.0]]).reshape(1, 2, 2, 1)
    sure = 40 * (2 * truth - 1)
    loss = DiceAndCrossEntropy()
    assert float(loss(truth, keras.ops.convert_to_tensor(sure))) == pytest.approx(0, abs=1e-6)
    # Without a sign of either: probabilities of a half, Dice (2 * 1 + 1) / (2 + 2 + 1).
    unsure = float(loss(truth, keras.ops.zeros((1, 2, 2, 1))))
    assert unsure == pytest.approx(np.log(2) + 1 - 3 / 5, rel=1e-5)


def test_dice_of_each_structure():
    masks = np.zeros((2, 2, 2, 2), bool)
    truths = np.zeros((2, 2, 2, 2), bool)
    masks[0, 0, :, 0] = truths[0, :, 0, 0] = True
    masks[1, 0, 0, 1] = True
    np.testing.assert_allclose(dices(masks, truths), [[0.5, 1], [1, 0]])
