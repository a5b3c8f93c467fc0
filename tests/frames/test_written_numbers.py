import pytest

from reconattack.frames.written_numbers import comma_hint, number_in, percentage


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("40e6", 40e6),
        ("1e-1", 0.1),
        ("2.5E+6", 2.5e6),
        (".5", 0.5),
        ("-3.", -3.0),
        ("+7", 7),
        ("007", 7),
        ("40_000_000", 40_000_000),
        (" 12 ", 12),
    ],
)
def test_text_that_is_a_number(text, number):
    assert number_in(text) == number
    assert isinstance(number_in(text), type(number))


@pytest.mark.parametrize(
    "text", ["", ".", "e6", "40 MHz", "0,5", "1e999", "nan", "inf", "0x10", "4:3", "_1", "1.2.3"]
)
def test_text_that_is_none(text):
    assert number_in(text) is None


def test_decimal_comma_gets_a_hint_and_nothing_else_does():
    assert comma_hint("0,5") == "; write it with a point, 0.5"
    for other in ("0.5", "five", "1,540,000", "a,b", 5, None):
        assert comma_hint(other) == ""


@pytest.mark.parametrize(
    ("share", "words"),
    [(1.0, "100 %"), (0.999, "100 %"), (0.137, "14 %"), (0.00987, "0.99 %"), (0.0, "0 %")],
)
def test_percentage_has_two_digits_and_no_power_of_ten(share, words):
    assert percentage(share) == words
