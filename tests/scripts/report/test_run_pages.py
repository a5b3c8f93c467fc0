import json
import re

import pytest

from reconattack.errors import InputError
from reconattack.run.provenance import begin_run, end_run
from scripts.report.run_pages import leaves, run_pages

CONFIGURATION = {"run": {"models": ["plain", "told"], "cutoff": 0.5}, "accidental": None}


@pytest.fixture
def pages(tmp_path):
    """The rows of each page made of a record of two runs, of which the second goes on."""
    record = tmp_path / "provenance.json"
    for number in range(2):
        begin_run(record, ["snakemake", f"--cores={number}"], CONFIGURATION, tmp_path)
        if number == 0:
            end_run(record, True, [])
    outputs = {name: tmp_path / f"{name}.html" for name in ("runs", "configuration", "packages")}
    run_pages(str(record), {name: str(path) for name, path in outputs.items()})
    return {name: data_of(path.read_text()) for name, path in outputs.items()}


def data_of(page):
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page)
    data = json.loads(text)
    names = [column["name"] for column in data["columns"]]
    return [dict(zip(names, row, strict=True)) for row in data["rows"]]


def test_each_run_has_a_row(pages):
    first, second = pages["runs"]
    assert [first["command"], second["command"]] == ["snakemake --cores=0", "snakemake --cores=1"]
    assert first["succeeded"] in (True, "yes")
    assert second["succeeded"] is None
    assert second["ended"] is None
    assert {"started", "host.processor", "code.sha256", "reconattack_version"} <= set(first)


def test_configuration_and_packages_of_the_newest_run(pages):
    values = {row["key"]: row["value"] for row in pages["configuration"]}
    assert values == {"run.models": "plain, told", "run.cutoff": 0.5, "accidental": None}
    assert "pandas" in {row["package"] for row in pages["packages"]}


def test_leaves_of_nothing():
    assert list(leaves({})) == []


def test_missing_record_is_named(tmp_path):
    with pytest.raises(InputError, match="no run is recorded"):
        run_pages(str(tmp_path / "none.json"), {})
