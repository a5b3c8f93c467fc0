import numpy as np
import pandas as pd
import pytest

from reconattack.classifiers.decisions.number import Number
from reconattack.classifiers.training.objectives.number import NumberObjective
from reconattack.errors import InputError
from tests.classifiers.training.objectives.easy_cases import grey_cases, trained

FAT = {"kind": "number", "unit": "%", "threshold": 70, "truth": "fat_fraction"}
TRUTHS = np.linspace(60, 80, 32)  # far from 0: what is learned has to be in this unit


def test_the_network_gives_the_number_in_its_unit(tmp_path):
    images, cases = grey_cases(TRUTHS)
    _, _, validation, classifier = trained(tmp_path, images, cases, FAT)
    answers = classifier.answers(np.rint(images).clip(0, 255).astype(np.uint8))
    assert answers.shape == (32,)
    assert np.abs(answers - TRUTHS).mean() < 2
    assert np.corrcoef(answers, TRUTHS)[0, 1] > 0.95
    assert np.abs(validation["predicted"] - validation["truth"]).mean() < 3
    first = (tmp_path / "network.onnx").read_bytes()
    trained(tmp_path, images, cases, FAT)
    assert (tmp_path / "network.onnx").read_bytes() == first


def test_targets_are_standardised_by_the_training_cases():
    objective = NumberObjective(Number("%", threshold=5, truth="fat_fraction"))
    cases = pd.DataFrame({"truth": [2.0, 6.0, 10.0]})
    training = np.array([True, True, False])
    np.testing.assert_allclose(objective.targets(cases, training), [-1, 1, 3])
    assert objective.strata(cases).tolist() == ["below 5", "from 5 on", "from 5 on"]
    median = NumberObjective(Number("%", tolerance=1, truth="fat_fraction"))
    assert median.strata(cases).tolist() == ["below 6", "from 6 on", "from 6 on"]
    with pytest.raises(InputError, match="all 3 training cases have the true number 4; expected"):
        objective.targets(pd.DataFrame({"truth": [4.0] * 3}), np.ones(3, bool))
