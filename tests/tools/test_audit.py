"""What `make check` makes of pip-audit's answers."""

import json

import pytest

from tools import audit

SOUND = {"name": "numpy", "version": "2.1.0", "vulns": []}
ADVISORY = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2.0"], "description": ""}
BAD = {"name": "pillow", "version": "1.9", "vulns": [ADVISORY]}
UNKNOWN = {"name": "local", "skip_reason": "not found"}


@pytest.fixture
def audited(monkeypatch, tmp_path, capsys):
    """Status and words of an audit of one lock; the services answer in turn with these packages,
    None where one cannot be reached.
    """

    def run(*answers, options=()):
        texts = iter("" if a is None else json.dumps({"dependencies": a}) for a in answers)
        monkeypatch.setattr(audit, "answer", lambda lock, service: next(texts))
        (tmp_path / "lock.txt").touch()
        status = audit.main([*options, str(tmp_path / "lock.txt")])
        return status, capsys.readouterr().out.replace(f"{tmp_path}/lock.txt: ", "").splitlines()

    return run


def test_sound_packages_pass(audited):
    assert audited([SOUND]) == (0, ["1 packages checked against public advisories"])


def test_vulnerability_fails(audited):
    status, lines = audited([SOUND, BAD])
    assert status == 1
    assert lines[0] == "VULNERABLE: pillow 1.9: PYSEC-1, mended in 2.0"


@pytest.mark.parametrize("name", ["PYSEC-1", "CVE-1"])
def test_accepted_vulnerability_is_named_with_its_reason(audited, monkeypatch, name):
    monkeypatch.setitem(audit.ACCEPTED, name, "the format is read by nobody here")
    status, lines = audited([BAD])
    assert status == 0
    assert lines[0] == f"accepted: pillow 1.9: {name}: the format is read by nobody here"


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ((None, None), "no service can be reached"),
        (([UNKNOWN, UNKNOWN], None), "no service can be reached"),
        ((None, [UNKNOWN, UNKNOWN]), "none of 2 packages is known there"),
    ],
)
def test_nothing_passes_silently_where_nobody_can_be_asked(audited, answers, reason):
    line = f"NOT CHECKED against advisories: {reason}"
    assert audited(*answers) == (0, [line])
    assert audited(*answers, options=["--strict"]) == (1, [line])


def test_package_that_is_passed_over_is_named(audited):
    status, lines = audited([SOUND, UNKNOWN])
    assert status == 0
    assert lines[0] == "NOT CHECKED: local: not found"
    assert audited([SOUND, UNKNOWN], options=["--strict"])[0] == 1


def test_second_service_is_asked_where_the_first_does_not_answer(audited):
    assert audited(None, [BAD])[0] == 1


def test_lock_that_is_not_there(capsys):
    with pytest.raises(SystemExit):
        audit.main(["absent.txt"])
    assert "absent.txt: no such file" in capsys.readouterr().err
