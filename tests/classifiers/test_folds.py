from reconattack.classifiers.folds import fold_of_frame, frames_of_fold, held_out_patients


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
