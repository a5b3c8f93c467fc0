import pandas as pd

from reconattack.pages.checklists.checklist import declarations
from scripts.report.checklists import checklists


def test_table_and_page_of_each_checklist(tmp_path):
    names = list(declarations())
    checklists(
        made=["summary.html", "tables/performance.csv"],
        stated=["funding"],
        tables=[str(tmp_path / f"{name}.csv") for name in names],
        pages=[str(tmp_path / f"{name}.html") for name in names],
    )
    for name in names:
        declared = declarations()[name]
        table = pd.read_csv(tmp_path / f"{name}.csv", dtype=str, keep_default_na=False)
        assert list(table["item"]) == [item["item"] for item in declared["items"]]
        assert declared["title"] in (tmp_path / f"{name}.html").read_text(encoding="utf-8")
    table = pd.read_csv(tmp_path / "claim_2024.csv", dtype=str, index_col="item")
    assert table.loc["44", "files"] == "card/card.html"
    assert table.loc["44", "answer"] == "partly answered"
    assert table.loc["32", "answer"] == "not answered"  # without folds
