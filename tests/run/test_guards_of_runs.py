"""What the configuration says of guards, and of attacks that have to pass them, at once."""

import pytest

from reconattack.errors import InputError
from reconattack.run.configuration import check_configuration
from tests.run.test_configuration import DEFAULT, SCHEMA, errors_of, laid_over

ENVELOPE = {"beta": [0.8, 1.0], "alpha_lower": [9, 11]}
GUARD = {"envelope": ENVELOPE, "settings": 8, "false_alarm_rate": 0.05}
BOX = {"beta": {"box": [0.5, 1.3]}}
PAST = {"method": "corners", "guarded": True, "max_queries": 50, "parameters": BOX}


def with_guard(guard=GUARD, attack=PAST, model=None, **run):
    """Changes of the default run that give its model a guard, and an attack that knows it."""
    return {
        "models": {"compact": {"guard": guard} | (model or {})},
        "attacks": {"past": attack},
        "run": {"attacks": ["zoo", "past"]} | run,
    }


def replaced(guard):
    """The default run with exactly this guard: maps are not merged."""
    config = laid_over(DEFAULT, with_guard())
    config["models"]["compact"]["guard"] = guard
    return config


def test_guard_with_an_attack_that_knows_it_passes():
    check_configuration(laid_over(DEFAULT, with_guard()), SCHEMA)
    named = with_guard(model={"attacks": ["past"]})
    check_configuration(laid_over(DEFAULT, named), SCHEMA)


def test_every_black_box_search_may_be_guarded():
    for method in ("random", "minimal", "cma", "cobyqa", "direct", "hop_skip_jump"):
        check_configuration(
            laid_over(DEFAULT, with_guard(attack=PAST | {"method": method})), SCHEMA
        )
    zoo = DEFAULT["attacks"]["zoo"] | {"guarded": True}
    check_configuration(laid_over(DEFAULT, with_guard(attack=zoo)), SCHEMA)


def by(method, **settings):
    """An attack by a method that is no black-box search, with the guard to pass."""
    return {"method": method, "guarded": True, "parameters": BOX} | settings


def beside(mine):
    """Changes with a second model, `mine`."""
    changes = with_guard(models=["compact", "mine"])
    return changes | {"models": changes["models"] | {"mine": mine}}


OFFSETS = {"of": "compact", "offsets": [{"beta": 0}]}
SAMPLE = by("sample", draws=9, distribution="uniform", confidence=0.9)


@pytest.mark.parametrize(
    ("envelope", "said"),
    [
        ({"beta": [0.95, 1.0]}, ".beta is [0.95, 1], which leaves out the initial value 0.9"),
        ({"gain": [1, 3]}, ".gain is [1, 3], which leaves out the initial value 0 "),
        ({"gamma": [-1, 1]}, ".gamma is [-1, 1]; expected values from "),
        ({"alpha_lower": [5, 60]}, ": alpha_lower reaches up to 60 dB and alpha_upper down to 55"),
        ({"bta": [0.8, 1.0]}, ".bta: "),
    ],
)
def test_envelope_that_cannot_be_is_named(envelope, said):
    guard = GUARD | {"envelope": envelope}
    with pytest.raises(InputError) as error:
        check_configuration(replaced(guard), SCHEMA)
    _, line = str(error.value).splitlines()
    assert line.startswith(f"  models.compact.guard.envelope{said}")


@pytest.mark.parametrize(
    ("changes", "key", "said"),
    [
        ({"false_alarm_rate": 0}, "models.compact.guard.false_alarm_rate", "0"),
        ({"settings": 0}, "models.compact.guard.settings", "0"),
        ({"rate": 0.1}, "models.compact.guard.rate", "unknown key"),
    ],
)
def test_wrong_value_of_a_guard_is_named(changes, key, said):
    (line,) = errors_of(with_guard(GUARD | changes))
    assert line.startswith(f"  {key}: ")
    assert said in line


@pytest.mark.parametrize(
    ("changes", "key", "said"),
    [
        (
            with_guard(attacks=["zoo"]),
            "models.compact.guard: no attack on compact has to pass it",
            "expected an attack with guarded: true in run.attacks",
        ),
        (
            with_guard(model={"attacks": ["zoo"]}),
            "models.compact.guard: no attack on compact has to pass it",
            "in the model's attacks if it names its own",
        ),
        (
            with_guard(protocol="resubstitution", training_cohorts=[]),
            "models.compact.guard: run.protocol is resubstitution",
            "expected patient_folds or held_out",
        ),
        (
            with_guard(unit="patient"),
            "attacks.past.guarded: run.unit is patient",
            "a guard judges the picture of one frame",
        ),
        (
            with_guard() | {"models": {}},
            "attacks.past.guarded: no model of the run has a guard",
            "expected models.<name>.guard",
        ),
        (
            with_guard(attack=SAMPLE),
            "attacks.past.guarded: method sample finds a share",
            "expected a black-box search",
        ),
        (
            with_guard(attack=by("gradient", max_queries=9)),
            "attacks.past.guarded: method gradient follows slopes",
            "which a guard does not have",
        ),
        (
            with_guard(attack=by("certify", max_cells=9, tolerance=0.01)),
            "attacks.past.guarded: method certify finds a proof",
            "expected a black-box search",
        ),
        (
            beside({"python": "mine:probability", "input_size": [64, 64], "guard": GUARD}),
            "models.mine.guard: mine was trained elsewhere",
            "expected a model that the run trains",
        ),
        (
            beside(OFFSETS | {"guard": GUARD}),
            "models.mine.guard: mine is derived from models.compact",
            "expected the guard of a model that the run trains",
        ),
        (
            beside(OFFSETS | {"attacks": ["past"]}),
            "attacks.past.guarded: models.mine names it among its attacks and has no guard",
            "expected models.mine.guard",
        ),
        (
            with_guard(model={"takes": "envelope", "image_cohorts": []}),
            "models.compact.guard: compact takes envelope",
            "expected a model that takes the image",
        ),
    ],
)
def test_guard_that_cannot_be_is_refused_by_name(changes, key, said):
    (line,) = [line for line in errors_of(changes) if line.startswith(f"  {key}")]
    assert said in line


def test_finished_images_have_no_guard():
    images = {"kind": "images", "table": "pictures.tsv"}
    changes = with_guard(cohort="pictures", image_cohorts=[], training_cohorts=[])
    lines = errors_of(changes | {"cohorts": {"pictures": images}, "accidental": None})
    assert any("models.compact.guard: run.cohort 'pictures' holds finished" in x for x in lines)
