import pytest

from reconattack.errors import InputError


@pytest.mark.parametrize(
    ("quoted", "shown"),
    [
        ("\x1b[2J\x9b31m", r"\x1b[2J\x9b31m"),
        ("one\rtwo\x00\ud800", r"one\rtwo\x00\ud800"),
        ("f\u202eabc", r"f\u202eabc"),
        ("Müller, 肝\n\tand", "Müller, 肝\n\tand"),
    ],
)
def test_what_is_quoted_does_nothing_to_a_terminal(quoted, shown):
    assert str(InputError(quoted)) == f"{InputError(quoted)}" == shown
