import pytest

from reconattack.errors import InputError
from reconattack.run.provenance import begin_run
from scripts.report.run_pages import run_pages

TITLES = {
    "runs": "Runs that made these results",
    "configuration": "Configuration",
    "packages": "Packages",
}


def test_each_page_has_its_title(tmp_path):
    record = tmp_path / "provenance.json"
    begin_run(record, ["snakemake"], {"run": {"cutoff": 0.5}}, tmp_path)
    run_pages(str(record), {name: str(tmp_path / f"{name}.html") for name in TITLES})
    for name, title in TITLES.items():
        assert f"<h1>{title}</h1>" in (tmp_path / f"{name}.html").read_text()


def test_missing_record_is_named(tmp_path):
    with pytest.raises(InputError, match="no run is recorded"):
        run_pages(str(tmp_path / "none.json"), {})
