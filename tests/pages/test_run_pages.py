import pandas as pd
import pytest

from reconattack.pages.run_pages import leaves, run_tables
from reconattack.run.provenance import begin_run, end_run, runs

CONFIGURATION = {"run": {"models": ["plain", "told"], "cutoff": 0.5}, "accidental": None}


@pytest.fixture
def tables(tmp_path):
    """The rows of each table made of a record of two runs, of which the second goes on."""
    record = tmp_path / "provenance.json"
    for number in range(2):
        begin_run(record, ["snakemake", f"--cores={number}"], CONFIGURATION, tmp_path)
        if number == 0:
            end_run(record, True, [])
    made = run_tables(runs(record)).items()
    return {name: table.to_dict("records") for name, (_, table) in made}


def test_each_run_has_a_row(tables):
    first, second = tables["runs"]
    assert [first["command"], second["command"]] == ["snakemake --cores=0", "snakemake --cores=1"]
    assert first["succeeded"] is True
    assert second["succeeded"] is None
    assert pd.isna(second["ended"])
    assert {"started", "host.processor", "code.sha256", "reconattack_version"} <= set(first)


def test_configuration_and_packages_of_the_newest_run(tables):
    values = {row["key"]: row["value"] for row in tables["configuration"]}
    assert values == {"run.models": "plain, told", "run.cutoff": 0.5, "accidental": None}
    assert "pandas" in {row["package"] for row in tables["packages"]}


def test_leaves_of_nothing():
    assert list(leaves({})) == []
