import numpy as np
import pandas as pd
import pytest

from reconattack.folds import held_out_patients
from reconattack.network_input import NetworkInput
from scripts.train import training_images


@pytest.fixture
def chunks(write_images):
    return [
        write_images("a.nc", ("i0", "007", 1, 10, "a"), ("i1", "8", 0, 20, "a")),
        write_images("b.nc", ("r0", "7", 0, 30, "b"), ("r1", "9", 1, 40, "b")),
        write_images("c.nc", ("r2", "9", 1, 50, "b"), ("r3", "10", 0, 60, "b")),
    ]


def test_held_out_patients_are_absent_from_images_and_cases(chunks):
    images, cases = training_images(chunks, {"9"}, NetworkInput(4, 6))
    assert cases["frame"].tolist() == ["i0", "i1", "r0", "r3"]
    assert images.shape == (4, 4, 6)
    assert images.dtype == np.float32
    np.testing.assert_allclose(images[:, 0, 0], [10, 20, 30, 60], rtol=1e-6)


def test_cases_carry_patient_label_and_scanner(chunks):
    _, cases = training_images(chunks, set(), NetworkInput(4, 6))
    assert cases["patient"].tolist() == ["007", "8", "7", "9", "9", "10"]
    assert cases["label"].tolist() == [1, 0, 0, 1, 1, 0]
    assert cases["scanner"].tolist() == ["a", "a", "b", "b", "b", "b"]


def test_patients_keep_their_names_through_the_table_of_folds(tmp_path, chunks):
    """007 and 7 are two patients, and fold 1 is not fold 10."""
    table = pd.DataFrame(
        {"frame": ["x", "y", "z"], "patient": ["007", "7", "9"], "fold": [1, 10, 1]}
    )
    table.to_csv(tmp_path / "folds.csv", index=False)
    held_out = held_out_patients(tmp_path / "folds.csv", "1")
    assert held_out == {"007", "9"}
    _, cases = training_images(chunks, held_out, NetworkInput(4, 6))
    assert cases["patient"].tolist() == ["8", "7", "10"]
