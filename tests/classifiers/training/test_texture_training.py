import logging

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from reconattack.classifiers.backends.skops_files import save_model
from reconattack.classifiers.training.texture_training import TextureSettings, train_texture_model
from reconattack.classifiers.training.validation_patients import validation_rows
from reconattack.errors import InputError

COUNT = 80


def settings(texture, **changes):
    return TextureSettings(texture=texture, **({"validation_share": 0.25, "trees": 30} | changes))


@pytest.fixture(params=["svm", "forest"])
def texture(request):
    return request.param


@pytest.fixture
def cases():
    numbers = np.arange(COUNT)
    return pd.DataFrame(
        {
            "frame": [f"f{number}" for number in numbers],
            "patient": [f"p{number}" for number in numbers],
            "label": (numbers % 4 == 0).astype(int),
            "scanner": "a",
        }
    )


@pytest.fixture
def features(cases):
    """Two of six features differ by class, in units that are far apart."""
    features = np.random.default_rng(0).standard_normal((COUNT, 6))
    features[:, :2] += 2 * cases["label"].to_numpy()[:, np.newaxis]
    return features * [1e-4, 1, 1e4, 1, 1e4, 1]


def test_validation_patients_are_told_apart(texture, features, cases):
    _, history, validation = train_texture_model(features, cases, settings(texture), seed=3)
    kept = validation_rows(cases, 0.25, 3)
    assert validation["frame"].tolist() == cases.loc[kept, "frame"].tolist()
    assert list(validation) == [*cases.columns, "logit", "probability"]
    np.testing.assert_allclose(validation["probability"], expit(validation["logit"]))
    assert history.to_dict("list") == {"n_train": [60], "n_validation": [20]}
    assert roc_auc_score(validation["label"], validation["logit"]) > 0.9


def test_cut_off_of_one_half_finds_the_rare_class(texture, features, cases):
    """A quarter of the patients are fatty; the classes count the same."""
    _, _, validation = train_texture_model(features, cases, settings(texture), seed=3)
    right = (validation["logit"] > 0) == validation["label"]
    assert right.groupby(validation["label"]).mean().min() >= 0.8


def test_validation_labels_teach_a_forest_nothing_and_an_svm_its_scale(texture, features, cases):
    kept = validation_rows(cases, 0.25, 3)
    changed = features.copy()
    changed[kept] = 0
    _, _, one = train_texture_model(features, cases, settings(texture), seed=3)
    model, _, _ = train_texture_model(changed, cases, settings(texture), seed=3)
    if texture == "forest":
        found = model.predict_proba(features[kept])[:, 1]
        np.testing.assert_allclose(found, one["probability"])
    else:
        found = model[-1].estimators_[0].decision_function(model[0].transform(features[kept]))
        order = np.argsort(one["logit"].to_numpy())
        assert (np.diff(found[order]) >= 0).all()


def test_training_repeats_bit_for_bit(tmp_path, texture, features, cases):
    for number in range(2):
        model, _, validation = train_texture_model(features, cases, settings(texture), seed=3)
        save_model(model, tmp_path / f"{number}.skops")
        validation.to_csv(tmp_path / f"{number}.csv")
    for suffix in ("skops", "csv"):
        one, other = ((tmp_path / f"{number}.{suffix}").read_bytes() for number in range(2))
        assert one == other


def test_few_probabilities_of_a_forest_are_0_or_1(features, cases):
    _, _, validation = train_texture_model(features, cases, settings("forest", trees=100), seed=3)
    assert validation["logit"].abs().max() < 15
    assert validation["logit"].nunique() > len(validation) / 2


def test_an_svm_that_knows_nothing_is_not_turned_over(features, cases, caplog):
    """Its validation patients have the features of the other class."""
    kept = validation_rows(cases, 0.25, 3)
    swapped = features.copy()
    labels = cases["label"].to_numpy()
    swapped[kept, :2] += (2 - 4 * labels[kept, np.newaxis]) * [1e-4, 1]
    with caplog.at_level(logging.WARNING):
        model, _, validation = train_texture_model(swapped, cases, settings("svm"), seed=3)
    assert "ranks the 20 validation images no better than chance" in caplog.text
    scaled = model[0].transform(swapped[kept])
    np.testing.assert_array_equal(
        validation["logit"], model[-1].estimators_[0].decision_function(scaled)
    )


def test_one_class_alone_cannot_calibrate(features, cases):
    both = cases.assign(scanner=np.where(np.arange(COUNT) % 2, "a", "b"))
    both.loc[both["scanner"] == "b", "label"] = 1
    few = pd.concat([both[both["label"] == 0], both[both["label"] == 1][:2]], ignore_index=True)
    with pytest.raises(InputError, match="validation images have label 0; expected both labels"):
        train_texture_model(
            features[: len(few)], few, settings("svm", validation_share=0.1), seed=0
        )
