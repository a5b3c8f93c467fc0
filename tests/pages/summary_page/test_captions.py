import pytest
from docutils.utils import SystemMessage
from jinja2 import UndefinedError

from reconattack.pages.summary_page.captions import as_html, caption
from tests.places import ROOT

TEMPLATE = """Frames called {{ snakemake.params.classes[1] }} from {{ snakemake.params.cutoff }} on.

{% for file in files if file.path.name == "answer.txt" %}
.. include:: {{ snakemake.output[0] }}/../../report/captions/roc.rst
{% endfor %}
"""
PARAMS = {"classes": ["normal", "fatty"], "cutoff": 0.25, "kind": "binary"}


def test_caption_is_the_text_of_the_report_with_the_numbers_of_the_run(tmp_path):
    (tmp_path / "template.rst").write_text(TEMPLATE)
    (tmp_path / "numbers.rst").write_text("In this run:\n\n- 1 of 2.\n")
    text = caption(tmp_path / "template.rst", tmp_path / "numbers.rst", PARAMS)
    assert text == "Frames called fatty from 0.25 on.\n\nIn this run:\n\n- 1 of 2.\n"


def test_caption_that_names_an_unknown_param_is_an_error(tmp_path):
    (tmp_path / "template.rst").write_text("{{ snakemake.params.of_no_rule }}")
    (tmp_path / "numbers.rst").write_text("")
    with pytest.raises(UndefinedError, match="of_no_rule"):
        caption(tmp_path / "template.rst", tmp_path / "numbers.rst", PARAMS)


CAPTIONS = sorted({*(ROOT / "report").glob("*.rst")} - {ROOT / "report" / "workflow.rst"})


@pytest.mark.parametrize("kind", ["binary", "classes", "number", "mask"])
@pytest.mark.parametrize("path", CAPTIONS, ids=lambda path: path.stem)
def test_every_caption_is_sound(path, kind, tmp_path):
    (tmp_path / "numbers.rst").write_text("")
    page = as_html(caption(path, tmp_path / "numbers.rst", PARAMS | {"kind": kind}))
    assert page.startswith("<p>")
    assert "problematic" not in page


OF_TWO_CLASSES = (  # captions of what only runs of binary decisions have
    *("accidental_change", "decision_maps", "defences"),
    *("defences_pairs", "defences_table", "dossier", "robust_accuracy", "universal"),
)


@pytest.mark.parametrize("kind", ["classes", "number", "mask"])
def test_captions_of_other_decisions_do_without_words_of_two_classes(kind, tmp_path):
    (tmp_path / "numbers.rst").write_text("")
    for path in CAPTIONS:
        if path.stem not in OF_TWO_CLASSES:
            text = caption(path, tmp_path / "numbers.rst", PARAMS | {"kind": kind})
            words = ("diagnosis", "fatty", "missed disease", "false alarm", "probability before")
            text = text.replace("guard's\nfalse alarms", "")  # for every kind of decision
            assert not [word for word in words if word in text], path.stem


def test_texts_bring_no_markup_of_their_own():
    assert "&lt;script&gt;" in as_html("<script>alert(1)</script>")
    for text in (".. raw:: html\n\n   <script>x</script>\n", ".. include:: /etc/passwd\n"):
        assert "<script>" not in as_html(text) and "root:" not in as_html(text)


def test_error_in_a_text_is_not_shown_but_raised():
    with pytest.raises(SystemMessage):
        as_html(".. unknown-directive::\n")


def test_empty_text_is_an_empty_page():
    assert as_html("\n") == ""
