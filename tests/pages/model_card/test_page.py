"""The card as a page: the same as the XML, with a link at each number."""

import re
from html.parser import HTMLParser

import pytest

from reconattack.pages.model_card.metrics import safety, usefulness
from reconattack.pages.model_card.page import card_page
from reconattack.pages.model_card.xml_file import card_xml
from tests.model_cards import parsed
from tests.pages.model_card.card_runs import run_of, run_of_kind, run_of_pictures, tables_with

ALL = ("margins", "accidental_summary", "proofs_summary", "units_summary")
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)> &lt;b&gt; {{style}}'


class Page(HTMLParser):
    """The words, elements and links of a page."""

    def __init__(self, page):
        super().__init__()
        self.words, self.elements, self.links, self._inside = "", [], [], None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self._inside = tag
        self.words += " "
        self.links += [value for name, value in attrs if name in ("href", "src")]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data):
        if self._inside != "style":
            self.words += data


def words(text):
    return " ".join(text.split())


@pytest.mark.parametrize(
    "run",
    [
        run_of(tables_with(*ALL), stated={"developer": "A & B", "risks": "One.\n\nTwo."}),
        run_of_kind("classes"),
        run_of_kind("number"),
        run_of_kind("mask"),
        run_of_pictures(),
    ],
)
def test_page_says_what_the_xml_says(run):
    said = words(Page(card_page(run)).words)
    root = parsed(card_xml(run))
    texts = [one.text for one in root.iter() if len(one) == 0 and one.tag[-9:] != "ValueJson"]
    sentences = [
        words(part)
        for text in texts
        for part in re.split(r"\[\.\./[\w./]+\]|From this run: |\n\n", text)
        if part.strip()
    ]
    assert len(sentences) > 50
    assert [one for one in sentences if one not in said] == []


def test_every_number_has_a_link_to_its_table():
    run = run_of(tables_with(*ALL))
    page = card_page(run)
    metrics = [*usefulness(run.tables, run.titles), *safety(run.tables, run.titles)]
    lines = re.findall(r"<tr><td>.*?</tr>", page)
    assert len(lines) == len(metrics) > 15
    for line, metric in zip(lines, metrics, strict=True):
        assert f'href="{metric.file}"' in line
        assert f"<code>{metric.column}</code>" in line
        value = f"{metric.value:.3f}" if metric.unit == "1" else f"{metric.value:.3g}"
        assert f">{value}" in line
        if metric.ends:
            assert f"{metric.ends[0]:.3f} to {metric.ends[1]:.3f}" in line


def test_what_is_not_stated_is_marked():
    page = card_page(run_of())
    assert page.count('<p class="missing">not stated</p>') > 15


def test_page_loads_and_runs_nothing():
    page = card_page(run_of(tables_with(*ALL)))
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    found = Page(page)
    assert "script" not in found.elements and "link" not in found.elements
    known = ("#", "../tables/", "../summary.html", "../provenance.json")
    assert all(link.startswith(known) for link in found.links)


def test_hostile_texts_stay_texts():
    def page_of(text):
        titles = {"attacks": {"zoo": text}, "models": {"plain": text}, "cohorts": {}}
        stated = {"developer": text, "name": text, "keywords": [text], "safety": text}
        return Page(card_page(run_of(tables_with(*ALL), titles, stated=stated, classes=[text] * 2)))

    hostile, harmless = page_of(HOSTILE), page_of("harmless")
    assert hostile.elements == harmless.elements
    assert hostile.links == harmless.links
    assert hostile.words.count(HOSTILE) >= 5


def test_negative_numbers_have_a_minus_sign():
    run = run_of_kind("number")
    assert "\N{MINUS SIGN}1 to 6 mm" in Page(card_page(run)).words
