"""What the configuration says of decisions and units before anything runs."""

import pytest

from reconattack.run.configuration import check_configuration
from tests.run.test_configuration import DEFAULT, SCHEMA, errors_of, laid_over

PYTHON = {"python": "mine:grades", "input_size": [64, 64]}
GRADES = {
    "kind": "classes",
    "classes": ["S0", "S1", "S2"],
    "truth": "fat_fraction",
    "cuts": [5, 15],
}
NUMBER = {"kind": "number", "unit": "%", "threshold": 5}


def of_model(decision, **more):
    """Changes of the default run that make such a model its only one."""
    run = {"models": ["mine"], "attacks": ["zoo", "corners"]} | more.pop("run", {})
    changes = {"accidental": None, "explorer": None, "run": run} | more
    return changes | {"models": {"mine": PYTHON | {"decision": decision}}}


@pytest.mark.parametrize("decision", [GRADES, NUMBER, {"kind": "binary"}])
def test_decision_of_every_kind_passes(decision):
    check_configuration(laid_over(DEFAULT, of_model(decision)), SCHEMA)


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        (NUMBER | {"tolerance": 2}, "expected one of the keys threshold and tolerance"),
        ({"kind": "number", "unit": "%"}, "expected one of the keys threshold and tolerance"),
        (NUMBER | {"threshold": 120, "truth": "fat_fraction"}, "decision.threshold has 120"),
        (GRADES | {"cuts": [5]}, "expected 2 rising values, from which on S1, S2 are true"),
        (GRADES | {"cuts": [15, 5]}, "expected 2 rising values"),
        (GRADES | {"grave": [["S0", "S3"]]}, "expected pairs of two of decision.classes"),
    ],
)
def test_declaration_that_contradicts_itself_is_told(decision, said):
    (line,) = errors_of(of_model(decision))
    assert line.startswith("  models.mine.decision")
    assert said in line


def test_decisions_of_two_kinds_are_two_runs():
    changes = of_model(GRADES, run={"models": ["mine", "compact"], "seeds": [0]})
    (line,) = errors_of(changes)
    assert "models.mine classes, models.compact binary" in line


def test_what_knows_binary_decisions_alone_is_refused_at_once():
    defences = {"baseline": "mine"}
    (line,) = errors_of(of_model(GRADES, defences=defences))
    assert "defences: it is known of binary decisions alone" in line


def test_accidental_changes_are_known_of_every_decision():
    for decision in (GRADES, NUMBER):
        check_configuration(
            laid_over(DEFAULT, of_model(decision, accidental=DEFAULT["accidental"])), SCHEMA
        )


def test_slopes_of_a_mean_over_settings_are_known_of_binary_decisions_alone():
    slopes = {"method": "gradient", "max_queries": 9, "parameters": {"beta": {"box": [0.5, 1.3]}}}
    mean = {"of": "mine", "offsets": [{"beta": 0}, {"beta": 0.1}]}
    changes = of_model(GRADES, attacks={"slopes": slopes})
    changes["models"]["mean"] = mean
    changes["run"] |= {"models": ["mean"], "attacks": ["slopes"]}
    assert any("known of means over settings for binary" in line for line in errors_of(changes))


def test_rule_of_a_unit_fits_the_decision():
    unit = {"unit": "patient", "unit_rule": "vote"}
    (line,) = errors_of(of_model(NUMBER, run=unit))
    assert "'vote' makes no number decision of several frames; expected mean or maximum" in line
    check_configuration(laid_over(DEFAULT, {"run": unit}), SCHEMA)
    (line,) = errors_of({"run": {"unit_rule": "mean"}})
    assert "run.unit is frame, which needs no rule" in line
