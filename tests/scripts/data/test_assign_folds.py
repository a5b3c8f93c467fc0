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


def test_frames_of_all_chunks_are_assigned(folds_of, cohort):
    table = folds_of(cohort, 5)
    assert list(table) == ["frame", "patient", "label", "fold"]
    assert list(table[["frame", "patient", "label"]].itertuples(index=False, name=None)) == cohort
    assert set(table["fold"]) == set(range(5))


def test_without_folds_all_are_of_one_also_where_labels_are_unknown(folds_of, cohort):
    table = folds_of([*cohort, ("last", "p", None)], None)
    assert set(table["fold"]) == {"all"}
    assert table["patient"].tolist() == [patient for _, patient, _ in [*cohort, ("last", "p", 0)]]
    assert table["label"].isna().sum() == 1


def test_unlabelled_frames_are_named(folds_of, cohort):
    rows = [(*row[:2], None) if row[0] in ("f07", "f20") else row for row in cohort]
    with pytest.raises(InputError, match="2 of 33 frames have no label, f07 the first"):
        folds_of(rows, 5)
