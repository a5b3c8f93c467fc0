import importlib
import os
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from reconattack.classifiers.backends.skops_files import TRUSTED, load_model, save_model
from reconattack.errors import InputError
from tests.places import ROOT

FIT_AND_SAVE = """
import sys
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from reconattack.classifiers.backends.skops_files import save_model
pixels = np.random.default_rng(0).standard_normal((40, 5))
model = RandomForestClassifier(7, random_state=1).fit(pixels, pixels[:, 0] > 0)
save_model(model, sys.argv[1])
"""


@pytest.fixture
def pixels():
    return np.random.default_rng(0).standard_normal((40, 5))


@pytest.mark.parametrize(
    "model", [LogisticRegression(), SVC(), RandomForestClassifier(7, random_state=1)]
)
def test_what_is_written_judges_as_before(tmp_path, pixels, model):
    model = make_pipeline(StandardScaler(), model).fit(pixels, pixels[:, 0] > 0)
    save_model(model, tmp_path / "m.skops")
    found = load_model(tmp_path / "m.skops")
    method = "predict_proba" if hasattr(model, "predict_proba") else "decision_function"
    np.testing.assert_array_equal(getattr(found, method)(pixels), getattr(model, method)(pixels))


def test_same_bits_at_any_time_in_any_process(tmp_path):
    for number in range(2):
        subprocess.run(
            [sys.executable, "-c", FIT_AND_SAVE, str(tmp_path / f"{number}.skops")],
            check=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": str(number)},
        )
        time.sleep(2)  # the clock of a zip archive
    one, other = ((tmp_path / f"{number}.skops").read_bytes() for number in range(2))
    assert one == other


def test_archive_holds_nothing_of_its_writing(tmp_path, pixels):
    save_model(LogisticRegression().fit(pixels, pixels[:, 0] > 0), tmp_path / "m.skops")
    with zipfile.ZipFile(tmp_path / "m.skops") as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert all(len(name) < 8 or name == "schema.json" for name in archive.namelist())


def test_every_part_runs_on_one_thread(tmp_path, pixels):
    """Also the fitted parts, which are no parameters of the model."""
    forest = RandomForestClassifier(5, random_state=1, n_jobs=2)
    model = CalibratedClassifierCV(forest, cv=2).fit(pixels, pixels[:, 0] > 0)
    save_model(model, tmp_path / "m.skops")
    found = load_model(tmp_path / "m.skops")
    assert [part.estimator.n_jobs for part in found.calibrated_classifiers_] == [1, 1]


@pytest.mark.parametrize("name", sorted(TRUSTED))
def test_what_is_trusted_exists(name):
    module, _, kind = name.rpartition(".")
    assert hasattr(importlib.import_module(module), kind)


def test_what_is_searched_for_neighbours_by_a_tree_is_named_with_the_way_out(tmp_path, pixels):
    model = KNeighborsClassifier(3, algorithm="kd_tree").fit(pixels, pixels[:, 0] > 0)
    save_model(model, tmp_path / "m.skops")
    with pytest.raises(InputError, match=r"KDTree, which are not trusted.*algorithm='brute'"):
        load_model(tmp_path / "m.skops")
