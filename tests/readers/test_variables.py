import pytest

from reconattack.errors import InputError
from reconattack.readers.variables import Variable, chosen_variable, listed

RF = Variable((80, 6), "double", True)
OTHERS = {
    "fs": Variable((1, 1), "double", True),
    "angles": Variable((1, 6), "double", True),
    "weights": Variable((80,), "double", True),
    "notes": Variable((3, 20), "char", False),
    "data": Variable((1, 100), "struct", False),
    "label": Variable((), "int64", True),
}


def test_only_array_of_numbers_is_chosen():
    assert chosen_variable(None, OTHERS | {"rf": RF}) == "rf"


def test_stated_variable_is_chosen():
    assert chosen_variable("data[3].rf1", OTHERS | {"rf": RF}) == "data[3].rf1"


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        (
            OTHERS | {"rf": RF, "iq": RF},
            r"2 arrays of numbers .* rf \(80 x 6 double\), iq \(80 x 6",
        ),
        (
            OTHERS,
            r"0 arrays of numbers .* expected its name in the column variable; .* label \(scal",
        ),
        ({}, r"0 arrays of numbers .* the file holds no variables"),
    ],
)
def test_several_arrays_or_none_need_a_name(variables, message):
    with pytest.raises(InputError, match=message):
        chosen_variable(None, variables)


def test_variables_are_listed_with_shape_and_type():
    assert (
        listed({"rf": RF, "label": OTHERS["label"]}) == "rf (80 x 6 double), label (scalar int64)"
    )
