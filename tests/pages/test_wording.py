import pandas as pd
import pytest

from reconattack.pages.wording import (
    box_in_words,
    by_network,
    escaped,
    listed,
    rate,
    with_interval,
)


def test_rate_has_count_percentage_and_wilson_interval():
    assert rate(13, 27) == "13 of 27 (48 %, 31 to 66 %)"  # the paper's
    assert rate(0, 2, "frames") == "0 of 2 frames (0 %, 0 to 66 %)"
    assert rate(0, 0) == "0 of 0"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((0.704, 0.5, 0.85), "0.70 (0.50 to 0.85)"),
        ((1.0, None, None), "1.00 (no interval)"),
        ((None, None, None), "unknown"),
    ],
)
def test_value_with_its_interval(values, text):
    row = pd.Series(values, index=["auc", "auc_low", "auc_high"])
    assert with_interval(row, "auc") == text


def test_names_are_listed():
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"


def test_box_without_units_where_there_are_none():
    box = {"beta": [0.5, 1.3], "zoom": [0.8, 1.2]}
    assert box_in_words(box) == "beta 0.5 to 1.3 dB/(cm MHz), zoom 0.8 to 1.2"


def test_markup_in_names_is_escaped():
    assert escaped("a_b*`c`|\\") == r"a\_b\*\`c\`\|\\"


def test_seeds_are_named_where_a_model_has_several():
    table = pd.DataFrame({"model": ["b", "b", "a"], "seed": [0, 1, 0]})
    assert [name for name, _ in by_network(table)] == ["b, seed 0", "b, seed 1", "a"]
