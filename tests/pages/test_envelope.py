"""The sentences, word for word."""

import numpy as np
import pandas as pd
import pytest

from reconattack.pages.envelope import percent_of, sentence, sentences, title_of
from tests.envelope_rows import START, envelope_row

INITIAL = {**START, "alpha_upper": 55}
TITLES = {
    "controls": {"beta": "attenuation compensation (beta)", "alpha_lower": "lower threshold"},
    "attacks": {"minimal": "search for the smallest change"},
}
BOTH = "beta", "alpha_lower"


def said(*moved, simulated=False, titles=TITLES, **cells):
    return sentence(pd.Series(envelope_row(*moved, **cells)), INITIAL, simulated, titles)


def test_sweep_with_a_bound():
    assert said("beta", bound_share=0.125) == (
        "With attenuation compensation (beta) alone from 0.8 to 1 dB/(cm MHz), 1 of 100 decisions "
        "changed at the 4 settings tried there, 0.05 dB/(cm MHz) apart; between these nothing is "
        "known; for further patients, at most 5 % of such decisions change at settings of this "
        "kind with attenuation compensation (beta) alone from 0.85 to 0.95 dB/(cm MHz), with 95 % "
        "confidence (100 patients, order statistic of patients)."
    )


def test_too_few_patients():
    assert said("beta", n=22) == (
        "With attenuation compensation (beta) alone from 0.8 to 1 dB/(cm MHz), 1 of 22 decisions "
        "changed at the 4 settings tried there, 0.05 dB/(cm MHz) apart; between these nothing is "
        "known; 22 patients are too few to bound the changes on further patients at 5 % with 95 % "
        "confidence (59 are needed; 22 suffice for 12.8 %)."
    )


def test_proof_of_several_parameters():
    cells = {"statement": "proved", "source": "certify", "counted": "attacked frames"}
    assert said(*BOTH, n=80, bound_share=0.1, n_settings=np.nan, **cells) == (
        "With attenuation compensation (beta) from 0.8 to 1 dB/(cm MHz) and lower threshold from "
        "8.75 to 11.25 dB, 79 of 80 decisions right at the initial setting are proved not to "
        "change at any setting; for further patients, at most 5 % of such decisions change with "
        "attenuation compensation (beta) from 0.86 to 0.94 dB/(cm MHz) and lower threshold from "
        "9.5 to 10.5 dB, with 95 % confidence (80 patients, order statistic of patients)."
    )


def test_search():
    cells = {"statement": "sampled", "source": "minimal", "counted": "attacked frames", "n": 1}
    assert said(*BOTH, simulated=True, **cells) == (
        "With attenuation compensation (beta) from 0.8 to 1 dB/(cm MHz) and lower threshold from "
        "8.75 to 11.25 dB, 1 of 1 decision right at the initial setting changed at about 4 "
        "settings of each frame that were tried there (search for the smallest change); a change "
        "at another setting is not excluded; 1 simulated patient is too few to bound the changes "
        "on further patients at 5 % with 95 % confidence (59 are needed; 1 suffices for 95 %)."
    )


def test_drawn_settings():
    cells = {"statement": "sampled", "source": "normal", "n_settings": 2}
    assert said(*BOTH, **cells).startswith(
        "With attenuation compensation (beta) from 0.8 to 1 dB/(cm MHz) and lower threshold from "
        "8.75 to 11.25 dB, 1 of 100 decisions changed at the 1 setting drawn there (normal "
        "distribution); a change at another setting is not excluded; "
    )


def test_no_range():
    assert said("alpha_lower", share=0.0, changed=0, bound_share=0.0) == (
        "For lower threshold alone, no range around 10 dB is known in which at most 5 % of the "
        "decisions change: at settings tried with lower threshold alone from 7.5 to 12.5 dB, 7 of "
        "100 decisions changed; for further patients, no range is known with 95 % confidence to "
        "change at most 5 % of the decisions (100 patients)."
    )


def test_proof_of_nothing_names_no_change():
    text = said("beta", share=0.0, statement="proved", bound_share=0.0)
    assert text.startswith(
        "For attenuation compensation (beta) alone, no range around 0.9 dB/(cm MHz) is known in "
        "which at most 5 % of the decisions change; for further patients, no range"
    )


def test_ends_are_rounded_towards_the_initial_value():
    text = said("beta", share=0.27441)
    assert "from 0.791 to 1.009 dB/(cm MHz)" in text


def test_names_stand_where_there_is_no_title():
    assert said("beta", titles={}).startswith("With beta alone from 0.8 to 1 dB/(cm MHz), ")


def test_many_parameters_have_the_share_of_their_box():
    sliders = [f"slider_{number}" for number in range(1, 7)]
    ends = {
        f"{prefix}{end}_{name}": value
        for name in sliders
        for prefix, part in (("", 0.25), ("box_", 1))
        for end, value in (("lower", -6 * part), ("upper", 6 * part))
    }
    row = envelope_row("beta", statement="sampled", source="each", n=22)
    row |= {"parameter": "time-gain curve", "moved": ", ".join(sliders), **ends}
    curve = sentence(pd.Series(row), INITIAL, False)
    assert curve.startswith("With time-gain curve alone within 25 % of the box, 1 of 22 decisions")
    together = sentence(pd.Series(row | {"parameter": "together"}), INITIAL, False)
    assert together.startswith("With all 6 parameters together within 25 % of the box, ")
    none = sentence(pd.Series(row | {"range_share": 0.0}), INITIAL, False)
    assert none.startswith(
        "For time-gain curve alone, no range around the initial setting is known in which at most "
        "5 % of the decisions change: at settings tried with time-gain curve alone within 50 % of "
    )


def test_one_sentence_for_each_parameter_from_the_strongest_statement():
    rows = [
        envelope_row("beta", statement="sampled", source="minimal", share=0.9),
        envelope_row("beta"),
        envelope_row(*BOTH, statement="sampled", source="minimal"),
        envelope_row(*BOTH, statement="proved", source="certify", share=0.0),
    ]
    beta, together = sentences(pd.DataFrame(rows), INITIAL, False)
    assert beta.startswith("With beta alone from 0.8 to 1 dB")
    assert "a change at another setting is not excluded" in together


@pytest.mark.parametrize(
    ("share", "text"), [(0.05, "5 %"), (0.0868, "8.7 %"), (0.001, "0.1 %"), (0.12731, "12.8 %")]
)
def test_percentages_are_rounded_up(share, text):
    assert percent_of(share) == text


def test_a_parameter_without_a_title_has_the_name_of_its_control():
    assert title_of({}, "controls", "f_number") == "f-number"
    assert title_of({"controls": {"f_number": "aperture"}}, "controls", "f_number") == "aperture"
    assert title_of({}, "attacks", "f_number") == "f_number"
