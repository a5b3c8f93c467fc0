import pandas as pd
import pytest

from reconattack.errors import InputError
from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import unreadable_frame
from scripts.data.assign_folds import assign_folds


@pytest.fixture
def folds_of(tmp_path):
    """The table of folds of a cohort from (frame, patient, label), its frames in two chunks."""

    def assign(rows, folds, cohort="simulated_rf"):
        frames = {name: unreadable_frame("", "a", patient, label) for name, patient, label in rows}
        names = list(frames)
        half = len(names) // 2
        chunks = []
        for number, part in enumerate((names[:half], names[half:])):
            chunks.append(str(tmp_path / f"{number}.nc"))
            write_chunk(chunks[-1], {name: frames[name] for name in part}, {})
        assign_folds(chunks, str(tmp_path / "folds.csv"), folds, cohort)
        return pd.read_csv(tmp_path / "folds.csv", dtype={"patient": str})

    return assign


@pytest.fixture
def cohort():
    """33 patients, 22 of them fatty, as in the paper; each one frame."""
    return [(f"f{number:02d}", f"{number:03d}", int(number % 3 > 0)) for number in range(33)]


def test_every_frame_is_judged_once_in_the_order_of_the_table(folds_of, cohort):
    table = folds_of(cohort, 5)
    assert list(table) == ["frame", "patient", "label", "fold"]
    assert list(table[["frame", "patient", "label"]].itertuples(index=False, name=None)) == cohort
    assert set(table["fold"]) == set(range(5))


def test_folds_are_stratified(folds_of, cohort):
    table = folds_of(cohort, 5)
    counts = table.groupby(["fold", "label"]).size().unstack()
    assert counts[0].between(2, 3).all()
    assert counts[1].between(4, 5).all()


@pytest.mark.parametrize("name", [f"cohort{number}" for number in range(8)])
def test_patients_with_many_frames_are_never_split(folds_of, cohort, name):
    many = [
        (f"{frame}_{again}", patient, label)
        for frame, patient, label in cohort
        for again in range(1 + 3 * (int(patient) % 4 == 0))
    ]
    table = folds_of(many, 4, name)
    assert (table.groupby("patient")["fold"].nunique() == 1).all()
    assert (table.groupby("fold")["label"].nunique() == 2).all()


def test_folds_follow_the_cohorts_name_alone(folds_of, cohort):
    first, again = folds_of(cohort, 5), folds_of(cohort, 5)
    assert first.equals(again)
    assert not first["fold"].equals(folds_of(cohort, 5, "other")["fold"])


def test_without_folds_all_are_of_one_also_where_labels_are_unknown(folds_of, cohort):
    table = folds_of([*cohort, ("last", "p", None)], None)
    assert set(table["fold"]) == {"all"}
    assert table["patient"].tolist() == [patient for _, patient, _ in [*cohort, ("last", "p", 0)]]
    assert table["label"].isna().sum() == 1


def test_too_few_patients_are_counted(folds_of):
    # Five frames with label 0, but of three patients.
    rows = [(f"n{number}", f"n{number % 3}", 0) for number in range(5)]
    rows += [(f"f{number}", f"f{number}", 1) for number in range(9)]
    with pytest.raises(InputError, match="3 patients with label 0 and 9 with label 1") as error:
        folds_of(rows, 4)
    assert "run.folds is 4" in str(error.value)


def test_a_cohort_of_one_class_is_counted(folds_of):
    with pytest.raises(InputError, match="0 patients with label 0 and 8 with label 1"):
        folds_of([(f"f{number}", f"f{number}", 1) for number in range(8)], 2)


def test_unlabelled_frames_are_named(folds_of, cohort):
    rows = [(*row[:2], None) if row[0] in ("f07", "f20") else row for row in cohort]
    with pytest.raises(InputError, match="2 of 33 frames have no label, f07 the first"):
        folds_of(rows, 5)
