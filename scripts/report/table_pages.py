"""Make the tables of a run sortable and searchable pages of its report."""

from collections.abc import Sequence
from pathlib import Path

from reconattack.pages.table_page.page import table_page
from reconattack.run.jobs import run_rule
from reconattack.storage import read_table, replacing


def table_pages(
    tables: Sequence[str],
    titles: Sequence[str],
    simulated: bool,
    pages: Sequence[str],
) -> None:
    """Write a page for each table.

    Parameters
    ----------
    tables, titles, pages
        The files, the title and the page of each table, in the same order. The pages name a table
        by its path in the run's folder, also if the job works on a copy of it.
    simulated
        Whether the test frames are simulated.
    """
    for table, title, page in zip(tables, titles, pages, strict=True):
        file = f"results/tables/{Path(table).name}"
        stored = read_table(table, dtype={"fold": str})
        text = table_page(stored, title, file, simulated, Path(table).stem)
        with replacing(page) as temporary:
            temporary.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    run_rule(table_pages, snakemake)
