"""A scikit-learn model on the pixels of an image, in a skops file, which holds no code."""

import logging
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from reconattack.classifiers.backends.scaling import declared_scaling
from reconattack.classifiers.backends.skops_files import (
    check_classes,
    description,
    load_model,
)
from reconattack.classifiers.classifier import Classifier
from reconattack.classifiers.decisions.classes import Classes
from reconattack.classifiers.decisions.decision import Decision
from reconattack.classifiers.decisions.declared import declared_decision
from reconattack.classifiers.decisions.number import Number
from reconattack.classifiers.network_input import network_input
from reconattack.classifiers.output import ClassScores, OneNumber, Output
from reconattack.classifiers.resize.declaration import TRAINED_HERE
from reconattack.errors import InputError, needs_extra

log = logging.getLogger(__name__)

METHODS = {"predict_proba": "probabilities", "decision_function": "logit"}  # and their outputs
DECLARED = {"probability": "predict_proba", "logit": "decision_function"}
PROBES = 300
TIE = 1 + 1e-12, 1 - 1e-12  # of two equal probabilities, which predict gives to the first class
ROUNDING = 1e-6  # of logits
HALVINGS = 12  # of the way between two probes of different decisions


class SkopsClassifier(Classifier):
    """A classifier or pipeline of scikit-learn whose features are the pixels, row by row.

    Parameters
    ----------
    path
        The `.skops` file.
    resize
        How images are resized to `input_size` (`network_input`); None if nobody states it.
    threads
        No effect: scikit-learn runs on one thread, so that sums keep their order.
    input_size
        (height, width) of the images whose pixels are the features.
    scaling
        Scaling of the pixels (`reconattack.classifiers.backends.scaling`).
    output
        `probability` for `predict_proba`, `logit` for `decision_function`; None takes the first
        one that decides as the model's own `predict` does, else the first that it has.
    classes
        The model's own names of label 0 and label 1, if they are not 0 and 1. Where `decision` is
        of several classes, the model's own names of them, in the order of `decision.classes`.
    decision
        What the model decides, as in a configuration: `classes` of a classifier, by its
        `predict_proba`, or `number` of a regressor, by its `predict`. None for a binary decision.

    Raises
    ------
    InputError
        If the file holds types that are not trusted, or no such classifier.

    Notes
    -----
    A threshold of the model's own (`FixedThresholdClassifier`, `TunedThresholdClassifierCV`) is
    kept: the logits are shifted by it, so that it lies at the probability 0.5.
    """

    SETTINGS = ("input_size", "scaling", "output", "classes", "decision")

    def __init__(
        self,
        path: Path | str,
        resize: Mapping[str, Any] | None = TRAINED_HERE,
        threads: int = 1,
        input_size: Sequence[int] | None = None,
        scaling: Mapping[str, Any] | None = None,
        output: str | None = None,
        classes: Sequence[Any] | None = None,
        decision: Mapping[str, Any] | None = None,
    ) -> None:
        try:
            _check_declared(input_size, scaling)
            self._scaling = declared_scaling(**scaling)
            self._model = load_model(path)
            self._order: np.ndarray | None = None
            self._threshold = None
            decided = declared_decision(decision)
            if decided:
                self._open_for(decided, path, input_size, resize, output, classes)
                return
            positive = check_classes(self._model, classes)
            _check_features(self._model, input_size)
            self._threshold = own_threshold(self._model)
            methods = _methods(self._model, output, self._threshold)
            self._method, unlike = self._chosen(methods, positive, input_size)
            size = network_input(*input_size, resize)
        except InputError as error:
            raise InputError(f"model {path}: {error}") from error
        form = METHODS[self._method]
        super().__init__(str(path), size, Output(form, positive))
        self.found = {
            "model": description(self._model),
            "input_size": list(input_size),
            "scaling": self._scaling.as_settings(),
            "scaling_from": "configuration",
            "output": form,
            "output_from": self._method,
            "threshold": self._threshold and self._threshold.value,
            "unlike_its_own_decision": f"{unlike} of {PROBES}",
            "positive_class": positive,
        }
        if self._threshold:
            log.info(
                "model %s: its own threshold, %g of its %s, is kept; it lies at the probability "
                "0.5, and run.cutoff counts from there",
                *(path, self._threshold.value, self._method),
            )
        if self._method != methods[0]:
            log.info(
                "model %s: its %s decides as its own predict does, its %s does not",
                *(path, self._method, methods[0]),
            )
        if unlike:
            log.warning(
                "model %s: its own predict decides otherwise than its %s for %d of %d probe "
                "images; the cut-off of the run (run.cutoff) is used, not the model's",
                *(path, self._method, unlike, PROBES),
            )

    def _open_for(
        self,
        decision: Decision,
        path: Path | str,
        input_size: Sequence[int],
        resize: Mapping[str, Any] | None,
        output: str | None,
        classes: Sequence[Any] | None,
    ) -> None:
        """Open the model for a decision that is not binary."""
        _check_features(self._model, input_size)
        if output is not None:
            raise InputError(
                f"output: {output} is declared beside decision; expected none: a classifier is "
                "asked by predict_proba, a regressor by predict"
            )
        if isinstance(decision, Classes):
            self._method, read = (
                "predict_proba",
                ClassScores("probabilities", len(decision.classes)),
            )
            self._order = own_order(self._model, decision.classes, classes)
        elif isinstance(decision, Number) and not hasattr(self._model, "classes_"):
            self._method, read = "predict", OneNumber()
        else:
            raise InputError(
                f"decision.kind is {decision.kind}; expected classes of a classifier or number of "
                f"a regressor, and this is a {description(self._model)}"
            )
        if not hasattr(self._model, self._method):
            raise InputError(f"a {description(self._model)} has no {self._method}; expected it")
        super().__init__(str(path), network_input(*input_size, resize), read, decision)
        self.found = {
            "model": description(self._model),
            "input_size": list(input_size),
            "scaling": self._scaling.as_settings(),
            "scaling_from": "configuration",
            "output": read.form,
            "output_from": self._method,
        }

    def scores(self, images: np.ndarray) -> np.ndarray:
        """Probabilities of the classes (n, k), a decision function or numbers (n,)."""
        if self.decision is None:
            return self._scores(self._method, images)
        answers = self._answers(self._method, images)
        return answers if self._order is None else answers[:, self._order]

    def _scores(self, method: str, images: np.ndarray) -> np.ndarray:
        scores = self._answers(method, images)
        if self._threshold is None and method == "predict_proba":
            return np.where(scores[:, :1] == scores[:, 1:], scores * TIE, scores)
        if self._threshold is None:
            return scores
        if METHODS[method] == "logit":
            return scores - self._threshold.value
        return shifted(scores, self._threshold.value)

    def _answers(self, method: str, images: np.ndarray) -> np.ndarray:
        features = self._scaling(images).reshape(len(images), -1)
        try:
            return getattr(self._model, method)(features)
        except Exception as error:  # each step of a pipeline has its own errors
            log.info("scikit-learn says: %s", error)
            raise InputError(
                f"its {method} failed for images of input_size {list(images.shape[1:])}: is it "
                f"fitted to such pixels, by scikit-learn {version('scikit-learn')}?"
            ) from error

    def _chosen(
        self, methods: Sequence[str], positive: int, input_size: Sequence[int]
    ) -> tuple[str, int]:
        """The method whose decisions are those of `predict`, and for how many probes they are not.

        If no method decides as `predict`, it is the first.
        """

        def decided(images: np.ndarray) -> np.ndarray:
            return self._answers("predict", images) == self._model.classes_[positive]

        images = at_the_boundary(probes(input_size), decided)
        own, unlike = decided(images), {}
        for method in methods:
            scores = np.asarray(self._scores(method, images), float).reshape(len(images), -1)
            logits, _ = Output(METHODS[method], positive).answers(scores)
            unlike[method] = int(np.sum(((logits >= 0) != own) & (np.abs(logits) > ROUNDING)))
        best = min(unlike, key=lambda method: unlike[method] > 0)
        return best, unlike[best]


def own_order(
    model: Any, names: Sequence[str], declared: Sequence[Any] | None = None
) -> np.ndarray:
    """Columns of a classifier's probabilities in the order of `decision.classes`, int (k,).

    Parameters
    ----------
    model
        The model.
    names
        Names of the classes.
    declared
        The model's own names in that order; None if they are these names, or 0, 1, 2, ...

    Raises
    ------
    InputError
        If it is no fitted classifier of these classes.
    """
    own = getattr(model, "classes_", None)
    if own is None or np.ndim(own) != 1:
        raise InputError(f"found a {type(model).__name__}; expected a fitted classifier")
    own = [str(name) for name in own]
    for wanted in ([str(name) for name in declared or names], [str(k) for k in range(len(names))]):
        if sorted(wanted) == sorted(own):
            return np.array([own.index(name) for name in wanted], int)
        if declared:
            break
    raise InputError(
        f"found the classes {', '.join(own)}; expected {len(names)}, in the order of "
        f"decision.classes ({', '.join(names)}): write the model's own names in this order into "
        "its configuration, classes: [...]"
    )


class Threshold(NamedTuple):
    """The threshold that a model was given for its decision.

    Attributes
    ----------
    method
        The method whose scores of the second class it is compared with.
    value
        The threshold.
    """

    method: str
    value: float


def own_threshold(model: Any) -> Threshold | None:
    """The threshold in the last step of a model; None if it decides as usual."""
    with needs_extra("formats"):
        from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV

    while hasattr(model, "steps") or hasattr(model, "best_estimator_"):
        model = model.steps[-1][1] if hasattr(model, "steps") else model.best_estimator_
    if isinstance(model, FixedThresholdClassifier):
        value, named = model.threshold, model.pos_label
    elif isinstance(model, TunedThresholdClassifierCV):
        value, named = model.best_threshold_, model._curve_scorer._get_pos_label()
    else:
        return None
    method = model.response_method
    if method == "auto":
        method = "predict_proba" if hasattr(model, "predict_proba") else "decision_function"
    if value == "auto":
        return None
    if named is not None and named == model.classes_[0]:
        value = 1 - value if method == "predict_proba" else -value
    return Threshold(method, float(value))


def shifted(probabilities: np.ndarray, threshold: float) -> np.ndarray:
    """Probabilities of two classes (n, 2) whose logits are shifted by that of a threshold."""
    weighted = probabilities * [threshold, 1 - threshold]
    return weighted / weighted.sum(axis=1, keepdims=True)


def at_the_boundary(images: np.ndarray, decided: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Images, most of them moved to where a decision changes.

    A second set of images lies across the boundary from the first. Another threshold shows there,
    also if it is close to the model's own.

    Parameters
    ----------
    images
        float32 (n, height, width).
    decided
        images -> decisions, bool (n,).
    """
    own = decided(images)
    if own.all() or not own.any():
        return images
    sides = [np.resize(np.flatnonzero(own == side), len(images) // 3) for side in (False, True)]
    below, above = images[sides[0]], images[sides[1]]
    for _ in range(HALVINGS):
        middle = (below + above) / 2
        is_above = decided(middle)[:, np.newaxis, np.newaxis]
        below, above = np.where(is_above, below, middle), np.where(is_above, middle, above)
    return np.concatenate([images[: len(images) - 2 * len(below)], below, above])


def probes(input_size: Sequence[int]) -> np.ndarray:
    """Seeded pictures of many levels and contrasts, float32 (`PROBES`, height, width)."""
    random = np.random.default_rng(0)
    level, contrast, slope = random.uniform(-1, 1, (3, PROBES, 1, 1))
    noise = random.uniform(-1, 1, (PROBES, *input_size))
    depth = np.linspace(-1, 1, input_size[0])[:, np.newaxis]
    pictures = 127.5 + 127.5 * (level + contrast * noise + slope * depth)
    return np.clip(np.rint(pictures), 0, 255).astype(np.float32)


def _check_declared(input_size: Sequence[int] | None, scaling: Mapping[str, Any] | None) -> None:
    missing = []
    if input_size is None:
        missing.append(
            "nothing says which images its features are; add to the model's configuration "
            "input_size: [height, width]"
        )
    if scaling is None:
        missing.append(
            "nothing says which numbers it was trained on; add to the model's configuration "
            "scaling: {divide: 255} for grey levels from 0 to 1, {divide: 1} for 0 to 255"
        )
    if missing:
        raise InputError(". Also: ".join(missing))


def _check_features(model: Any, input_size: Sequence[int]) -> None:
    features, pixels = getattr(model, "n_features_in_", None), int(np.prod(input_size))
    if features not in (None, pixels):
        raise InputError(
            f"it takes {features} features, an image of input_size {list(input_size)} has {pixels} "
            "pixels; expected as many"
        )


def _methods(model: Any, output: str | None, threshold: Threshold | None) -> list[str]:
    """The methods of a model that may be used, in the order of preference."""
    there = [method for method in METHODS if hasattr(model, method)]
    wanted = [DECLARED[output]] if output else there
    usable = [method for method in wanted if method in there]
    if threshold:
        usable = [method for method in usable if method == threshold.method]
    if usable:
        return usable
    why = f", since output: {output} is declared" if output else ""
    if threshold and output:
        why = f", to which its own threshold belongs, but output: {output} is declared"
    expected = threshold.method if threshold else DECLARED.get(output, " or ".join(METHODS))
    advice = " (voting='soft' of a VotingClassifier)" if not there else ""
    raise InputError(
        f"a {description(model)} has {' and '.join(there) or 'no usable method'}; expected "
        f"{expected}{advice}{why}"
    )
