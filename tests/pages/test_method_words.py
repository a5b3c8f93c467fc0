"""What the numbers of a run do not say."""

import pytest

from reconattack.pages.method_words import NOT_TOLD_BY_PICTURES, limits_of
from tests.pages.report_tables import summary_rows, tables_of_kind


def test_simulated_frames_and_pictures_have_a_limit_of_their_own():
    plain = limits_of(summary_rows(), of_pictures=False, simulated=False)
    assert not [sentence for sentence in plain if "simulated" in sentence]
    simulated = limits_of(summary_rows(), of_pictures=False, simulated=True)
    assert simulated[0].startswith("All classified frames are simulated.")
    assert simulated[1:] == plain
    pictures = limits_of(summary_rows(), of_pictures=True, simulated=False)
    assert pictures == [NOT_TOLD_BY_PICTURES, *plain]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("classes", "whose class the network does not find"),
        ("number", "on the wrong side of a threshold"),
        ("mask", "not which of the two outlines is right"),
    ],
)
def test_last_limit_is_that_of_the_kind_of_decision(kind, words):
    tables, _ = tables_of_kind(kind)
    assert words in limits_of(tables["summary"], of_pictures=False, simulated=True)[-1]
