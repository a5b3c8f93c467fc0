import pandas as pd

from scripts.report.table_pages import table_pages


def test_each_table_has_a_page_under_its_title(tmp_path):
    tables = [tmp_path / f"{name}.csv" for name in ("one", "two")]
    for path in tables:
        pd.DataFrame({"model": ["007"], "fold": ["0"], path.stem: [1]}).to_csv(path, index=False)
    pages = [path.with_suffix(".html") for path in tables]
    table_pages(
        tables=[str(path) for path in tables],
        titles=["The first", "The second"],
        simulated=True,
        pages=[str(path) for path in pages],
    )
    first, second = (path.read_text() for path in pages)
    assert "<h1>The first</h1>" in first
    assert "results/tables/two.csv" in second
    assert '["007","0",1]' in first
