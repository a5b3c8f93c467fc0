"""The tables of a run as pages of its report, sortable and searchable."""

from collections.abc import Mapping, Sequence

from reconattack.pages.table_page.page import table_page
from reconattack.run.jobs import job
from reconattack.storage import read_table, replacing


def table_pages(
    tables: Mapping[str, str], titles: Sequence[str], simulated: bool, outputs: Sequence[str]
) -> None:
    """Write a page for each table.

    `tables` are the files by the names that the run has for them, `titles` and `outputs` in the
    same order; `simulated` tells whether the judged frames are.
    """
    for (file, path), title, output in zip(tables.items(), titles, outputs, strict=True):
        page = table_page(read_table(path, dtype={"fold": str}), title, file, simulated)
        with replacing(output) as temporary:
            temporary.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    with job(snakemake.log[0]):
        table_pages(
            tables=dict(zip(snakemake.params.files, snakemake.input, strict=True)),
            titles=snakemake.params.titles,
            simulated=snakemake.params.simulated,
            outputs=snakemake.output,
        )
