"""The cases that models are trained on."""

import pytest

from reconattack.errors import InputError


def test_judged_frames_train_unless_held_out(plan_of):
    assert plan_of().training.frame_cohorts("compact") == ["judged"]
    held_out = plan_of(protocol="held_out", training_cohorts=["further"]).training
    assert held_out.frame_cohorts("compact") == ["further"]
    assert held_out.frames("compact") == ["results/frames/further/4x0000.nc"]
    both = plan_of(training_cohorts=["further"]).training
    assert both.frame_cohorts("compact") == ["further", "judged"]


OTHERS = {"kind": "simulated_rf", "scanner": "linear", "patients": 5}
PHANTOM = {"kind": "simulated_phantom", "frames": 2}
TRANSFERRED = {
    "cohorts": {
        "others": OTHERS,
        "linear_phantom": {"scanner": "linear", **PHANTOM},
        "convex_phantom": {"scanner": "convex", **PHANTOM},
        "moved": {
            "kind": "transferred",
            "of": "others",
            "calibration": {"from": "linear_phantom", "to": "convex_phantom"},
        },
    },
    "models": {"svm": {"training_cohorts": ["moved"]}},
}


def test_a_model_may_have_training_cohorts_of_its_own(plan_of):
    run = {"models": ["compact", "svm"], "training_cohorts": ["further"], "protocol": "held_out"}
    training = plan_of(TRANSFERRED, **run).training
    assert training.frame_cohorts("compact") == ["further"]
    assert training.frame_cohorts("svm") == ["moved"]
    assert training.frames("svm") == [f"results/frames/moved/4x000{i}.nc" for i in range(2)]
    assert training.size("svm") == 5 + 5
    assert training.further_cohorts == ["further", "moved"]
    assert training.simulated_cohorts == ["judged", "pictures", "further", "moved"]


def test_transferred_frames_are_those_of_another_cohort_by_the_target(plan_of):
    plan = plan_of(TRANSFERRED)
    assert plan.cohorts.rows["moved"] == [
        {"frame": f"others-00{number}", "scanner": "convex"} for number in range(5)
    ]
    assert plan.cohorts.calibration("moved", "from") == ["results/frames/linear_phantom/4x0000.nc"]
    assert plan.cohorts.calibration("moved", "to") == ["results/frames/convex_phantom/4x0000.nc"]
    assert plan.models.kind("svm").startswith("setting transfer")
    assert plan.models.kind("compact") == "plain"


def test_files_behind_transferred_frames_are_looked_at(plan_of, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "g.npy").touch()
    cohorts = dict(TRANSFERRED["cohorts"])
    for name, scanner in (("others", "linear"), ("linear_phantom", "linear")):
        rows = ["frame\tpatient\tlabel\tpath\tscanner", f"{name}0\tq0\t0\tg.npy\t{scanner}"]
        (tmp_path / f"{name}.tsv").write_text("\n".join(rows))
        cohorts[name] = {"kind": "table", "table": f"{name}.tsv"}
    run = {"models": ["svm"], "protocol": "held_out"}
    checked = plan_of(TRANSFERRED | {"cohorts": cohorts}, **run).training.checked_chunks
    assert list(checked) == ["judged", "others", "linear_phantom"]


def test_calibration_frames_of_two_scanners_are_no_target(plan_of, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = ["frame\tpatient\tlabel\tpath\tscanner", "g0\tq\t\tg.npy\tconvex"]
    rows.append("g1\tq\t\tg.npy\tlinear")
    (tmp_path / "frames.tsv").write_text("\n".join(rows))
    (tmp_path / "g.npy").touch()
    cohorts = TRANSFERRED["cohorts"] | {"convex_phantom": {"kind": "table", "table": "frames.tsv"}}
    with pytest.raises(
        InputError, match=r"cohorts\.moved\.calibration\.to: the frames of convex_pha"
    ):
        plan_of({"cohorts": cohorts})


def test_images_are_the_run_s_or_the_model_s(plan_of):
    training = plan_of().training
    assert training.images("compact") == [f"results/bmode/pictures/4x000{i}.nc" for i in range(2)]
    assert training.size("compact") == 5 + 6
    alone = plan_of({"models": {"compact": {"image_cohorts": []}}}).training
    assert alone.images("compact") == []
    assert alone.size("compact") == 6


def test_image_cohorts_of_a_run(plan_of):
    own = {"models": {"compact": {"image_cohorts": ["others"]}}, "cohorts": {"others": PICTURES}}
    assert plan_of(own).training.all_image_cohorts == ["pictures", "others"]
    assert plan_of(own, image_cohorts=[]).training.all_image_cohorts == ["others"]
    assert plan_of(own, models=["theirs"]).training.all_image_cohorts == ["pictures"]


PICTURES = {"kind": "simulated_images", "scanner": "linear", "patients": 2}


def test_what_is_simulated_and_only_trains_needs_no_look(plan_of):
    plan = plan_of(training_cohorts=["further"])
    assert plan.training.checked_chunks == {
        "judged": ["results/frames/judged/4x0000.nc", "results/frames/judged/4x0001.nc"],
    }
    assert plan.training.simulated_cohorts == ["judged", "pictures", "further"]
    assert plan.training.simulated_scanners == ["convex", "linear"]


def test_no_cohort_only_trains_where_every_model_was_trained_elsewhere(plan_of):
    training = plan_of(training_cohorts=["further"], models=["theirs"]).training
    assert training.further_cohorts == []
    assert training.simulated_cohorts == ["judged", "pictures"]


def test_frames_from_files_that_only_train_are_looked_at(plan_of, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = ["frame\tpatient\tlabel\tpath\tscanner", "g0\tq0\t0\tg0.npy\tconvex"]
    (tmp_path / "frames.tsv").write_text("\n".join(rows))
    (tmp_path / "g0.npy").touch()
    keys = {"cohorts": {"further": {"kind": "table", "table": "frames.tsv"}}}
    training = plan_of(keys, training_cohorts=["further"]).training
    assert training.checked_chunks["further"] == ["results/frames/further/4x0000.nc"]


def test_images_from_files_are_looked_at(plan_of, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = ["frame\tpatient\tlabel\tpath\tscanner", "g0\tq0\t0\tg0.png\tother"]
    (tmp_path / "images.tsv").write_text("\n".join(rows))
    (tmp_path / "g0.png").touch()
    keys = {"cohorts": {"read": {"kind": "images", "table": "images.tsv"}}}
    training = plan_of(keys, image_cohorts=["read"]).training
    assert training.checked_chunks["read"] == ["results/bmode/read/4x0000.nc"]
    assert training.simulated_cohorts == ["judged"]
    assert training.simulated_scanners == ["convex"]
