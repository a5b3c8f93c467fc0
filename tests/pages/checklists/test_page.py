"""A checklist as a page."""

import re

from reconattack.pages.checklists.checklist import (
    ANSWERED,
    OPEN,
    PARTLY,
    Checklist,
    Item,
    checklists,
)
from reconattack.pages.checklists.page import checklist_page, counted

ITEMS = [
    Item("1", "Title", "a title", OPEN, {}, "Write it."),
    Item("2a", "Data", "files & more", PARTLY, {"t/*": ["t/1.csv", "t/2.csv"]}, "One <remains>."),
    Item("2b", "Data", "all", ANSWERED, {"a.csv": ["a.csv"], "b.csv": ["b.csv"]}, "", "its <text>"),
]
CHECKLIST = Checklist("x", "A list", "A source, 2024", "What it is.", "With a copy.", ITEMS)


def test_items_stand_under_their_parts():
    page = checklist_page(CHECKLIST)
    found = re.findall(r'colspan="5">([^<]+)<|class="number">([^<]+)<', page)
    assert ["".join(one) for one in found] == ["Title", "1", "Data", "2a", "2b"]
    assert "files &amp; more" in page and "One &lt;remains&gt;." in page
    assert "Source: A source, 2024." in page


def test_what_was_not_compared_stands_at_its_item():
    page = checklist_page(CHECKLIST)
    assert "<p>With a copy.</p>" in page
    assert page.count("not compared:") == 1
    assert 'all <span class="missing">(not compared: its &lt;text&gt;)</span>' in page


def test_files_are_linked_and_further_ones_counted():
    page = checklist_page(CHECKLIST)
    assert '<a href="../t/1.csv">t/1.csv</a> and 1 more' in page
    assert re.findall(r'href="(\.\./[^"]+)"', page) == ["../t/1.csv", "../a.csv", "../b.csv"]


def test_answers_are_counted():
    assert counted(ITEMS) == (
        "This run answers 1 of 3 items, and 1 more in part. The other 1 are for the author to "
        "answer."
    )


def test_page_runs_nothing_and_repeats_bit_for_bit():
    pages = [
        [checklist_page(one) for one in checklists(["summary.html"], ["funding"])] for _ in range(2)
    ]
    assert pages[0] == pages[1]
    for page in pages[0]:
        assert "<script" not in page and "default-src 'none'" in page
        assert "no conformity" in page
