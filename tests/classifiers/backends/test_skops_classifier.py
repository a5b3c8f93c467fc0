import numpy as np
import pytest
import skops.io
from scipy.special import expit
from sklearn.decomposition import PCA
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from reconattack.classifiers.backends.skops_classifier import SkopsClassifier
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
    logits = classifier.logits(images)
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
    np.testing.assert_allclose(classifier.logits(picture), [2], rtol=1e-5)


def test_decision_function_where_there_are_no_probabilities(dump, images):
    model = SVC()
    classifier = SkopsClassifier(dump(model), **SETTINGS)
    expected = model.decision_function(features(images))
    np.testing.assert_allclose(classifier.logits(images), expected, rtol=1e-5)
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


def test_types_that_skops_does_not_trust_are_listed(dump):
    """A forest holds compiled trees, whose memory a file could set at will."""
    path = dump(RandomForestClassifier(3, random_state=0))
    with pytest.raises(
        InputError, match=r"model\.skops: found the types sklearn\.tree\._tree\.Tree"
    ):
        SkopsClassifier(path, **SETTINGS)


def own_code(pixels):
    return pixels * 2


def test_code_of_ones_own_is_refused(dump):
    path = dump(make_pipeline(FunctionTransformer(own_code), LogisticRegression()))
    with pytest.raises(InputError, match=r"own_code, which skops does not trust.*python: package"):
        SkopsClassifier(path, **SETTINGS)


@pytest.mark.parametrize("labels", [np.arange(40) % 3, np.where(np.arange(40) % 2, 2, 1)])
def test_other_classes_than_0_and_1(dump, labels):
    found = ", ".join(map(str, np.unique(labels)))
    with pytest.raises(
        InputError, match=rf"found the classes {found}; expected 0 \(normal\) and 1"
    ):
        SkopsClassifier(dump(LogisticRegression(), labels), **SETTINGS)


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


@pytest.mark.parametrize("content", [b"", b"no model", b"PK\x03\x04cut short"])
def test_a_file_that_is_no_model_is_named(tmp_path, content):
    (tmp_path / "model.skops").write_bytes(content)
    with pytest.raises(InputError, match=r"model\.skops: cannot be read as skops"):
        SkopsClassifier(tmp_path / "model.skops", **SETTINGS)


def test_every_model_runs_on_one_thread(tmp_path, images):
    model = BaggingClassifier(LogisticRegression(), 3, random_state=0).fit(features(images), LABELS)
    skops.io.dump(model.set_params(n_jobs=2), tmp_path / "m.skops")
    assert SkopsClassifier(tmp_path / "m.skops", **SETTINGS)._model.n_jobs == 1
