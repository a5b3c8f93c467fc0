import pandas as pd
import pytest

from reconattack.classifiers.folds import (
    assign_patients,
    fold_of_frame,
    frames_of_fold,
    held_out_patients,
)
from reconattack.errors import InputError


def folds_of(rows, folds, cohort="simulated_rf"):
    """Table of folds of a cohort from (frame, patient, label)."""
    return assign_patients(pd.DataFrame(rows, columns=["frame", "patient", "label"]), folds, cohort)


@pytest.fixture
def cohort():
    """33 patients, 22 of them fatty, as in the paper; each one frame."""
    return [(f"f{number:02d}", f"{number:03d}", int(number % 3 > 0)) for number in range(33)]


def test_frames_of_a_fold_are_those_of_the_table(tmp_path):
    folds = tmp_path / "folds.csv"
    folds.write_text("frame,patient,label,fold\n001,p,1,0\n1,q,0,10\n2,q,1,10\n")
    assert fold_of_frame([str(folds)]) == {"001": "0", "1": "10", "2": "10"}
    assert frames_of_fold([str(folds)], "10") == {"1", "2"}


def test_without_folds_every_frame_is_judged():
    assert fold_of_frame([]) == {}
    assert frames_of_fold([], "0") is None


def test_without_folds_no_patient_is_held_out():
    assert held_out_patients([], "all") == set()


def test_every_frame_is_judged_once_in_the_order_of_the_table(cohort):
    table = folds_of(cohort, 5)
    assert list(table) == ["frame", "patient", "label", "fold"]
    assert list(table[["frame", "patient", "label"]].itertuples(index=False, name=None)) == cohort
    assert set(table["fold"]) == set(range(5))


def test_folds_are_stratified(cohort):
    table = folds_of(cohort, 5)
    counts = table.groupby(["fold", "label"]).size().unstack()
    assert counts[0].between(2, 3).all()
    assert counts[1].between(4, 5).all()


@pytest.mark.parametrize("name", [f"cohort{number}" for number in range(8)])
def test_patients_with_many_frames_are_never_split(cohort, name):
    many = [
        (f"{frame}_{again}", patient, label)
        for frame, patient, label in cohort
        for again in range(1 + 3 * (int(patient) % 4 == 0))
    ]
    table = folds_of(many, 4, name)
    assert (table.groupby("patient")["fold"].nunique() == 1).all()
    assert (table.groupby("fold")["label"].nunique() == 2).all()


def test_folds_follow_the_cohorts_name_alone(cohort):
    first, again = folds_of(cohort, 5), folds_of(cohort, 5)
    assert first.equals(again)
    assert not first["fold"].equals(folds_of(cohort, 5, "other")["fold"])


def test_too_few_patients_are_counted():
    # Five frames with label 0, but of three patients.
    rows = [(f"n{number}", f"n{number % 3}", 0) for number in range(5)]
    rows += [(f"f{number}", f"f{number}", 1) for number in range(9)]
    with pytest.raises(InputError, match="3 patients with label 0 and 9 with label 1") as error:
        folds_of(rows, 4)
    assert "run.folds is 4" in str(error.value)


def test_a_cohort_of_one_class_is_counted():
    with pytest.raises(InputError, match="0 patients with label 0 and 8 with label 1"):
        folds_of([(f"f{number}", f"f{number}", 1) for number in range(8)], 2)


def test_unlabelled_frames_are_named(cohort):
    rows = [(*row[:2], None) if row[0] in ("f07", "f20") else row for row in cohort]
    with pytest.raises(InputError, match="2 of 33 frames have no label, f07 the first"):
        folds_of(rows, 5)


@pytest.mark.parametrize("number", range(8))
def test_patients_with_frames_of_both_labels_are_never_split(number):
    """Two frames of each of twelve patients; four patients have one of each label."""
    labels = {patient: (patient // 4 > 0, patient // 4 > 1) for patient in range(12)}
    rows = [
        (f"{patient}-{index}", str(patient), int(label))
        for patient, both in labels.items()
        for index, label in enumerate(both)
    ]
    table = folds_of(rows, 4, f"cohort{number}")
    assert (table.groupby("patient")["fold"].nunique() == 1).all()
    assert (table.groupby("fold")["label"].nunique() == 2).all()
    assert list(table[["frame", "patient", "label"]].itertuples(index=False, name=None)) == rows


def test_each_fold_has_both_labels_where_frames_are_unevenly_spread():
    """Many frames of few patients: equal numbers of frames would leave a fold without a label."""
    labels = {"p0": [0, 0, 0, 0, 0, 1], "p1": [1], "p2": [1, 0, 1], "p3": [0]}
    rows = [
        (f"{patient}-{index}", patient, label)
        for patient, of_frames in labels.items()
        for index, label in enumerate(of_frames)
    ]
    for number in range(2600, 2610):  # 2602 is one where that happens
        table = folds_of(rows, 3, f"c{number}")
        assert (table.groupby("patient")["fold"].nunique() == 1).all()
        assert (table.groupby("fold")["label"].nunique() == 2).tolist() == [True] * 3
