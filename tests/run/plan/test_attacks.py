"""What the plan knows of attacks: their boxes, and what their methods declare."""

import pytest

from reconattack.attacks.method import method_names
from reconattack.run.plan.attacks import Attacks, scaled_parameters

ANSWERS = {
    "is_white_box": {"gradient"},
    "needs_many_queries": {"grid", "each_knob", "sample"},
    "moves_by_steps": {"zoo"},
    "finds_lattice": {"grid"},
    "finds_margins": {"minimal"},
    "finds_knobs": {"each_knob"},
}


@pytest.mark.parametrize("question", ANSWERS)
def test_questions_to_every_method(question):
    names = method_names()
    attacks = Attacks({name: {"method": name} for name in names}, names)
    assert set(attacks.selected_which(getattr(attacks, question))) == ANSWERS[question]


def test_free_searches_declare_nothing():
    names = method_names()
    attacks = Attacks({name: {"method": name} for name in names}, names)
    free = set(attacks.selected_which(attacks.searches_freely))
    assert {"corners", "random", "cobyqa", "direct", "cma", "differential_evolution"} <= free
    assert not free & {"zoo", "grid", "minimal", "each_knob", "gradient"}


def test_box_and_parameters(plan_of):
    attacks = plan_of().attacks
    assert attacks.box("each") == {"gain": [-3, 3]}
    assert attacks.parameters(["each"]) == {"each": {"gain": {"box": [-3, 3]}}}
    assert attacks.parameters().keys() == {"steps", "corners"}


def test_paper_s_attack_stands_for_the_run(plan_of):
    assert plan_of(attacks=["corners", "steps"]).attacks.stepping == ["steps"]
    assert plan_of(attacks=["corners", "steps"]).attacks.reported == "steps"
    assert plan_of(attacks=["nearest", "corners"]).attacks.stepping == []
    assert plan_of(attacks=["nearest", "corners"]).attacks.reported == "nearest"


def test_grid_over_the_same_box(plan_of):
    attacks = plan_of(attacks=["steps", "lattice", "each"]).attacks
    assert attacks.grid_of("steps") == "lattice"
    assert attacks.grid_of("each") is None
    assert plan_of().attacks.grid_of("steps") is None  # the grid is not selected


def test_parameters_that_need_a_scale_are_told_with_their_places():
    moved, fixed = {"box": [0, 1]}, {"box": [1, 1]}
    config = {
        "run": {"attacks": ["a", "b"], "models": ["m", "n"]},
        "attacks": {
            "a": {"parameters": {"beta": moved, "gain": moved}},
            "b": {"parameters": {"beta": fixed, "slider_3": moved}},
            "c": {"parameters": {"slider_1": moved}},
        },
        "models": {"m": {}, "n": {"reconstructions": {"parameters": {"beta": moved}}}},
        "accidental": None,
    }
    assert scaled_parameters(config) == [
        "beta (attacks.a, models.n.reconstructions)",
        "slider_3 (attacks.b)",
    ]
    config["accidental"] = {"parameters": {"slider_3": moved}}
    assert scaled_parameters(config)[1] == "slider_3 (attacks.b, accidental)"


@pytest.mark.parametrize("method", ["zoo", "minimal", "cma"])
def test_flips_past_a_guard_are_no_margins_and_not_the_paper_s(method):
    """Tables and pages that speak of the decision alone leave them out."""
    definitions = {"past": {"method": method, "guarded": True, "parameters": {}}}
    attacks = Attacks(
        definitions | {"lattice": {"method": "grid", "parameters": {}}}, ["past", "lattice"]
    )
    assert attacks.is_guarded("past")
    assert not attacks.is_guarded("lattice")
    for question in (attacks.moves_by_steps, attacks.finds_margins, attacks.searches_freely):
        assert attacks.selected_which(question) == []
    assert attacks.stepping == []
    assert attacks.grid_of("past") is None
