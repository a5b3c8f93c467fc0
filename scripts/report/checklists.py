"""Write which items of the checklists a run answers: a table and a page for each."""

from collections.abc import Sequence

from reconattack.pages.checklists.checklist import checklists as answered
from reconattack.pages.checklists.checklist import table_of
from reconattack.pages.checklists.page import checklist_page
from reconattack.run.jobs import run_rule
from reconattack.storage import replacing, write_table


def checklists(
    made: Sequence[str], stated: Sequence[str], tables: Sequence[str], pages: Sequence[str]
) -> None:
    """Write a table and a page for each checklist.

    Parameters
    ----------
    made, stated
        As in `reconattack.pages.checklists.checklist.checklists`.
    tables, pages
        The files of each checklist, in the order of the checklists.
    """
    for checklist, table, page in zip(answered(made, stated), tables, pages, strict=True):
        write_table(table, table_of(checklist))
        with replacing(page) as temporary:
            temporary.write_text(checklist_page(checklist), encoding="utf-8")


if __name__ == "__main__":
    run_rule(checklists, snakemake)
