"""Write docs/columns.md from the list of columns in reconattack/evidence/columns.py."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    from reconattack.pages.column_list import column_list

    (ROOT / "docs" / "columns.md").write_text(column_list(), encoding="utf-8")
