import pytest
from docutils.utils import SystemMessage

from reconattack.pages.summary_page.captions import as_html, caption
from tests.places import ROOT


def test_caption_is_the_text_of_the_report_with_the_numbers_of_the_run(tmp_path):
    (tmp_path / "numbers.rst").write_text("In this run:\n\n- 1 of 2.\n")
    params = {"classes": ["normal", "fatty"], "cutoff": 0.25}
    text = caption(ROOT / "report" / "accidental_change.rst", tmp_path / "numbers.rst", params)
    assert "proportion of frames classified as\nfatty at the cut-off 0.25" in text
    assert text.endswith("In this run:\n\n- 1 of 2.\n")
    assert "{" not in text and "include::" not in text


CAPTIONS = sorted({*(ROOT / "report").glob("*.rst")} - {ROOT / "report" / "workflow.rst"})


@pytest.mark.parametrize("path", CAPTIONS, ids=lambda path: path.stem)
def test_every_caption_is_sound(path, tmp_path):
    (tmp_path / "numbers.rst").write_text("")
    params = {"classes": ["normal", "fatty"], "cutoff": 0.5}
    page = as_html(caption(path, tmp_path / "numbers.rst", params))
    assert page.startswith("<p>")
    assert "problematic" not in page


def test_texts_bring_no_markup_of_their_own():
    assert "&lt;script&gt;" in as_html("<script>alert(1)</script>")
    for text in (".. raw:: html\n\n   <script>x</script>\n", ".. include:: /etc/passwd\n"):
        assert "<script>" not in as_html(text) and "root:" not in as_html(text)


def test_error_in_a_text_is_not_shown_but_raised():
    with pytest.raises(SystemMessage):
        as_html(".. unknown-directive::\n")


def test_empty_text_is_an_empty_page():
    assert as_html("\n") == ""
