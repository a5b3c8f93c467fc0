"""What the configuration says of transferred frames and of training cohorts of models, at once."""

import pytest

from reconattack.run.configuration import check_configuration
from tests.run.test_configuration import DEFAULT, REAL, SCHEMA, errors_of, laid_over

COHORTS = {
    "others": {"kind": "simulated_rf", "scanner": "scanner_a", "patients": 9},
    "phantom_a": {"kind": "simulated_phantom", "scanner": "scanner_a", "frames": 3},
    "phantom_b": {"kind": "simulated_phantom", "scanner": "scanner_b", "frames": 3},
    "read": {"kind": "table", "table": "phantom.tsv"},
}
MOVED = {
    "kind": "transferred",
    "of": "others",
    "calibration": {"from": "phantom_a", "to": "phantom_b"},
}


def moved(calibration=None, **changes):
    """Changes of the default run with a transferred cohort, on which its model is trained."""
    cohort = MOVED | changes | {"calibration": MOVED["calibration"] | (calibration or {})}
    model = {"image_cohorts": [], "training_cohorts": ["moved"]}
    return {"cohorts": COHORTS | {"moved": cohort}, "models": {"compact": model}}


def test_transferred_frames_train_a_model():
    check_configuration(laid_over(DEFAULT, moved()), SCHEMA)
    held_out = {"run": {"protocol": "held_out", "training_cohorts": []}}
    check_configuration(laid_over(laid_over(DEFAULT, moved()), held_out), SCHEMA)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (moved(of="nobody"), "cohorts.moved.of: 'nobody' is not defined under cohorts"),
        (
            moved({"to": "phantom_c"}),
            "cohorts.moved.calibration.to: 'phantom_c' is not defined under cohorts",
        ),
        (moved(of="simulated_rf"), "cohorts.moved.of: 'simulated_rf' is run.cohort, whose"),
        (
            moved(of="simulated_images"),
            "cohorts.moved.of: 'simulated_images' is of kind simulated_images; expected RF frames",
        ),
        (
            moved({"to": "simulated_training"}),
            "cohorts.moved.calibration.to: 'simulated_training' is of kind simulated_rf; expected",
        ),
        (
            moved({"to": "read"}),
            "cohorts.moved.calibration.to: 'read' is of kind table, and 'others' of kind simulated",
        ),
        (
            moved({"from": "phantom_b"}),
            "cohorts.moved.calibration.from: its frames are of scanner_b, those of 'others' of sc",
        ),
        (moved(block=0.01), "cohorts.moved.block: unknown key"),
        (moved({"over": "phantom_b"}), "cohorts.moved.calibration.over: unknown key"),
    ],
)
def test_transfer_that_cannot_be_is_named(changes, said):
    assert any(line.startswith(f"  {said}") for line in errors_of(changes)), errors_of(changes)


def test_every_mistake_of_a_transfer_is_told_at_once():
    lines = errors_of(moved({"from": "read", "to": "simulated_training"}, of="simulated_rf"))
    assert [line.split(":")[0].strip() for line in lines] == [
        "cohorts.moved.of",
        "cohorts.moved.calibration.from",
        "cohorts.moved.calibration.to",
    ]


@pytest.mark.parametrize(
    ("cohort", "said"),
    [
        ("simulated_rf", "'simulated_rf' is run.cohort, whose frames are judged"),
        ("simulated_images", "'simulated_images' holds no RF frames of patients"),
        ("phantom_a", "'phantom_a' holds no RF frames of patients (kind simulated_phantom)"),
        ("nobody", "'nobody' is not defined under cohorts"),
    ],
)
def test_training_cohorts_of_a_model_are_rf_frames_of_others(cohort, said):
    model = {"compact": {"training_cohorts": [cohort]}}
    (line,) = errors_of({"cohorts": COHORTS, "models": model})
    assert line.startswith(f"  models.compact.training_cohorts: {said}")


@pytest.mark.parametrize(
    ("cohort", "said"),
    [("phantom_b", "frames of a phantom"), ("moved", "frames that were transferred to train")],
)
def test_neither_phantoms_nor_transferred_frames_are_judged(cohort, said):
    lines = errors_of(moved() | {"run": {"cohort": cohort}})
    assert any(line.startswith(f"  run.cohort: {cohort!r} holds {said} (") for line in lines), lines


def test_a_model_with_nothing_to_train_on_is_told():
    changes = {
        "run": {"protocol": "held_out"},
        "models": {"compact": {"training_cohorts": [], "image_cohorts": []}},
    }
    (line,) = errors_of(changes)
    assert line.startswith("  run.protocol: held_out keeps run.cohort out of the training")


def test_images_alone_train_a_model_that_says_so():
    changes = {"run": {"protocol": "held_out"}, "models": {"compact": {"training_cohorts": []}}}
    check_configuration(laid_over(DEFAULT, changes), SCHEMA)


def test_transferred_simulated_frames_do_not_train_a_model_of_real_ones():
    alone = {"run": {"training_cohorts": [], "image_cohorts": []}}
    (line,) = errors_of(laid_over(laid_over(REAL, alone), moved()))
    assert line.startswith("  models.compact.training_cohorts: 'moved' is simulated, and run.coh")
