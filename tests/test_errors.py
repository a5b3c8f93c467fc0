import copy
import sys

import pytest

from reconattack.errors import InputError, OptionalPackage, needs_extra


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


def test_optional_package_is_imported_at_its_first_use(monkeypatch):
    package = OptionalPackage("json.tool", "formats")
    monkeypatch.delitem(sys.modules, "json.tool", raising=False)
    assert "json.tool" not in sys.modules
    assert callable(package.main)
    assert "json.tool" in sys.modules
    copy.copy(package)


def test_missing_package_names_its_extra():
    package = OptionalPackage("no_such_package.part", "formats")
    with pytest.raises(InputError, match=r"no_such_package.*reconattack\[formats\]"):
        package.read  # noqa: B018
    with pytest.raises(InputError, match=r"no_such.*'reconattack\[train\]'"), needs_extra("train"):
        import no_such_package_either  # noqa: F401
