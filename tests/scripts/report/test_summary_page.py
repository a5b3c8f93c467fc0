from reconattack.pages.summary_page.captions import as_html, caption
from scripts.report.summary_page import summary_page
from tests.pages.report_tables import ATTACK, INITIAL, write
from tests.pages.summary_page.summary_runs import LIMIT, run_of, tables_of
from tests.places import ROOT


def test_page_of_tables_pictures_and_captions(tmp_path):
    run = run_of(tmp_path)  # which writes the pictures
    numbers = tmp_path / "numbers.rst"
    numbers.write_text("In this run: frame f1.\n")
    (tmp_path / "findings.txt").write_text("Nothing is shown.\n")
    summary_page(
        tables=write(tmp_path, **tables_of()),
        findings=[str(tmp_path / "findings.txt")],
        names=["fig3_adversarial"],
        pictures=[run.figures["fig3_adversarial"]],
        captions=[str(numbers)],
        attack=ATTACK,
        searches=["zoo"],
        grid=None,
        boxes={"zoo": ATTACK["box"], "corners": ATTACK["box"]},
        titles={"attacks": {"corners": "search of corners"}},
        cohorts={"cohort": "simulated_rf", "image_cohorts": [], "training_cohorts": []},
        initial=INITIAL,
        cutoff=0.5,
        visible_limit=LIMIT,
        classes=["normal", "fatty"],
        simulated=True,
        explorer=None,
        page=str(tmp_path / "summary.html"),
        overview=str(tmp_path / "overview.rst"),
        answer=str(tmp_path / "answer.txt"),
    )
    page = (tmp_path / "summary.html").read_text()
    assert "In this run: frame f1." in page
    template = ROOT / "report" / "fig3_adversarial.rst"
    assert as_html(caption(template, numbers, {"kind": "binary"})) in page
    assert "<td>search of corners</td>" in page
    assert "explorer.html" not in page
    text = (tmp_path / "overview.rst").read_text()
    assert "4 of 5 attacked frames" not in text and "3 of 5 attacked frames" in text
    assert "Nothing is shown." in text
    answer = (tmp_path / "answer.txt").read_text().splitlines()
    assert len(answer) == 5
    assert answer[1].startswith("The attack zoo flips 2 of 5 attacked frames")
