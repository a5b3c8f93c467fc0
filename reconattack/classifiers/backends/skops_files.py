"""scikit-learn models on disk: loaded without running code, written as the same bits each time."""

import io
import itertools
import logging
import re
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reconattack.classifiers.backends.tree_checks import check_trees, parts
from reconattack.errors import InputError, needs_extra
from reconattack.storage import replacing

log = logging.getLogger(__name__)

ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
SCHEMA = "schema.json"
# Types of scikit-learn that skops leaves to its user. Their code computes with the numbers in the
# file and does nothing else; trees are checked before they are followed.
TRUSTED = frozenset(
    f"sklearn.{module}.{name}"
    for module, names in {
        "tree._tree": "Tree",
        "ensemble._hist_gradient_boosting.predictor": "TreePredictor",
        "calibration": "_CalibratedClassifier _SigmoidCalibration _TemperatureScaling",
        "neural_network._stochastic_optimizers": "AdamOptimizer SGDOptimizer",
        "utils._bunch": "Bunch",
        "multiclass": "_ConstantPredictor",
        "gaussian_process._gpc": "_BinaryGaussianProcessClassifierLaplace",
        "gaussian_process.kernels": (
            "CompoundKernel ConstantKernel DotProduct Exponentiation ExpSineSquared Matern Product "
            "RBF RationalQuadratic Sum WhiteKernel"
        ),
        "feature_selection._univariate_selection": "chi2 f_classif f_regression r_regression",
        "feature_selection._mutual_info": "mutual_info_classif mutual_info_regression",
        # of a threshold or of settings that were searched for
        "metrics._scorer": "_CurveScorer _MultimetricScorer _PassthroughScorer _Scorer",
        "metrics._classification": (
            "accuracy_score balanced_accuracy_score brier_score_loss cohen_kappa_score f1_score "
            "fbeta_score jaccard_score log_loss matthews_corrcoef precision_score recall_score"
        ),
        "metrics._ranking": "average_precision_score roc_auc_score",
        "model_selection._split": (
            "GroupKFold KFold RepeatedKFold RepeatedStratifiedKFold ShuffleSplit "
            "StratifiedGroupKFold StratifiedKFold StratifiedShuffleSplit"
        ),
        "utils._metadata_requests": "MetadataRequest MethodMetadataRequest",
    }.items()
    for name in names.split()
)


def load_model(path: Path | str) -> Any:
    """Load a skops file, to be run on one thread.

    Raises
    ------
    InputError
        If it cannot be read, holds types that are not trusted, or a tree that leads out of itself.
    """
    with needs_extra("formats"):
        import skops.io

    try:
        found = set(skops.io.get_untrusted_types(file=path))
        untrusted = sorted(found - TRUSTED)
        model = None if untrusted else skops.io.load(path, trusted=sorted(found))
    except Exception as error:  # zip, JSON and the reader of each type have their own errors
        log.info("skops says of %s: %s", path, error)
        raise InputError(
            "cannot be read as skops: is the file cut short, of another kind, or of another "
            "version of scikit-learn? Copy it again, or save the model again with skops.io.dump"
        ) from error
    if untrusted:
        raise InputError(
            f"found the types {', '.join(untrusted)}, which are not trusted: opening them could "
            "run any code. Expected types of scikit-learn that only compute "
            f"(docs/your-data.md#models lists them). {_instead(Path(path), untrusted)}"
        )
    check_trees(model)
    _use_one_thread(model)
    return model


def _instead(path: Path, untrusted: Sequence[str]) -> str:
    """What to do with a file of types that are not trusted."""
    if any(name.startswith("sklearn.neighbors.") for name in untrusted):
        return "Set algorithm='brute' before the model is fitted, which finds the same neighbours"
    return (
        "Where you trust this file, export the model to ONNX in Python: "
        "onnx.save(skl2onnx.to_onnx(model, pixels[:1].astype('float32'), options={'zipmap': "
        f"False}}), '{path.with_suffix('.onnx')}'), or wrap it as python: package.module:function"
    )


def save_model(model: Any, path: Path | str) -> None:
    """Write a skops file without the time of writing and without memory addresses.

    The model holds numbers, strings and plain arrays only.
    """
    import skops.io

    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    numbers = defaultdict(itertools.count(1).__next__)
    schema = re.sub(
        r'("__id__": |"file": ")(\d+)',
        lambda found: f"{found[1]}{numbers[found[2]]}",
        members.pop(SCHEMA).decode(),
    )
    number_of = {f"{address}.npy": number for address, number in numbers.items()}
    arrays = {number_of[name]: content for name, content in members.items()}
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for number, content in sorted(arrays.items()):
            archive.writestr(zipfile.ZipInfo(f"{number}.npy", ZIP_EPOCH), content)
        archive.writestr(zipfile.ZipInfo(SCHEMA, ZIP_EPOCH), schema)


def check_classes(model: Any, declared: Sequence[Any] | None = None) -> int:
    """The position in a model's classes, 0 or 1, of the class that label 1 stands for.

    Parameters
    ----------
    model
        The model.
    declared
        The model's own names of label 0 and label 1; None if they are 0 and 1.

    Raises
    ------
    InputError
        If the model is no fitted classifier of two classes, or they have other names.
    """
    classes = getattr(model, "classes_", None)
    if classes is None:
        raise InputError(f"found a {type(model).__name__}; expected a fitted classifier")
    if np.ndim(classes) != 1 or len(classes) != 2:
        raise InputError(
            f"found the classes {', '.join(map(str, np.ravel(classes)))}; expected two"
        )
    if declared is None and list(classes) == [0, 1]:
        return 1
    names = [str(name) for name in classes]
    wanted = [str(name) for name in declared or ()]
    if sorted(names) == sorted(wanted):
        return names.index(wanted[1])
    said = f"the configuration declares {', '.join(wanted)}" if wanted else "expected 0 and 1"
    raise InputError(
        f"found the classes {', '.join(names)}; {said}: write the model's own names of label 0 and "
        f"label 1 in this order into its configuration, classes: [{', '.join(names)}] or classes: "
        f"[{', '.join(reversed(names))}]"
    )


def _use_one_thread(model: Any) -> None:
    """Set all parts to one thread: several would add up trees in the order in which they finish."""
    for part in parts(model):
        if "n_jobs" in getattr(part, "__dict__", ()):
            part.n_jobs = 1


def description(model: Any) -> str:
    """Names of the steps of a model."""
    steps = getattr(model, "steps", [("", model)])
    return ", ".join(type(step).__name__ for _, step in steps)
