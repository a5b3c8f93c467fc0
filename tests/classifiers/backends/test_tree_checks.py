"""Trees of a hostile or damaged file: none is followed out of its memory."""

import numpy as np
import pytest
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from reconattack.classifiers.backends.tree_checks import check_trees, parts
from reconattack.errors import InputError

MODELS = {
    "tree": lambda: DecisionTreeClassifier(random_state=0),
    "forest": lambda: RandomForestClassifier(3, random_state=0),
    "extra trees": lambda: ExtraTreesClassifier(3, random_state=0),
    "bagging": lambda: BaggingClassifier(n_estimators=3, max_features=2, random_state=0),
    "adaptive boosting": lambda: AdaBoostClassifier(n_estimators=3, random_state=0),
    "boosting": lambda: GradientBoostingClassifier(n_estimators=3, random_state=0),
    "pipeline": lambda: make_pipeline(StandardScaler(), RandomForestClassifier(3, random_state=0)),
}


@pytest.fixture
def fit():
    random = np.random.default_rng(0)
    numbers = random.standard_normal((60, 4))
    labels = (numbers[:, 0] + random.standard_normal(60) > 0).astype(int)
    return lambda model: model.fit(numbers, labels)


def changed(tree, **fields):
    """A tree whose first node has other numbers."""
    function, arguments, state = tree.__reduce__()
    nodes = state["nodes"].copy()
    for name, value in fields.items():
        nodes[name][0] = value
    other = function(*arguments)
    other.__setstate__(state | {"nodes": nodes})
    return other


def owners(model):
    return [part for part in parts(model) if "tree_" in getattr(part, "__dict__", ())]


@pytest.mark.parametrize("name", MODELS)
def test_sound_trees_pass_and_broken_ones_do_not(fit, name):
    model = fit(MODELS[name]())
    check_trees(model)
    owner = owners(model)[-1]
    sound = owner.tree_
    for fields in (
        {"left_child": 10**6},
        {"right_child": 0},
        {"left_child": -2},
        {"feature": owner.n_features_in_},
        {"feature": -3},
    ):
        owner.tree_ = changed(sound, **fields)
        with pytest.raises(InputError, match="a tree whose branches lead out of it"):
            check_trees(model)
    function, arguments, state = sound.__reduce__()
    for count in (0, sound.node_count - 1):
        owner.tree_ = function(*arguments)
        owner.tree_.__setstate__(state | {"node_count": count})
        with pytest.raises(InputError, match="a tree of another size than it says"):
            check_trees(model)
    owner.tree_ = sound
    del owner.n_features_in_
    with pytest.raises(InputError, match="trees of an unknown number of features"):
        check_trees(model)


def test_tree_outside_of_a_model_of_trees_is_refused(fit):
    model = fit(LogisticRegression())
    model.hidden = [{"deep": fit(DecisionTreeClassifier()).tree_}]
    with pytest.raises(InputError, match="a tree outside of a model of trees"):
        check_trees(model)


def test_boosting_whose_stages_see_more_features_is_refused(fit):
    """It follows them without asking how many features they expect."""
    model = fit(GradientBoostingClassifier(n_estimators=3, random_state=0))
    stage = model.estimators_[1, 0]
    stage.n_features_in_ = 10**6
    stage.tree_ = changed(stage.tree_, feature=10**5)
    with pytest.raises(InputError, match="stages of a gradient boosting that do not fit"):
        check_trees(model)


@pytest.mark.parametrize("change", ["columns", "said columns", "no array"])
def test_boosting_that_writes_into_more_columns_is_refused(fit, change):
    model = fit(GradientBoostingClassifier(n_estimators=3, random_state=0))
    if change == "columns":
        model.estimators_ = model.estimators_.repeat(2, axis=1)
    elif change == "said columns":
        model.n_trees_per_iteration_ = 0
    else:
        model.estimators_ = "trees"
    with pytest.raises(InputError, match="stages of a gradient boosting that do not fit"):
        check_trees(model)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("left", 10**6, "branches lead out"),
        ("right", 0, "branches lead out"),
        ("feature_idx", 4, "branches lead out"),
        ("feature_idx", -1, "branches lead out"),
        ("is_categorical", 1, "without numbers to follow"),
    ],
)
def test_histogram_trees_are_checked(fit, field, value, said):
    model = fit(HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=5))
    check_trees(model)
    model._predictors[1][0].nodes[field][0] = value
    with pytest.raises(InputError, match=said):
        check_trees(model)


def test_histogram_trees_behind_a_step_of_their_own_are_refused(fit):
    model = fit(HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=5))
    model._preprocessor = StandardScaler()
    with pytest.raises(InputError, match="categorical features; expected numbers"):
        check_trees(model)
