import logging

import numpy as np
import pytest
import skops.io
from scipy.special import expit
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import SelectKBest
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.naive_bayes import CategoricalNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from reconattack.classifiers.backends.skops_classifier import (
    SkopsClassifier,
    at_the_boundary,
    probes,
)
from reconattack.errors import InputError

SIZE = (6, 8)
LABELS = np.arange(40) % 2
SETTINGS = {"input_size": list(SIZE), "scaling": {"divide": 255}}


@pytest.fixture
def images():
    """Forty pictures; those of class 1 darken with depth."""
    random = np.random.default_rng(4)
    slope = np.linspace(60, -60, SIZE[0])[:, None] * LABELS[:, None, None]
    return np.clip(120 + slope + 20 * random.standard_normal((40, *SIZE)), 0, 255).astype(np.uint8)


@pytest.fixture
def dump(tmp_path, images):
    """Fit a model to pixels from 0 to 1 and write it."""

    def write(model, labels=LABELS):
        path = tmp_path / "model.skops"
        skops.io.dump(model.fit(images.reshape(40, -1) / np.float32(255), labels), path)
        return path

    return write


def features(images):
    return (images / np.float32(255)).reshape(len(images), -1)


def test_pipeline_says_what_scikit_learn_says(dump, images):
    model = make_pipeline(StandardScaler(), PCA(5, random_state=0), LogisticRegression())
    classifier = SkopsClassifier(dump(model), **SETTINGS)
    logits = classifier.answers(images)
    np.testing.assert_allclose(
        expit(logits), model.predict_proba(features(images))[:, 1], rtol=1e-4, atol=1e-7
    )
    np.testing.assert_allclose(logits, model.decision_function(features(images)), rtol=1e-3)
    assert ((logits > 0) == LABELS).all()
    assert classifier.found["model"] == "StandardScaler, PCA, LogisticRegression"


def test_features_are_rows_of_pixels(tmp_path, images):
    """Only the last pixel of the first row counts."""
    model = LogisticRegression().fit(features(images), LABELS)
    model.coef_ = np.zeros((1, 48))
    model.coef_[0, 7] = 3.0
    model.intercept_ = np.array([-1.0])
    skops.io.dump(model, tmp_path / "m.skops")
    picture = np.zeros((1, *SIZE), np.uint8)
    picture[0, 0, 7] = 255
    classifier = SkopsClassifier(tmp_path / "m.skops", **SETTINGS)
    np.testing.assert_allclose(classifier.answers(picture), [2], rtol=1e-5)


def test_decision_function_where_there_are_no_probabilities(dump, images):
    model = SVC()
    classifier = SkopsClassifier(dump(model), **SETTINGS)
    expected = model.decision_function(features(images))
    np.testing.assert_allclose(classifier.answers(images), expected, rtol=1e-5)
    assert classifier.found["output_from"] == "decision_function"


def test_declared_output_chooses_the_method(dump, images):
    path = dump(LogisticRegression())
    found = {
        output: SkopsClassifier(path, output=output, **SETTINGS).found["output_from"]
        for output in ("probability", "logit")
    }
    assert found == {"probability": "predict_proba", "logit": "decision_function"}
    with pytest.raises(InputError, match="a SVC has decision_function; expected predict_proba"):
        SkopsClassifier(dump(SVC()), output="probability", **SETTINGS)


LOGISTIC = LogisticRegression(max_iter=500)
MODELS = {  # docs/your-data.md lists them
    "linear models": LOGISTIC,
    "ridge": RidgeClassifier(),
    "stochastic gradient descent": SGDClassifier(loss="log_loss", random_state=0),
    "support vectors": SVC(),
    "linear support vectors": LinearSVC(),
    "discriminant analysis": LinearDiscriminantAnalysis(),
    "naive Bayes": GaussianNB(),
    "neighbours": KNeighborsClassifier(5, algorithm="brute"),
    "Gaussian process": GaussianProcessClassifier(1.0 * RBF() + WhiteKernel(), random_state=0),
    "perceptron": MLPClassifier((8,), random_state=0, max_iter=60),
    "perceptron by SGD": MLPClassifier((8,), solver="sgd", random_state=0, max_iter=30),
    "tree": DecisionTreeClassifier(max_depth=3, random_state=0),
    "forest": RandomForestClassifier(21, random_state=0, n_jobs=-1),
    "extra trees": ExtraTreesClassifier(21, random_state=0),
    "boosting": GradientBoostingClassifier(n_estimators=10, random_state=0),
    "boosting after a model": GradientBoostingClassifier(
        n_estimators=5, init=LOGISTIC, random_state=0
    ),
    "boosting of histograms": HistGradientBoostingClassifier(max_iter=10, min_samples_leaf=3),
    "adaptive boosting": AdaBoostClassifier(n_estimators=5, random_state=0),
    "bagging": BaggingClassifier(SVC(), 3, max_features=0.5, random_state=0),
    "calibrated by a sigmoid": CalibratedClassifierCV(SVC(), ensemble=False),
    "calibrated by steps": CalibratedClassifierCV(GaussianNB(), method="isotonic", cv=3),
    "calibrated forest": CalibratedClassifierCV(RandomForestClassifier(5, random_state=0), cv=3),
    "vote": VotingClassifier([("a", LOGISTIC), ("b", GaussianNB())], voting="soft"),
    "stack": StackingClassifier([("a", LOGISTIC), ("b", GaussianNB())], cv=3),
    "search": GridSearchCV(LOGISTIC, {"C": [0.1, 1]}, cv=3),
    "pipeline": make_pipeline(StandardScaler(), PCA(5, random_state=0), LOGISTIC),
    "pipeline to a forest": make_pipeline(
        SelectKBest(k=9), PolynomialFeatures(2), RandomForestClassifier(5, random_state=0)
    ),
    "function of NumPy": make_pipeline(FunctionTransformer(np.sqrt), LOGISTIC),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", MODELS)
def test_models_that_can_be_brought(dump, images, name):
    """Right is what the model itself says, and what its own `predict` decides."""
    model = clone(MODELS[name])
    classifier = SkopsClassifier(dump(model), **SETTINGS)
    logits = classifier.answers(images)
    pixels = features(images)
    if classifier.found["output_from"] == "predict_proba":
        expected = model.predict_proba(pixels)[:, 1]
        np.testing.assert_allclose(expit(logits), expected, rtol=1e-4, atol=1e-6)
    else:
        np.testing.assert_allclose(logits, model.decision_function(pixels), rtol=1e-4, atol=1e-6)
    clear = np.abs(logits) > 1e-6
    assert ((logits > 0) == model.predict(pixels))[clear].all()
    assert classifier.found["threshold"] is None


CUTOFFS = {
    "fixed": (FixedThresholdClassifier(LOGISTIC, threshold=0.8), 0.8),
    "fixed, of the first class": (
        FixedThresholdClassifier(LOGISTIC, threshold=0.8, pos_label=0),
        0.2,
    ),
    "fixed, of the decision function": (
        FixedThresholdClassifier(LOGISTIC, threshold=1.5, response_method="decision_function"),
        1.5,
    ),
    "tuned": (TunedThresholdClassifierCV(LOGISTIC, scoring="recall", cv=3), None),
    "in a pipeline": (
        make_pipeline(StandardScaler(), FixedThresholdClassifier(LOGISTIC, threshold=0.3)),
        0.3,
    ),
}


@pytest.mark.parametrize("case", CUTOFFS)
def test_threshold_of_a_model_is_kept(dump, images, caplog, case):
    """Its decisions are those of its own `predict`; the probability 0.5 is its threshold."""
    caplog.set_level(logging.INFO)
    model, threshold = CUTOFFS[case]
    classifier = SkopsClassifier(dump(clone(model)), **SETTINGS)
    fitted = clone(model).fit(features(images), LABELS)
    pictures = probes(SIZE).astype(np.uint8)
    own = fitted.predict(features(pictures))
    assert 0 < own.mean() < 1
    np.testing.assert_array_equal(classifier.answers(pictures) >= 0, own == 1)
    if threshold is not None:
        assert classifier.found["threshold"] == pytest.approx(threshold)
    assert classifier.found["unlike_its_own_decision"] == "0 of 300"
    assert "its own threshold" in caplog.text


def test_two_equal_probabilities_are_decided_as_by_the_model(dump, images):
    """Half of the trees vote for either class; `predict` takes the first one."""
    model = RandomForestClassifier(2, max_depth=1, random_state=0)
    classifier = SkopsClassifier(dump(model), **SETTINGS)
    pictures = probes(SIZE).astype(np.uint8)
    pixels = features(pictures)
    probabilities = model.predict_proba(pixels)[:, 1]
    votes = np.mean([tree.predict(pixels) for tree in model.estimators_], axis=0)
    assert ((votes == 0.5) | (probabilities == 0.5)).any()
    own = model.predict(pixels)
    np.testing.assert_array_equal(classifier.answers(pictures) >= 0, own == 1)
    swapped = SkopsClassifier(dump(model), classes=[1, 0], **SETTINGS)
    np.testing.assert_array_equal(swapped.answers(pictures) >= 0, own == 0)


def test_threshold_close_to_one_half_is_seen(dump, images):
    """On its own probes alone the model would decide as at 0.5."""
    model = clone(LOGISTIC)
    path = dump(model)
    classifier = SkopsClassifier(path, **SETTINGS)
    moved = at_the_boundary(probes(SIZE), lambda pictures: classifier.answers(pictures) > 0.01)
    logits = classifier.answers(moved)
    assert ((logits > 0) != (logits > 0.01)).sum() > 50


def test_threshold_moves_the_logits_by_its_own(dump, images):
    model = FixedThresholdClassifier(LOGISTIC, threshold=0.8)
    classifier = SkopsClassifier(dump(model), **SETTINGS)
    expected = model.decision_function(features(images)) - np.log(0.8 / 0.2)
    np.testing.assert_allclose(classifier.answers(images), expected, rtol=1e-4, atol=1e-4)
    with pytest.raises(InputError, match=r"predict_proba, to which its own threshold belongs"):
        SkopsClassifier(dump(model), output="logit", **SETTINGS)


@pytest.mark.filterwarnings("ignore")
def test_method_that_decides_as_the_model_does_comes_first(dump, images, caplog):
    """Calibrated probabilities of support vectors have another cut-off than their `predict`."""
    random = np.random.default_rng(1)
    labels = random.integers(0, 2, 40)  # so that the two differ
    path = dump(SVC(probability=True, random_state=0), labels)
    classifier = SkopsClassifier(path, **SETTINGS)
    assert classifier.found["output_from"] == "decision_function"
    assert "decides otherwise" not in caplog.text
    told = SkopsClassifier(path, output="probability", **SETTINGS)
    assert told.found["output_from"] == "predict_proba"
    count, _, _ = told.found["unlike_its_own_decision"].partition(" ")
    assert int(count) > 0
    assert f"predict decides otherwise than its predict_proba for {count} of 300" in caplog.text
    assert "the cut-off of the run (run.cutoff) is used" in caplog.text


@pytest.mark.parametrize(
    ("names", "declared"),
    [
        (["normal", "fatty"], ["normal", "fatty"]),
        (["benign", "malignant"], ["benign", "malignant"]),
        ([1, 2], [1, 2]),
        ([0, 1], [1, 0]),
    ],
)
@pytest.mark.parametrize("model", [LOGISTIC, LinearSVC()])
def test_classes_of_other_names(dump, images, names, declared, model):
    model = clone(model)
    path = dump(model, np.array(names)[LABELS])
    classifier = SkopsClassifier(path, classes=declared, **SETTINGS)
    own = model.predict(features(images)) == np.array(declared)[1]
    np.testing.assert_array_equal(classifier.answers(images) > 0, own)


def test_truth_values_are_0_and_1(dump, images):
    model = clone(LOGISTIC)
    classifier = SkopsClassifier(dump(model, LABELS == 1), **SETTINGS)
    np.testing.assert_array_equal(classifier.answers(images) > 0, model.predict(features(images)))


def test_model_without_scores_is_named_with_what_to_do(dump):
    model = VotingClassifier([("a", LOGISTIC), ("b", GaussianNB())])
    with pytest.raises(InputError, match=r"has no usable method; .*voting='soft'"):
        SkopsClassifier(dump(model), **SETTINGS)


def test_failure_of_a_model_passes_on_no_words_of_its_library(dump, images):
    """Categories that it has not seen are an index out of its table."""
    path = dump(CategoricalNB(), (images[:, 0, 0] > 100).astype(int))
    with pytest.raises(InputError, match=r"its predict failed for images of input_size \[6, 8\]"):
        SkopsClassifier(path, **SETTINGS)


def own_code(pixels):
    return pixels * 2


def test_code_of_ones_own_is_refused(dump):
    path = dump(make_pipeline(FunctionTransformer(own_code), LogisticRegression()))
    with pytest.raises(
        InputError, match=r"own_code, which are not trusted.*skl2onnx\.to_onnx.*python: package"
    ):
        SkopsClassifier(path, **SETTINGS)


def test_other_classes_than_0_and_1_are_asked_for(dump):
    with pytest.raises(InputError, match=r"found the classes 0, 1, 2; expected two"):
        SkopsClassifier(dump(LogisticRegression(), np.arange(40) % 3), **SETTINGS)
    path = dump(LogisticRegression(), np.where(LABELS, "fatty", "normal"))
    with pytest.raises(
        InputError, match=r"fatty, normal; expected 0 and 1: .* or classes: \[normal, fatty\]"
    ):
        SkopsClassifier(path, **SETTINGS)
    with pytest.raises(InputError, match=r"fatty, normal; the configuration declares no, yes"):
        SkopsClassifier(path, classes=["no", "yes"], **SETTINGS)


@pytest.mark.parametrize("model", [LinearRegression(), LogisticRegression()])
def test_what_is_no_fitted_classifier(tmp_path, dump, model):
    if isinstance(model, LinearRegression):
        path = dump(model)
    else:
        path = tmp_path / "unfitted.skops"
        skops.io.dump(model, path)
    with pytest.raises(InputError, match=r"found a L\w+Regression; expected a fitted classifier"):
        SkopsClassifier(path, **SETTINGS)


def test_size_that_does_not_fit_the_features(dump):
    with pytest.raises(InputError, match=r"takes 48 features, .* \[8, 8\] has 64 pixels"):
        SkopsClassifier(dump(LogisticRegression()), **SETTINGS | {"input_size": [8, 8]})


@pytest.mark.parametrize(
    ("missing", "said"), [("input_size", "input_size:"), ("scaling", "divide: 1")]
)
def test_what_has_to_be_declared(dump, missing, said):
    settings = {key: value for key, value in SETTINGS.items() if key != missing}
    with pytest.raises(InputError, match=f"nothing says which .*{said}"):
        SkopsClassifier(dump(LogisticRegression()), **settings)


def test_all_that_has_to_be_declared_is_named_at_once(dump):
    with pytest.raises(InputError, match=r"configuration input_size: .* Also: .* scaling: \{div"):
        SkopsClassifier(dump(LogisticRegression()))


@pytest.mark.parametrize("content", [b"", b"no model", b"PK\x03\x04cut short"])
def test_a_file_that_is_no_model_is_named(tmp_path, content):
    (tmp_path / "model.skops").write_bytes(content)
    with pytest.raises(InputError, match=r"model\.skops: cannot be read as skops"):
        SkopsClassifier(tmp_path / "model.skops", **SETTINGS)


def test_every_model_runs_on_one_thread(tmp_path, images):
    model = BaggingClassifier(LogisticRegression(), 3, random_state=0).fit(features(images), LABELS)
    skops.io.dump(model.set_params(n_jobs=2), tmp_path / "m.skops")
    assert SkopsClassifier(tmp_path / "m.skops", **SETTINGS)._model.n_jobs == 1
