"""Put a template and a table into one HTML file that loads nothing and runs only its script."""

import html
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from reconattack.evidence.columns import explained, first_columns
from reconattack.pages.html_pages import content_policy, embed_json, filled

TEMPLATE = Path(__file__).parent
DIGITS = 4
MOST_BYTES = 1_400_000  # a browser shows no page of more than 2 MiB, in base64, within another


def table_page(
    table: pd.DataFrame, title: str, file: str, simulated: bool, name: str | None = None
) -> str:
    """The whole page.

    Parameters
    ----------
    table
        The table. The page has as many of its rows as fit into `MOST_BYTES`, and leaves out columns
        without any value.
    title
        The page's heading.
    file
        The file that contains all digits and all rows.
    simulated
        Whether the data are simulated.
    name
        The table's name in the list of columns, which explains them and says which come first; None
        for another table.
    """
    script, style = (
        (TEMPLATE / name).read_text(encoding="utf-8") for name in ("page.js", "page.css")
    )
    data = table_data(table.dropna(axis="columns", how="all"), name)
    parts = {
        "title": html.escape(title),
        "file": html.escape(file),
        "simulated": "" if simulated else "hidden",
        "policy": content_policy(script, style),
        "style": style,
        "script": script,
        "data": embed_json(data),
    }
    return filled(TEMPLATE / "page.html", parts)


def table_data(table: pd.DataFrame, name: str | None = None) -> dict[str, Any]:
    """The `columns`, the `rows` that fit, and the `total` number of rows.

    A column has `name`, `numeric`, `unit` and `meaning`, and `first` if it is shown at once. Those
    columns come first.
    """
    first = list(first_columns(name, list(table))) or list(table)
    table = table[[*first, *(column for column in table if column not in first)]]
    rows = [[cell(value) for value in row] for row in table.itertuples(index=False)]
    sizes = np.cumsum([len(embed_json(row)) for row in rows])
    return {
        "columns": [
            {
                "name": str(column),
                "numeric": is_numeric(values),
                "first": column in first,
                **explanation(name, str(column)),
            }
            for column, values in table.items()
        ],
        "rows": rows[: int(np.searchsorted(sizes, MOST_BYTES))],
        "total": len(table),
    }


def is_numeric(values: pd.Series) -> bool:
    """Whether a column holds numbers."""
    types = pd.api.types
    return types.is_numeric_dtype(values) and not types.is_bool_dtype(values)


def explanation(table: str | None, column: str) -> dict[str, str]:
    """Unit and meaning of a column, if the list of columns has it."""
    try:
        found = explained(table, column)
    except KeyError:
        return {}
    return {"unit": found.unit, "meaning": found.meaning}


def cell(value: Any) -> float | int | str | None:
    """A cell as JSON has it: a number with `DIGITS` digits, a text, or None."""
    if pd.isna(value):
        return None
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else str(value)
    return str(value)
