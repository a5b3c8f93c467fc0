"""The tables of the summary page: few columns, the outcome first, each explained below."""

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from reconattack.evidence.columns import explained
from reconattack.pages.wording import rate, value_with_interval

Row = Mapping[str, object]
INTERVAL = re.compile(r"\((?:\d+ %, )?[-+]?[\d.]+ to [-+]?[\d.]+(?: %)?\)|\(\d+ %\)")
UNITLESS = ("text", "count", "1", "number", "yes or no", "as in unit")


@dataclass(frozen=True)
class Shown:
    """A column of the page.

    Attributes
    ----------
    head
        Its heading.
    names
        The columns of the CSV file that a cell shows, which explain it; none if `says` does.
    cell
        The text of a cell, from a row of the table.
    numeric
        Whether it is a number, which stands to the right.
    says
        What a cell says, where no column of the file does.
    """

    head: str
    names: Sequence[str]
    cell: Callable[[Row], str]
    numeric: bool = True
    says: str = ""


def table(name: str, rows: Iterable[Row], columns: Sequence[Shown], file: str) -> str:
    """A table in HTML with the explanation of its columns.

    Parameters
    ----------
    name
        The table of the run whose columns it shows.
    rows
        Its rows, with the keys that the cells use.
    columns
        The columns of the page, the outcome among the first.
    file
        Link to the file with all columns and digits.
    """
    heads = "".join(f'<th scope="col"{_side(one)}>{html.escape(one.head)}</th>' for one in columns)
    lines = "".join(
        "<tr>" + "".join(f"<td{_side(one)}>{_text(one, row)}</td>" for one in columns) + "</tr>"
        for row in rows
    )
    meanings = "; ".join(dict.fromkeys(_meaning(name, one) for one in columns))
    return (
        '<div class="scroll" tabindex="0"><table>'
        f"<thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>"
        f'<p class="columns">{meanings}. All columns: '
        f'<a href="{html.escape(file)}">{html.escape(file)}</a>.</p>'
    )


def _text(column: Shown, row: Row) -> str:
    """The text of a cell; the interval of a number stays on one line."""
    text = html.escape(column.cell(row))
    return unbroken(text) if column.numeric else text


def unbroken(text: str) -> str:
    """HTML whose intervals in parentheses stay on one line each."""
    return INTERVAL.sub(r'<span class="interval">\g<0></span>', text)


def _side(column: Shown) -> str:
    return ' class="numeric"' if column.numeric else ""


def _meaning(table: str, column: Shown) -> str:
    """What a column says, in the words of the list of columns."""
    said = [explained(table, name) for name in column.names]
    words = " / ".join(
        f"{one.meaning}{'' if one.unit in UNITLESS else f' [{one.unit}]'}" for one in said
    )
    return f"<b>{html.escape(column.head)}</b>: {html.escape(column.says or words)}"


def counted(hits: str, total: str) -> Callable[[Row], str]:
    """A cell with a count, its percentage and Wilson's interval."""

    def cell(row: Row) -> str:
        n, of = row[hits], row[total]
        return "not counted" if pd.isna(n) else rate(int(n), int(of))

    return cell


def measured(name: str) -> Callable[[Row], str]:
    """A cell with a value and its interval."""
    return lambda row: value_with_interval(row[name], row[f"{name}_low"], row[f"{name}_high"])


def number(name: str, digits: int = 3) -> Callable[[Row], str]:
    """A cell with a number of some digits; a dash where there is none."""
    return lambda row: "-" if pd.isna(row[name]) else f"{row[name]:.{digits}g}"


def words(name: str) -> Callable[[Row], str]:
    """A cell with a text; a dash where there is none."""
    return lambda row: "-" if pd.isna(row[name]) else str(row[name])
