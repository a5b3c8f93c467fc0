"""Training of classifiers on texture features; it repeats bit for bit."""

import logging
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.ensemble import RandomForestClassifier, StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from reconattack.classifiers.backends.texture_classifier import texture_output, texture_scores
from reconattack.classifiers.training.validation_patients import validation_rows
from reconattack.errors import InputError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TextureSettings:
    """A texture classifier and its training, as the configuration defines them.

    Attributes
    ----------
    texture
        `svm` (Gaussian kernel) or `forest` (random forest).
    validation_share
        Share of the training patients that are held out for validation: they calibrate an SVM and
        set the validation cut-off.
    penalty
        C of the SVM.
    trees
        Number of trees in the forest: with more trees its probability has finer steps.
    min_leaf
        Smallest number of training images in a leaf, so that few probabilities are 0 or 1.
    """

    texture: str
    validation_share: float
    penalty: float = 1.0
    trees: int = 300
    min_leaf: int = 5


def train_texture_model(
    features: np.ndarray, cases: pd.DataFrame, settings: TextureSettings, seed: int
) -> tuple[Pipeline, pd.DataFrame, pd.DataFrame]:
    """Train a pipeline on standardised features, with balanced class weights.

    Parameters
    ----------
    features
        float64 (n, feature), from `reconattack.classifiers.texture_features`.
    cases
        A row per image: `frame`, `patient`, `label` (0 or 1), `scanner`.
    settings
        The classifier and its training.
    seed
        Seed of the validation split and of the forest.

    Returns
    -------
    model
        An SVM with `decision_function`, a logit, or a forest with `predict_proba`.
    history
        One row: numbers of images, `n_train` and `n_validation`.
    validation
        The validation rows of `cases` with the model's `logit` and `probability`.
    """
    validating = validation_rows(cases, settings.validation_share, seed)
    labels = cases["label"].to_numpy(int)
    scaler = StandardScaler().fit(features[~validating])
    scaled = scaler.transform(features)
    training = scaled[~validating], labels[~validating]
    if settings.texture == "forest":
        classifier = fit_forest(*training, settings, seed)
    else:
        svm = SVC(C=settings.penalty, class_weight="balanced").fit(*training)
        classifier = calibrated(svm, scaled[validating], labels[validating])
    model = Pipeline([("scaler", scaler), ("classifier", classifier)])
    logits, _ = texture_output(model).answers(texture_scores(model, features))
    log.info(
        "on the training images: AUC %.3f, accuracy %.3f",
        roc_auc_score(labels[~validating], logits[~validating]),
        np.mean((logits > 0) == labels, where=~validating),
    )
    history = pd.DataFrame({"n_train": [(~validating).sum()], "n_validation": [validating.sum()]})
    validation = cases[validating].assign(
        logit=logits[validating], probability=expit(logits[validating])
    )
    return model, history, validation


def fit_forest(
    features: np.ndarray, labels: np.ndarray, settings: TextureSettings, seed: int
) -> RandomForestClassifier:
    """Fit a random forest to features (n, feature) and labels (n,)."""
    return RandomForestClassifier(
        settings.trees,
        min_samples_leaf=settings.min_leaf,
        class_weight="balanced",
        random_state=seed,
    ).fit(features, labels)


def calibrated(svm: SVC, features: np.ndarray, labels: np.ndarray) -> StackingClassifier:
    """Calibrate an SVM by logistic regression, so that its decision function is a logit.

    Parameters
    ----------
    svm
        A trained SVM.
    features, labels
        Features (n, feature) and labels (n,) of images that the SVM was not trained on.

    Returns
    -------
    sklearn.ensemble.StackingClassifier
        Its `decision_function` is the logit. If the SVM ranks these images no better than chance,
        it is the decision function of the SVM, unchanged, with a warning.

    Raises
    ------
    InputError
        If all labels are the same.
    """
    if len(np.unique(labels)) < 2:
        raise InputError(
            f"all {len(labels)} validation images have label {labels[0]}; expected both labels, to "
            "calibrate the SVM by: raise validation_share"
        )
    model = StackingClassifier(
        [("svm", svm)],
        LogisticRegression(class_weight="balanced"),
        cv="prefit",
        stack_method="decision_function",
    ).fit(features, labels)
    model.named_estimators_ = dict(model.named_estimators_)  # skops trusts a dict
    logistic = model.final_estimator_
    slope, offset = logistic.coef_.item(), logistic.intercept_.item()
    if slope > 0:
        log.info("the logit is %.4f times the decision function plus %.4f", slope, offset)
        return model
    log.warning(
        "the SVM ranks the %d validation images no better than chance: its decision function "
        "stands as it is for the logit",
        len(labels),
    )
    logistic.coef_, logistic.intercept_ = np.ones((1, 1)), np.zeros(1)
    return model
