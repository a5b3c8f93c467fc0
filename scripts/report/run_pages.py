"""Write the record of runs as pages of the report."""

from collections.abc import Mapping

from reconattack.errors import InputError
from reconattack.pages.run_pages import run_tables
from reconattack.pages.table_page.page import table_page
from reconattack.run import provenance
from reconattack.run.jobs import run_rule
from reconattack.storage import replacing


def run_pages(record: str, outputs: Mapping[str, str]) -> None:
    """Write pages of the record of runs.

    Parameters
    ----------
    record
        `results/provenance.json`. Its newest run is the one that makes these pages: it has begun
        and has no end.
    outputs
        The page `runs` with a row per run, and `configuration` and `packages` of the newest run.

    Raises
    ------
    InputError
        If the record holds no run.
    """
    runs = provenance.runs(record)
    if not runs:
        raise InputError(
            f"{record}: no run is recorded; expected the one that makes this page. A workflow that "
            "imports this one as a module begins the record in its onstart (docs/module.md)"
        )
    tables = run_tables(runs)
    for name, output in outputs.items():
        title, table = tables[name]
        with replacing(output) as temporary:
            page = table_page(table, title, record, simulated=False)
            temporary.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    run_rule(run_pages, snakemake)
