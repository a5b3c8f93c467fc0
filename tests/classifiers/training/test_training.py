import dataclasses
import io
import itertools
import logging
from functools import partial
from types import SimpleNamespace

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from reconattack.classifiers.training import training
from reconattack.classifiers.training.augmentation import DrawnCases, SettingBox, image_picture
from reconattack.classifiers.training.batches import (
    ShuffledBatches,
    StillCases,
    augment,
    network_inputs,
    show_augmented,
)
from reconattack.classifiers.training.building import build_network
from reconattack.classifiers.training.precision import round_weights
from reconattack.classifiers.training.training import (
    TrainingSettings,
    WorstOfDrawn,
    drawn_once,
    train_network,
)
from reconattack.classifiers.training.validation_patients import class_weights, validation_rows
from reconattack.errors import InputError

TOY_SETTINGS = TrainingSettings(
    network="compact",
    dropout=0.2,
    learning_rate=0.02,
    momentum=0.9,
    batch_size=8,
    max_epochs=10,
    patience=10,
    validation_share=0.25,
    shift=0.1,
    flip=True,
)


def batches_of(shown, rows, labels, weights, settings, seed):
    show = partial(show_augmented, shown, settings)
    return ShuffledBatches(show, rows, labels, weights, settings.batch_size, seed)


class Scripted:
    """Stands for a random generator: gives what it is told to."""

    def __init__(self, uniform, *integers):
        self.uniform, self.left = uniform, list(integers)
        self.ranges = []

    def random(self):
        return self.uniform

    def integers(self, low, high):
        self.ranges.append((low, high))
        return self.left.pop(0)


@pytest.fixture
def picture():
    return np.arange(1, 21, dtype=np.float32).reshape(1, 4, 5)


def test_shift_brings_black_in(picture):
    down_right = augment(picture, 0.5, False, Scripted(0, 1, 2))[0]
    np.testing.assert_array_equal(
        down_right,
        [[0, 0, 0, 0, 0], [0, 0, 1, 2, 3], [0, 0, 6, 7, 8], [0, 0, 11, 12, 13]],
    )
    up_left = augment(picture, 0.5, False, Scripted(0, -2, -1))[0]
    np.testing.assert_array_equal(
        up_left, [[12, 13, 14, 15, 0], [17, 18, 19, 20, 0], [0] * 5, [0] * 5]
    )


def test_flip_mirrors_left_and_right_before_the_shift(picture):
    flipped = augment(picture, 0, True, Scripted(0.49, 0, 0))
    np.testing.assert_array_equal(flipped, picture[:, :, ::-1])
    np.testing.assert_array_equal(augment(picture, 0, True, Scripted(0.5, 0, 0)), picture)
    np.testing.assert_array_equal(augment(picture, 0, False, Scripted(0.1, 0, 0)), picture)
    moved = augment(picture, 0.4, True, Scripted(0, 0, 1))[0]
    np.testing.assert_array_equal(moved[0], [0, 5, 4, 3, 2])


def test_shift_is_drawn_from_both_directions_evenly(picture):
    random = Scripted(0, 0, 0)
    augment(picture, 0.45, False, random)
    assert random.ranges == [(-1, 2), (-2, 3)]  # 0.45 of 4 rows and of 5 columns, upper end out


def test_each_image_of_a_batch_is_augmented_on_its_own():
    images = np.tile(np.arange(100, dtype=np.float32).reshape(1, 10, 10), (64, 1, 1))
    augmented = augment(images, 0.2, True, np.random.default_rng(0))
    assert len(np.unique(augmented.reshape(64, -1), axis=0)) > 25  # of 2 * 5 * 5
    mirrored = (np.diff(augmented[:, 5], axis=1)[:, 3:6] == -1).all(axis=1).mean()
    assert 0.3 < mirrored < 0.7
    np.testing.assert_array_equal(images[0], np.arange(100).reshape(10, 10))


def test_images_of_one_case_move_together():
    images = np.random.default_rng(0).uniform(1, 255, (8, 3, 10, 10)).astype(np.float32)
    images[:, 1:] = images[:, :1] + 1
    shifted = augment(images, 0.3, True, np.random.default_rng(1))
    for case in shifted:
        np.testing.assert_array_equal(case[1:][case[1:] > 0], np.tile(case[0][case[0] > 0], 2) + 1)
    assert (shifted == 0).any()


def test_batches_hold_every_case_once_an_epoch_and_follow_seed_and_epoch():
    images = np.random.default_rng(0).uniform(0, 255, (21, 10, 10)).astype(np.float32)
    labels = np.arange(21, dtype=np.float32)

    def epochs(seed):
        shown, rows = StillCases(images), np.arange(21)
        batches = batches_of(shown, rows, labels, labels / 2, TOY_SETTINGS, seed)
        assert len(batches) == 3
        for _ in range(2):
            yield [batches[number] for number in range(3)]
            batches.on_epoch_end()

    first, second = epochs(seed=1)
    for epoch in (first, second):
        assert [len(batch[0]) for batch in epoch] == [8, 8, 5]
        assert epoch[0][0].shape == (8, 10, 10, 1)
        assert sorted(np.concatenate([batch[1] for batch in epoch])) == list(range(21))
        for _, of_batch, weights in epoch:
            np.testing.assert_array_equal(weights, of_batch / 2)
    assert (first[0][1] != second[0][1]).any()
    for one, same in zip(first + second, itertools.chain(*epochs(seed=1)), strict=True):
        for array, again in zip(one, same, strict=True):
            np.testing.assert_array_equal(array, again)
    assert (first[0][1] != next(epochs(seed=2))[0][1]).any()


def test_every_epoch_of_a_training_is_whole_and_its_own(trained):
    """Keras asks for some batches once more, before the first epoch, to see what they are."""
    epochs = len(trained.history)
    asked = np.array(trained.asked[-5 * epochs :]).reshape(epochs, 5, 2)
    np.testing.assert_array_equal(asked[..., 1], np.tile(np.arange(5), (epochs, 1)))
    assert (asked[..., 0] == asked[:, :1, 0]).all()
    assert len(np.unique(asked[:, 0, 0])) == epochs


def test_class_weights_by_hand():
    labels = np.array([1, 1, 1, 0, 0, 1], np.float32)
    training_rows = np.array([True, True, True, True, False, False])
    weights = class_weights(labels, training_rows)
    assert weights.dtype == np.float64
    np.testing.assert_allclose(weights, np.array([4 / 6, 4 / 6, 4 / 6, 2, 2, 4 / 6]), rtol=1e-6)
    assert weights[:3].sum() == pytest.approx(weights[3])


@pytest.fixture
def cohort():
    """60 patients, a third of them with three frames; scanner a has 40, a quarter fatty in all."""
    patients = [f"p{number}" for number in range(60)]
    rows = [
        {"patient": patient, "label": int(number % 4 == 0), "scanner": "a" if number < 40 else "b"}
        for number, patient in enumerate(patients)
        for _ in range(3 if number % 3 == 0 else 1)
    ]
    return pd.DataFrame(rows).sample(frac=1, random_state=0).reset_index(drop=True)


def test_validation_patients_are_stratified_and_whole(cohort):
    validating = validation_rows(cohort, 0.2, seed=4)
    groups = cohort.groupby("patient").first()
    chosen = groups.loc[cohort.loc[validating, "patient"].unique()]
    assert set(cohort.loc[validating, "patient"]).isdisjoint(cohort.loc[~validating, "patient"])
    assert chosen.groupby(["scanner", "label"]).size().to_dict() == {
        ("a", 0): 6,
        ("a", 1): 2,
        ("b", 0): 3,
        ("b", 1): 1,
    }


def test_validation_patients_follow_the_seed_not_the_rows(cohort):
    chosen = set(cohort.loc[validation_rows(cohort, 0.2, seed=4), "patient"])
    turned = cohort.iloc[::-1]
    assert set(turned.loc[validation_rows(turned, 0.2, seed=4), "patient"]) == chosen
    assert set(cohort.loc[validation_rows(cohort, 0.2, seed=5), "patient"]) != chosen


def test_a_lonely_patient_of_a_class_is_named(cohort):
    lonely = cohort[(cohort["scanner"] == "a") | (cohort["label"] == 0)]
    one = cohort[(cohort["scanner"] == "b") & (cohort["label"] == 1)].head(1)
    with pytest.raises(InputError, match="one patient only with label 1 of b"):
        validation_rows(pd.concat([lonely, one], ignore_index=True), 0.2, seed=0)


@pytest.mark.parametrize("kept", [slice(None), slice(2, 6)])
def test_patient_with_cases_of_both_classes_is_whole_and_in_no_class_alone(cohort, kept):
    """Each class of each scanner is learned from and validates, also if most patients have both."""
    both = cohort.groupby(["scanner", "label"]).head(6).copy()
    pure = both["patient"].isin(sorted(both["patient"].unique())[kept][:3])
    turned = both[~pure].assign(label=1 - both["label"])
    cases = pd.concat([both, turned], ignore_index=True)
    for seed in range(10):
        validating = validation_rows(cases, 0.4, seed=seed)
        assert set(cases.loc[validating, "patient"]).isdisjoint(cases.loc[~validating, "patient"])
        for part in (cases[validating], cases[~validating]):
            assert part.groupby(["scanner", "label"]).ngroups == 4


def test_one_patient_with_both_classes_stops_no_training(cohort):
    turned = cohort.groupby("patient").head(1).iloc[[0]].assign(label=lambda one: 1 - one["label"])
    cases = pd.concat([cohort, turned], ignore_index=True)
    assert validation_rows(cases, 0.2, seed=0).any()


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_too_few_patients_for_a_validation_share_are_named(cohort, share):
    few = cohort.groupby(["scanner", "label"]).head(3)
    with pytest.raises(InputError, match="validation_share") as error:
        validation_rows(few, share, seed=0)
    assert f"{share:g}" in str(error.value)
    assert "4" in str(error.value)  # classes of scanners


@pytest.fixture(scope="session")
def trained(toy):
    """A training on the toy cohort, with the batches that it asked for and what it logged."""
    asked, story = [], io.StringIO()
    original = ShuffledBatches.__getitem__

    def recording(self, batch):
        asked.append((self._epoch, batch))
        return original(self, batch)

    handler = logging.StreamHandler(story)
    training.log.addHandler(handler)
    training.log.setLevel(logging.INFO)
    keras.backend.clear_session()
    keras.utils.set_random_seed(3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ShuffledBatches, "__getitem__", recording)
        network, history, validation = train_network(*toy, TOY_SETTINGS, seed=3)
    training.log.removeHandler(handler)
    return SimpleNamespace(
        network=network,
        history=history,
        validation=validation,
        asked=asked,
        log=story.getvalue(),
        bits=[*network.get_weights(), history.to_numpy()],
    )


@pytest.fixture
def pure_noise(toy):
    """Labels that images say nothing of, and settings that learn them by heart."""
    images, cases = toy
    settings = dataclasses.replace(
        TOY_SETTINGS, dropout=0, shift=0, flip=False, learning_rate=0.05, max_epochs=30, patience=3
    )
    labels = np.random.default_rng(2).permutation(cases["label"].to_numpy())
    return images, cases.assign(label=labels), settings


def test_a_network_learns_what_is_easy_to_see(trained, toy):
    images, cases = toy
    scores = trained.network.predict_on_batch(images[..., None])["logit"][:, 0]
    assert roc_auc_score(cases["label"], scores) > 0.95
    assert roc_auc_score(trained.validation["label"], trained.validation["probability"]) > 0.95
    assert trained.history["epoch"].tolist() == list(range(len(trained.history)))
    assert {"loss", "val_loss", "auc", "val_auc"} < set(trained.history)
    assert (trained.history["n_train"] == 36).all()
    assert (trained.history["n_validation"] == 12).all()


def test_validation_table_holds_the_networks_own_outputs(trained, toy):
    images, cases = toy
    validating = validation_rows(cases, TOY_SETTINGS.validation_share, seed=3)
    assert trained.validation["frame"].tolist() == cases.loc[validating, "frame"].tolist()
    outputs = trained.network.predict_on_batch(images[validating, ..., None])
    for name in ("logit", "probability"):
        np.testing.assert_allclose(trained.validation[name], outputs[name][:, 0], rtol=1e-5)
    assert not trained.network.compiled


def test_a_small_network_is_trained_in_float64_and_rounded_once(seeded, trained, toy, monkeypatch):
    kept = []

    def keep_and_round(network):
        kept.extend(network.get_weights())
        round_weights(network)

    monkeypatch.setattr(training, "round_weights", keep_and_round)
    seeded(3)
    network, history, validation = train_network(*toy, TOY_SETTINGS, seed=3)
    assert {weights.dtype for weights in kept} == {np.dtype(np.float64)}
    assert any((weights != weights.astype(np.float32)).any() for weights in kept)
    for weights, rounded in zip(kept, network.get_weights(), strict=True):
        assert rounded.dtype == np.float32
        np.testing.assert_array_equal(rounded, weights.astype(np.float32))
    single = {*history.dtypes[["loss", "val_loss", "auc", "val_auc"]], validation["logit"].dtype}
    assert single == {np.dtype(np.float32)}
    assert keras.config.floatx() == keras.config.dtype_policy().name == "float32"


def test_a_precision_can_be_chosen(seeded, trained, toy):
    seeded(3)
    settings = dataclasses.replace(TOY_SETTINGS, precision="float32")
    network, history, _ = train_network(*toy, settings, seed=3)
    difference = np.abs(history["loss"] - trained.history["loss"]).max()
    assert 0 < difference < 0.5
    assert network.dtype == "float32"


def test_epochs_and_inference_mode_are_logged(trained):
    assert "epoch 0: " in trained.log
    assert "inference mode on the training images: AUC 1.000" in trained.log


def test_training_stops_early_and_the_best_weights_return(seeded, pure_noise):
    images, cases, settings = pure_noise
    _, history, validation = train_network(images, cases, settings, seed=3)
    best = history["val_loss"].min()
    assert history["val_loss"].iloc[-1] > best
    assert len(history) == history["val_loss"].idxmin() + 1 + settings.patience
    assert len(history) < settings.max_epochs
    assert _weighted_loss(validation, cases, settings) == pytest.approx(best, rel=1e-5)


def test_best_weights_return_where_the_epochs_run_out(seeded, pure_noise):
    images, cases, settings = pure_noise
    settings = dataclasses.replace(settings, max_epochs=10, patience=50)
    _, history, validation = train_network(images, cases, settings, seed=3)
    best = history["val_loss"].min()
    assert history["val_loss"].iloc[-1] > best
    assert len(history) == 10
    assert _weighted_loss(validation, cases, settings) == pytest.approx(best, rel=1e-5)


def _weighted_loss(validation, cases, settings):
    weights = class_weights(
        cases["label"].to_numpy(np.float32),
        ~validation_rows(cases, settings.validation_share, seed=3),
    )[validation.index]
    signs = np.where(validation["label"] == 1, -1, 1)
    return np.mean(weights * np.logaddexp(0, signs * validation["logit"]))


def test_loss_of_the_first_epoch_is_weighted_cross_entropy(seeded, toy):
    """One batch, no learning, no augmentation, no dropout: the loss can be formed by hand."""
    images, cases = toy
    cases = cases.assign(label=(np.arange(48) % 4 == 0).astype(int))
    still = dataclasses.replace(
        TOY_SETTINGS,
        learning_rate=1e-12,
        batch_size=48,
        max_epochs=1,
        dropout=0,
        shift=0,
        flip=False,
    )
    network, history, _ = train_network(images, cases, still, seed=3)
    validating = validation_rows(cases, still.validation_share, seed=3)
    labels = cases["label"].to_numpy()[~validating]
    logits = network.predict_on_batch(images[~validating, ..., None])["logit"][:, 0]
    counts = np.bincount(labels)
    weights = len(labels) / (2 * counts[labels])
    by_hand = np.mean(weights * np.logaddexp(0, np.where(labels == 1, -logits, logits)))
    assert history["loss"][0] == pytest.approx(by_hand, rel=1e-5)


def test_training_and_inference_mode_agree_without_dropout(seeded, toy):
    network = build_network("compact", (32, 32), dropout=0)
    images = toy[0][..., None]
    np.testing.assert_array_equal(
        network(images, training=True)["logit"], network(images, training=False)["logit"]
    )


def test_training_repeats_bit_for_bit(seeded, trained, toy):
    seeded(3)
    network, history, _ = train_network(*toy, TOY_SETTINGS, seed=3)
    for array, again in zip(
        trained.bits, [*network.get_weights(), history.to_numpy()], strict=True
    ):
        np.testing.assert_array_equal(array, again)


def test_training_follows_its_seed(seeded, trained, toy):
    seeded(3)
    network, _, _ = train_network(*toy, TOY_SETTINGS, seed=4)
    pairs = zip(trained.bits, network.get_weights(), strict=False)
    assert any((array != other).any() for array, other in pairs)


# Training on differently reconstructed images

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
TOLD = np.tile(np.float32(list(INITIAL.values())), (48, 1))


@pytest.fixture(scope="session")
def drawing(toy):
    """The toy cohort at settings drawn from the paper's box: drawing(worst_of, tells)."""
    pictures = [image_picture(image, INITIAL, 0.15, 2.5e6) for image in toy[0]]

    def cases(worst_of=1, tells=False):
        return DrawnCases(pictures, SettingBox((0.5, 5, 50), (1.3, 15, 60), worst_of), tells)

    return cases


def test_training_that_diverges_is_named(seeded, toy):
    settings = dataclasses.replace(TOY_SETTINGS, learning_rate=1e30, max_epochs=1)
    with pytest.raises(InputError, match=r"compact diverged: .* lower learning_rate than 1e\+30"):
        train_network(*toy, settings, seed=0)


def test_whole_numbers_are_rates_too(seeded, toy):
    """As YAML gives them; Keras insists on floats."""
    train_network(
        *toy, dataclasses.replace(TOY_SETTINGS, learning_rate=1, momentum=0, max_epochs=1), 3
    )


def still(**changes):
    """Settings under which nothing but the drawn settings moves, and the network does not learn."""
    quiet = {"learning_rate": 1e-12, "dropout": 0, "shift": 0, "flip": False, "max_epochs": 1}
    return dataclasses.replace(TOY_SETTINGS, **quiet | changes)


def losses(logits, labels):
    return np.logaddexp(0, np.where(labels > 0, -logits, logits))


def test_every_epoch_has_its_own_settings_inside_the_box(drawing, toy):
    labels = toy[1]["label"].to_numpy(np.float32)

    def epochs(seed):
        shown = drawing(worst_of=2, tells=True)
        batches = batches_of(shown, np.arange(48), labels, labels, TOY_SETTINGS, seed)
        for _ in range(2):
            yield [batches[number] for number in range(6)]
            batches.on_epoch_end()

    told = np.array([[batch[0][1] for batch in epoch] for epoch in epochs(1)])
    assert told.shape == (2, 6, 8, 2, 3)
    assert (told >= np.float32([0.5, 5, 50])).all()
    assert (told <= np.float32([1.3, 15, 60])).all()
    assert len(np.unique(told[..., 0])) == 2 * 48 * 2
    again = np.array([[batch[0][1] for batch in epoch] for epoch in epochs(1)])
    np.testing.assert_array_equal(told, again)
    other = np.array([[batch[0][1] for batch in epoch] for epoch in epochs(2)])
    assert (told != other).all()


@pytest.mark.parametrize("tells", [False, True])
def test_the_setting_of_the_highest_loss_is_chosen(seeded, drawing, toy, tells):
    network = build_network(
        "compact", (32, 32), 0.5, takes="image+parameters" if tells else "image"
    )
    trainee = WorstOfDrawn(network.input, network.output["logit"])
    rows, labels = np.arange(12), toy[1]["label"].to_numpy(np.float32)[:12]
    images, *told = drawing(4, tells)(rows, np.random.default_rng(0))
    chosen = trainee.worst(network_inputs(images, *told), labels)
    logits = np.stack(
        [
            network(network_inputs(images[:, n], *(t[:, n] for t in told)), training=False)["logit"]
            for n in range(4)
        ]
    )[..., 0]
    highest = losses(logits, labels).argmax(axis=0)
    assert len(set(highest.tolist())) > 1
    for array, drawn in zip(chosen if tells else [chosen], (images, *told), strict=True):
        expected = drawn[rows, highest]
        np.testing.assert_array_equal(np.reshape(array, expected.shape), expected)


@pytest.mark.parametrize("worst_of", [1, 3])
def test_a_step_trains_on_the_worst_of_what_is_drawn(seeded, drawing, toy, worst_of):
    """One batch and no learning: the loss of the first epoch can be formed by hand."""
    images, cases = toy
    drawn, settings = drawing(worst_of), still(batch_size=48)
    network, history, _ = train_network(images, cases, settings, seed=3, drawn=drawn)
    rows = np.flatnonzero(~validation_rows(cases, settings.validation_share, seed=3))
    labels = cases["label"].to_numpy(np.float32)
    weights = np.ones(48, np.float32)
    batches = batches_of(drawn, rows, labels, weights, settings, seed=3)
    batches.on_epoch_end()  # Keras ends an epoch of its own before the first
    inputs, of_batch, _ = batches[0]
    flat = inputs.reshape(-1, 32, 32, 1)
    logits = network.predict_on_batch(flat)["logit"].reshape(len(rows), worst_of)
    by_hand = losses(logits, of_batch[:, np.newaxis]).max(axis=1).mean()
    assert history["loss"][0] == pytest.approx(by_hand, rel=1e-5)


def test_settings_drawn_once_stop_the_training_and_the_initial_one_is_tabulated(
    seeded, drawing, toy
):
    images, cases = toy
    drawn, settings = drawing(2, tells=True), still(takes="image+parameters", max_epochs=2)
    network, history, validation = train_network(images, cases, settings, 3, TOLD, drawn)
    rows = np.flatnonzero(validation_rows(cases, settings.validation_share, seed=3))
    shown, told = drawn_once(drawn, rows, seed=3)
    assert shown.shape == (12, 32, 32)
    assert len(np.unique(told[:, 0])) == 12
    logits = network.predict_on_batch((shown[..., None], told))["logit"][:, 0]
    by_hand = losses(logits, cases["label"].to_numpy()[rows]).mean()
    np.testing.assert_allclose(history["val_loss"], by_hand, rtol=1e-5)
    initial = network.predict_on_batch((images[rows, ..., None], TOLD[rows]))["logit"][:, 0]
    np.testing.assert_allclose(validation["logit"], initial, rtol=1e-5)
    assert np.abs(initial - logits).max() > 1e-3


@pytest.mark.parametrize(("worst_of", "tells"), [(1, False), (2, True)])
def test_drawn_training_learns_and_repeats_bit_for_bit(seeded, drawing, toy, worst_of, tells):
    settings = dataclasses.replace(
        TOY_SETTINGS, takes="image+parameters" if tells else "image", max_epochs=6
    )

    def bits():
        seeded(3)
        told = TOLD if tells else None
        network, history, validation = train_network(
            *toy, settings, seed=3, parameters=told, drawn=drawing(worst_of, tells)
        )
        assert roc_auc_score(validation["label"], validation["logit"]) > 0.9
        return [*network.get_weights(), history.to_numpy()]

    for array, again in zip(bits(), bits(), strict=True):
        np.testing.assert_array_equal(array, again)
