from scripts.report.overview import overview
from tests.pages.report_tables import (
    ATTACK,
    INITIAL,
    attack_rows,
    flag_rows,
    summary_rows,
    write,
)


def test_overview_of_tables_and_findings(tmp_path):
    (tmp_path / "findings.txt").write_text("plain_rf is best.\n")
    tables = {"summary": summary_rows(), "attacks": attack_rows(), "flags": flag_rows()}
    overview(
        tables=write(tmp_path, **tables),
        findings=[str(tmp_path / "findings.txt")],
        attack=ATTACK,
        searches=["zoo", "corners"],
        grid=None,
        initial=INITIAL,
        cutoff=0.5,
        simulated=True,
        explorer=None,
        text=str(tmp_path / "overview.rst"),
    )
    text = (tmp_path / "overview.rst").read_text()
    assert "1 of 5 attacked frames" in text
    assert "plain\\_rf is best." in text
