r"""Write ONNX files as scikit-learn's and LightGBM's converters do, and what the models say.

python -m venv env
env/bin/pip install scikit-learn==1.9.1 skl2onnx==1.20.0 lightgbm==4.7.0 onnxmltools==1.16.0 \
    onnx==1.23.2 numpy==2.4.6
env/bin/python make_converted_models.py
"""

from pathlib import Path

import lightgbm
import numpy as np
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType as LightFloats
from skl2onnx import to_onnx
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

FOLDER = Path(__file__).parent
SHAPE = (6, 8)
WORDS = np.array(["healthy", "fatty"])  # of label 0 and 1, not in the order of the alphabet


def main() -> None:
    random = np.random.default_rng(0)
    training, labels = livers(random, 100)
    images, _ = livers(random, 25)
    features, shown = flat(training), flat(images)
    models = {
        "logistic": make_pipeline(StandardScaler(), LogisticRegression()).fit(features, labels),
        "words": LogisticRegression().fit(features, WORDS[labels]),
        "svc": SVC().fit(features, labels),
        "linear_svc": SVC(C=0.1, kernel="linear", probability=False).fit(features, labels),
        "forest": RandomForestClassifier(5, max_depth=3, random_state=0).fit(features, labels),
        "lightgbm": lightgbm.LGBMClassifier(
            n_estimators=5,
            num_leaves=4,
            min_child_samples=5,
            verbose=-1,
            deterministic=True,
            num_threads=1,
        ).fit(features, labels),
    }
    answers = {"images": images}
    for name, model in models.items():
        if name == "lightgbm":
            types = [("input", LightFloats([None, features.shape[1]]))]
            converted = convert_lightgbm(model, initial_types=types, target_opset=15)
        else:
            options = {"zipmap": False} if name == "forest" else None
            converted = to_onnx(model, features[:1], options=options and {id(model): options})
        (FOLDER / f"converted_{name}.onnx").write_bytes(converted.SerializeToString())
        answers[f"{name}/predict"] = model.predict(shown)
        if name in ("svc", "linear_svc"):
            answers[f"{name}/decision"] = model.decision_function(shown)
        else:
            answers[f"{name}/probability"] = model.predict_proba(shown)
    np.savez_compressed(FOLDER / "converted_answers.npz", **answers)


def livers(random: np.random.Generator, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Grey speckle that darkens with depth where the label is 1: uint8 (n, height, width), (n,)."""
    labels = np.arange(number) % 2
    slope = np.linspace(0.5, -0.5, SHAPE[0])[:, np.newaxis] * labels[:, np.newaxis, np.newaxis]
    noise = random.standard_normal((number, *SHAPE))
    return np.clip(100 + 60 * slope + 40 * noise, 0, 255).astype(np.uint8), labels


def flat(images: np.ndarray) -> np.ndarray:
    """Grey levels from 0 to 1, a row for each image."""
    return (images.reshape(len(images), -1) / 255).astype(np.float32)


if __name__ == "__main__":
    main()
