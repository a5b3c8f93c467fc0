"""A scikit-learn model on texture features of the liver or the sector, in a skops file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reconattack.classifiers.backends.skops_files import (
    check_classes,
    description,
    load_model,
)
from reconattack.classifiers.classifier import Classifier
from reconattack.classifiers.output import Output
from reconattack.classifiers.resize.declaration import TRAINED_HERE
from reconattack.classifiers.texture_features import (
    FEATURES,
    check_region,
    texture_features,
    texture_region,
)
from reconattack.errors import InputError
from reconattack.reconstruction.reconstruction import Reconstruction


class TextureClassifier(Classifier):
    """A classifier or pipeline of scikit-learn whose features are `texture_features`.

    Pictures keep their own size. The features are those of the liver if the frame has a mask, which
    moves with the tissue. Otherwise they are those of the sector, as it is while no parameter moves
    pixels.

    Parameters
    ----------
    path
        The `.skops` file.
    resize
        No effect: pictures are not resized.
    threads
        No effect: scikit-learn runs on one thread, so that sums keep their order.
    features
        The kind of features, `texture`.

    Raises
    ------
    InputError
        If the file holds types that skops does not trust, invalid trees, or no classifier of these
        features.
    """

    SETTINGS = ("features",)
    takes = "image+region"

    def __init__(
        self,
        path: Path | str,
        resize: Mapping[str, Any] | None = TRAINED_HERE,
        threads: int = 1,
        features: str = "texture",
    ) -> None:
        try:
            self._model = load_model(path)
            check_classes(self._model)
            _check_features(self._model)
        except InputError as error:
            raise InputError(f"model {path}: {error}") from error
        super().__init__(str(path), None, texture_output(self._model))
        self.found = {
            "model": description(self._model),
            "features": features,
            "output": self.output.form,
            "positive_class": 1,
        }

    def inputs(
        self,
        reconstruction: Reconstruction,
        parameters: np.ndarray,
        images: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """B-mode images, uint8 (n, z, x), and the region of each that counts, bool (n, z, x)."""
        if images is None:
            images = reconstruction.bmode(parameters)
        region = texture_region(reconstruction.sector, reconstruction.liver(parameters))
        regions = np.broadcast_to(region, images.shape)
        try:
            for region in regions:
                check_region(region)
        except InputError as error:
            patient = reconstruction.frame.attrs["patient"]
            raise InputError(f"the frame of patient {patient}: {error}") from error
        return images, regions

    def scores(self, images: np.ndarray, regions: np.ndarray) -> np.ndarray:
        """Decision function (n, 1), or probabilities of both classes (n, 2)."""
        return texture_scores(self._model, texture_features(images, regions))


def texture_output(model: Any) -> Output:
    """The form of a model's output: a logit if it has a decision function, else probabilities."""
    return Output("logit" if hasattr(model, "decision_function") else "probabilities")


def texture_scores(model: Any, features: np.ndarray) -> np.ndarray:
    """Scores of a model for features (n, feature), float64 (n, column), by its output's form."""
    if hasattr(model, "decision_function"):
        return model.decision_function(features)[:, np.newaxis]
    return model.predict_proba(features)


def _check_features(model: Any) -> None:
    features = getattr(model, "n_features_in_", None)
    if features != len(FEATURES):
        raise InputError(
            f"it takes {features} features; expected the {len(FEATURES)} of "
            "reconattack.classifiers.texture_features"
        )
    if not any(hasattr(model, method) for method in ("decision_function", "predict_proba")):
        raise InputError(
            f"a {description(model)} has no usable method; expected decision_function or "
            "predict_proba"
        )
