"""What the pages say of guards follows from a run's tables."""

import pandas as pd
import pytest

from tools.guard_numbers import in_short, results

KNOWN = {
    "cohorts": {"simulated_rf": {"patients": 9}, "further": {"patients": 40}},
    "run": {"training_cohorts": ["further"]},
    "attacks": {"steps": {}, "known": {"max_queries": 70}},
    "titles": {"models": {"a": "plain network", "b": "trained otherwise"}},
}
FRAMES = {  # by model and attack: each flipped frame, and whether it is allowed and alarms
    ("a", "steps"): [("f0", True, False), ("f1", False, True), ("f2", False, True)],
    ("a", "known"): [("f0", True, False), ("f3", False, False)],
    ("b", "steps"): [("f0", True, False)],
    ("b", "known"): [],
}
N = 5  # attacked frames of each model


def tables():
    flips = pd.DataFrame(
        {
            **{"model": model, "seed": 0, "frame": frame, "attack": attack, "flipped": True},
            **{"allowed": allowed, "alarm": alarm, "guard_threshold": 4.25 + (model == "b")},
        }
        for (model, attack), frames in FRAMES.items()
        for frame, allowed, alarm in frames
    )
    rows = []
    for (model, attack), frames in FRAMES.items():
        of_model = flips[flips["model"] == model]
        caught, passed = sum(one[2] for one in frames), of_model[~of_model["alarm"]]
        rows.append(
            {
                **{"model": model, "seed": 0, "attack": attack, "guarded": attack == "known"},
                **{"n_attacked": N, "n_flipped": len(frames)},
                **{"n_flipped_allowed": sum(one[1] for one in frames), "n_caught": caught},
                **{"caught_low": 0.25, "caught_high": 0.75, "n_patients": 9},
                **{"passed_by_any": passed["frame"].nunique() / N, "passed_by_any_low": 0.125},
                **{"passed_by_any_high": 0.625, "n_alarmed_patients": 1, "false_alarms": 1 / 9},
                **{"false_alarms_low": 0.0, "false_alarms_high": 0.4375, "n_pictures": 36},
                **{"false_alarms_of_pictures": 2 / 36, "declared_rate": 0.125},
            }
        )
    return pd.DataFrame(rows), flips


@pytest.fixture
def said():
    return " ".join(results(*tables(), KNOWN).split())


def test_patients_and_queries_are_those_of_the_configuration(said):
    assert "40 training patients with RF frames, 9 test patients." in said
    assert "at most 70 queries" in said


def test_each_attack_has_its_flips_of_each_model(said):
    assert "plain network: flips of 5 frames" in said
    assert "| `steps` | 3 | 1 | 2/3 (0.25 to 0.75) | 1 | 1 | 0/1 (0.25 to 0.75) |" in said
    assert "| `known` | 2 | 1 | - | 0 | 0 | - |" in said


def test_what_remains_tells_attacks_that_know_the_guard_from_others(said):
    assert (
        "Without a guard some attack flips 3 of the 5 frames. Past the guard it is 2 of 5 (0.40, "
        "0.12 to 0.62): the attacks that know the guard flip 2 of them, those that do not know it "
        "1. 1 of the 2 flip at a setting in the envelope" in said
    )
    assert "The flips found of the other 1 lie outside it" in said
    second = said[said.index("What remains: network trained otherwise") :]
    assert "is 1 of 5" in second and "flip 0 of them, those that do not know it 1." in second
    assert "lie outside" not in second


def test_false_alarms_stand_beside_the_declared_rate(said):
    assert "at any of 4 allowed pictures for 1 of 9 test patients (0.11, 0.00 to 0.44" in said
    assert "0.125 was declared. At single pictures it is 2 of 36 and 2 of 36." in said
    assert "thresholds are 4.2 and 5.2" in said


def test_short_form_has_the_attack_that_is_caught_most():
    short = " ".join(in_short(*tables(), KNOWN).split())
    assert "catches 2 of 3 flips of `steps` on the plain network." in short
    assert "still flip 2 of 5 frames, 1 of them at an allowed setting" in short
