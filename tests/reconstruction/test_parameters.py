from reconattack.reconstruction.parameters import NEUTRAL, PAPER_PARAMETERS, PARAMETERS
from reconattack.run.schema import complete_schema
from tests.places import ROOT

SCHEMA = complete_schema(ROOT / "schemas" / "config.schema.yaml")


def test_schema_knows_exactly_these_parameters():
    assert SCHEMA["$defs"]["parameter"]["enum"] == list(PARAMETERS)
    initial = SCHEMA["properties"]["reconstruction"]["properties"]["initial"]
    assert set(initial["properties"]) == set(PARAMETERS)
    assert initial["required"] == list(PAPER_PARAMETERS)


def test_neutral_values_mean_something():
    for name, value in NEUTRAL.items():
        low, high = PARAMETERS[name].limits
        assert low <= value <= high


def test_only_the_papers_parameters_have_no_neutral_value():
    assert set(PARAMETERS) - set(NEUTRAL) == set(PAPER_PARAMETERS)


def test_controls_of_one_scanner_knob_belong_together():
    sliders = [name for name, known in PARAMETERS.items() if known.control == "time-gain curve"]
    assert sliders == [f"slider_{number}" for number in range(1, 9)]
