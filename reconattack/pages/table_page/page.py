"""Put a template and a table into one HTML file that loads nothing and runs only its script."""

import html
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from reconattack.pages.html_pages import content_policy, embed_json, filled

TEMPLATE = Path(__file__).parent
DIGITS = 4
MOST_BYTES = 1_400_000  # a browser shows no page of more than 2 MiB, in base64, within another


def table_page(table: pd.DataFrame, title: str, file: str, simulated: bool) -> str:
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
    """
    script, style = (
        (TEMPLATE / name).read_text(encoding="utf-8") for name in ("page.js", "page.css")
    )
    data = table_data(table.dropna(axis="columns", how="all"))
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


def table_data(table: pd.DataFrame) -> dict[str, Any]:
    """The `columns` (`name`, `numeric`), the `rows` that fit, and the `total` number of rows."""
    numeric = {
        name: pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
        for name, column in table.items()
    }
    rows = [[cell(value) for value in row] for row in table.itertuples(index=False)]
    sizes = np.cumsum([len(embed_json(row)) for row in rows])
    return {
        "columns": [{"name": str(name), "numeric": numeric[name]} for name in table],
        "rows": rows[: int(np.searchsorted(sizes, MOST_BYTES))],
        "total": len(table),
    }


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
