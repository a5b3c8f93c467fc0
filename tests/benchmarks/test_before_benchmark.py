import subprocess

import pytest

from benchmarks import before
from tests.places import ROOT


def test_two_checkouts_do_the_same_work_in_turns(monkeypatch):
    monkeypatch.setattr(before, "PROCESSES", 1)
    rows = before.measure({before.BEFORE: ROOT, before.NOW: ROOT}, None, 1)
    assert [row["work"] for row in rows] == [*before.OF_AN_IMAGE, "a process with from RF"]
    for row in rows:
        assert {"before ms", "now ms", "before over now"} <= row.keys()
        assert all(row[name]["min"] > 0 for name in row if name != "work")
    assert rows[-1]["now MB"]["min"] > 50


def test_another_commit_is_checked_out_and_removed(tmp_path, monkeypatch):
    def git(*arguments):
        author = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(["git", "-C", tmp_path, *author, *arguments], check=True)

    git("init", "-q")
    for text in ("first", "second"):
        (tmp_path / "file").write_text(text)
        git("add", ".")
        git("commit", "-qm", text)
    monkeypatch.setattr(before, "ROOT", tmp_path)
    with before.checked_out("HEAD~1") as checkout:
        assert (checkout / "file").read_text() == "first"
    assert not checkout.exists()
    listed = subprocess.check_output(["git", "-C", tmp_path, "worktree", "list"], text=True)
    assert len(listed.splitlines()) == 1


def test_a_process_that_ends_is_said(tmp_path):
    with pytest.raises(SystemExit, match="another setting has ended"):
        before.measure({before.BEFORE: tmp_path, before.NOW: tmp_path}, None, 1)
