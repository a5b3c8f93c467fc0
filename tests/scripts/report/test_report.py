import re
import subprocess
from collections import OrderedDict
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from reconattack.errors import InputError
from scripts.report.report import plain, report, with_policy
from tests.places import ROOT


@pytest.fixture
def snakemake_ends(monkeypatch):
    """Let Snakemake write its configuration as its report, and end with a status."""

    def end_with(status):
        def run(command, cwd):
            given = dict(pairwise(command))
            assert given["--snakefile"] == str(ROOT / "Snakefile")
            configuration = Path(given["--configfile"]).read_text()
            Path(given["--report"]).write_text(f"# <head>\n{configuration}")
            return subprocess.CompletedProcess(command, status)

        monkeypatch.setattr(subprocess, "run", run)

    return end_with


def test_report_is_of_the_runs_own_configuration(snakemake_ends, tmp_path):
    snakemake_ends(0)
    report(["a.png"], {"run": {"cutoff": 0.4}}, str(tmp_path / "r.html"))
    assert yaml.safe_load((tmp_path / "r.html").read_text()) == {"run": {"cutoff": 0.4}}


def test_report_that_failed_leaves_nothing(snakemake_ends, tmp_path):
    snakemake_ends(1)
    with pytest.raises(InputError, match=r"r\.html: Snakemake could not make its report"):
        report(["a.png"], {}, str(tmp_path / "r.html"))
    assert not list(tmp_path.glob("*.html"))


def test_report_can_load_and_send_nothing():
    page = with_policy("<!doctype html>\n<html><head>\n<title>R</title></head></html>")
    (policy,) = re.findall(
        r'<head><meta http-equiv="Content-Security-Policy" content="([^"]+)">\n<title>', page
    )
    allowed = dict(part.split(" ", 1) for part in policy.split("; "))
    assert allowed.pop("default-src") == "'none'"
    sources = {source for of_kind in allowed.values() for source in of_kind.split()}
    assert sources == {"'none'", "'unsafe-inline'", "'unsafe-eval'", "data:"}


def test_report_without_a_head_is_none_of_snakemakes():
    with pytest.raises(InputError, match="no <head>"):
        with_policy("<html></html>")


def test_configuration_becomes_plain():
    tree = OrderedDict(box=OrderedDict(beta=[0.5, 1.3]), names=["a"], nothing=None)
    expected = {"box": {"beta": [0.5, 1.3]}, "names": ["a"], "nothing": None}
    assert yaml.safe_load(yaml.safe_dump(plain(tree))) == expected
