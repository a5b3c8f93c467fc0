"""The list of all columns as a page of the docs, docs/columns.md."""

import textwrap

from reconattack.evidence.columns import COMMON, TABLES, Column

WIDTH = 100
HEAD = """\
# Columns of the tables

Every column of every CSV file in `results/tables/`, and of the [checklists](card.md). `python
tools/write_columns.py` makes this page from `reconattack/evidence/columns.py`; the report explains
its tables from the same list.

- A name in braces stands for several names: `{parameter}` for each reconstruction parameter,
  `{value}` for another column of the same table, `{measure}` for each measure of
  `accidental_summary`.
- A cell is empty if it has no value: a frame without a label has no label, a frame without a flip
  no margin.
- Rates go from 0 to 1. Intervals cover 95 %. A half-width is half the width of a parameter's box.
  The [glossary](glossary.md) explains the other terms.
- The columns named under a table are those that the report shows first.
"""


def column_list() -> str:
    """The page in Markdown: the columns that tables share, then each table with its own."""
    parts = [HEAD, "## Columns of several tables\n", table(COMMON.values())]
    for name, described in TABLES.items():
        first = ", ".join(f"`{column}`" for column in described.first)
        rows = textwrap.fill(f"A row is {described.rows}. First: {first}.", WIDTH)
        parts.append(f"## `{name}.csv`\n\n{rows}\n")
        parts.append(table(described.columns.values()))
    return "\n".join(parts)


def table(columns: list[Column]) -> str:
    """Some columns as a table in Markdown."""
    lines = [f"| `{column.name}` | {column.unit} | {column.meaning} |" for column in columns]
    return "\n".join(["| column | unit | meaning |", "|---|---|---|", *lines, ""])
