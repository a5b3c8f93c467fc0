import sys

import numpy as np
import pytest
from scipy.special import logit

from reconattack.classifiers.backends.python_classifier import PythonClassifier
from reconattack.errors import InputError

MODULE = """
import numpy as np

def judge(images):
    assert images.dtype == np.float32 and images.shape[1:] == (6, 8)
    return images.mean(axis=(1, 2)) / 255

def column(images):
    return judge(images)[:, None]

def fails(images):
    raise KeyError("weights")

def too_few(images):
    return judge(images)[1:]

def percent(images):
    return 100 * judge(images)

number = 3
"""


@pytest.fixture
def run_folder(tmp_path, monkeypatch):
    """A run's folder with a package that holds the functions of MODULE, and one that fails."""
    (tmp_path / "brought_here").mkdir()
    (tmp_path / "brought_here" / "mine.py").write_text(MODULE)
    (tmp_path / "brought_here" / "broken.py").write_text("import not_there_at_all\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("brought_here")]:
        del sys.modules[name]


@pytest.fixture
def images():
    return np.random.default_rng(2).integers(1, 255, (5, 12, 16), np.uint8)


def opened(function, module="brought_here.mine"):
    return PythonClassifier(None, python=f"{module}:{function}", input_size=[6, 8])


@pytest.mark.parametrize("function", ["judge", "column"])
def test_function_of_the_runs_folder_judges(run_folder, images, function):
    classifier = opened(function)
    by_hand = classifier.network_input(images).astype(np.float64).mean(axis=(1, 2)) / 255
    np.testing.assert_allclose(classifier.answers(images), logit(by_hand), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("fails", "brought_here.mine:fails: the function failed: KeyError: 'weights'"),
        ("too_few", r"found an output of shape \[4\] for 5 images; expected 1 number for each"),
        ("percent", "expected probabilities from 0 to 1"),
    ],
)
def test_function_that_does_not_do_as_agreed(run_folder, images, function, said):
    with pytest.raises(InputError, match=said):
        opened(function).answers(images)


@pytest.mark.parametrize(
    ("module", "function", "said"),
    [
        ("brought_here.mine", "absent", "found no function absent in the module brought_here.mine"),
        ("brought_here.mine", "number", "found no function number"),
        ("brought_here.absent", "judge", "cannot be imported .*ModuleNotFoundError"),
        ("brought_here.broken", "judge", "cannot be imported .*not_there_at_all"),
    ],
)
def test_function_that_is_not_there(run_folder, module, function, said):
    with pytest.raises(InputError, match=said):
        opened(function, module)
