"""Decision trees of a scikit-learn model, each checked before it is followed.

scikit-learn follows the indices in a tree without a look, so a file could lead it anywhere in the
memory. Other numbers of a model go through NumPy, which checks its indices.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from reconattack.errors import InputError, OptionalPackage

ensemble = OptionalPackage("sklearn.ensemble", "formats")
trees = OptionalPackage("sklearn.tree", "formats")
hist = OptionalPackage("sklearn.ensemble._hist_gradient_boosting.predictor", "formats")

LEAF = -1
DAMAGED = "is the file damaged?"


def check_trees(model: Any) -> None:
    """Raise InputError if a tree in a model, however deep inside, would lead out of its memory.

    Parameters
    ----------
    model
        The loaded model, of types that are trusted.
    """
    objects = list(parts(model))
    owned = set()
    for part in objects:
        if isinstance(part, trees.BaseDecisionTree) and hasattr(part, "tree_"):
            _check_tree(part.tree_, _features(part))
            owned.add(id(part.tree_))
        if isinstance(part, ensemble.HistGradientBoostingClassifier) and vars(part).get(
            "_predictors"
        ):
            owned.update(_check_histogram_trees(part))
        if isinstance(part, ensemble.GradientBoostingClassifier) and hasattr(part, "estimators_"):
            _check_boosting(part)
    kinds = trees._tree.Tree, hist.TreePredictor
    if any(isinstance(part, kinds) and id(part) not in owned for part in objects):
        raise InputError(f"found a tree outside of a model of trees; {DAMAGED}")


def parts(model: Any) -> Iterator[Any]:
    """A model and every object inside it, each once."""
    waiting, seen = [model], set()
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        if isinstance(part, dict):
            waiting += part.values()
        elif isinstance(part, list | tuple | set):
            waiting += part
        elif isinstance(part, np.ndarray) and part.dtype == object:
            waiting += part.ravel().tolist()
        if hasattr(part, "__dict__") and not isinstance(part, type):
            waiting += vars(part).values()


def _features(model: Any) -> int:
    """The number of features that a model has been fitted to, which it checks for its input."""
    features = vars(model).get("n_features_in_")
    if not isinstance(features, int):
        raise InputError(f"found trees of an unknown number of features; {DAMAGED}")
    return features


def _check_tree(tree: Any, features: int) -> None:
    if not isinstance(tree, trees._tree.Tree) or not 0 < tree.node_count == tree.capacity:
        raise InputError(f"found a tree of another size than it says; {DAMAGED}")
    inner = tree.children_left != LEAF
    children = np.stack([tree.children_left, tree.children_right])[:, inner]
    _check_branches(children, np.flatnonzero(inner), tree.node_count, tree.feature[inner], features)


def _check_branches(
    children: np.ndarray, nodes: np.ndarray, count: int, feature: np.ndarray, features: int
) -> None:
    """Branches (2, node) lead from their nodes to later ones, by features that there are."""
    downward = (children > nodes) & (children < count)
    if not (downward.all() and ((feature >= 0) & (feature < features)).all()):
        raise InputError(f"found a tree whose branches lead out of it; {DAMAGED}")


def _check_histogram_trees(model: Any) -> Iterator[int]:
    """Check the trees of a histogram gradient boosting; gives their identities."""
    if vars(model).get("_preprocessor") is not None:
        raise InputError(
            "found a HistGradientBoostingClassifier with categorical features; expected numbers "
            "alone, as pixels are"
        )
    for stage in model._predictors:
        for predictor in stage:
            nodes = predictor.nodes
            inner = nodes[nodes["is_leaf"] == 0]
            if len(nodes) == 0 or inner["is_categorical"].any():
                raise InputError(f"found a tree without numbers to follow; {DAMAGED}")
            children = np.stack([inner["left"], inner["right"]]).astype(np.int64)
            positions = np.flatnonzero(nodes["is_leaf"] == 0)
            feature = inner["feature_idx"]
            _check_branches(children, positions, len(nodes), feature, _features(model))
            yield id(predictor)


def _check_boosting(model: Any) -> None:
    """Gradient boosting follows its trees without their own checks, and writes into one column."""
    stages, features = model.estimators_, _features(model)
    shape = getattr(stages, "shape", ())
    one = len(shape) == 2 and shape[1] == vars(model).get("n_trees_per_iteration_") == 1
    if not one or any(
        not isinstance(stage, trees.DecisionTreeRegressor)
        or _features(stage) != features
        or stage.tree_.n_outputs != 1
        or stage.tree_.max_n_classes < 1
        for stage in np.ravel(stages)
    ):
        raise InputError(f"found stages of a gradient boosting that do not fit together; {DAMAGED}")
