import pandas as pd

from scripts.report.table_pages import table_pages


def test_each_table_has_a_page_under_its_title(tmp_path):
    files = {}
    for name in ("one", "two"):
        files[f"results/tables/{name}.csv"] = str(tmp_path / f"{name}.csv")
        pd.DataFrame({"model": ["007"], "fold": ["0"], name: [1]}).to_csv(
            tmp_path / f"{name}.csv", index=False
        )
    outputs = [tmp_path / f"{name}.html" for name in ("one", "two")]
    table_pages(files, ["The first", "The second"], True, [str(path) for path in outputs])
    first, second = (path.read_text() for path in outputs)
    assert "<h1>The first</h1>" in first
    assert "results/tables/two.csv" in second
    assert '["007","0",1]' in first
