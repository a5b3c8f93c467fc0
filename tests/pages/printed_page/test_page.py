"""A page to read and to print."""

import base64
import hashlib
import re

from reconattack.pages.printed_page.page import Section, printed_page

SECTIONS = [Section("one", "First", "<p>a</p>"), Section("two", "Second", "<p>b</p>")]


def test_sections_stand_in_their_order_and_are_linked():
    page = printed_page("Title", "Mark.", "Subject.", SECTIONS)
    assert re.findall(r'<li><a href="#(\w+)">(\w+)</a></li>', page) == [
        ("one", "First"),
        ("two", "Second"),
    ]
    assert re.findall(r'<section id="(\w+)">\n<h2>(\w+)</h2>\n<p>(\w)</p></section>', page) == [
        ("one", "First", "a"),
        ("two", "Second", "b"),
    ]


def test_sections_within_a_section_have_lower_headings_and_links_below_its_link():
    page = printed_page("Title", "Mark.", "Subject.", [Section("all", "All", "<p>c</p>", SECTIONS)])
    assert re.findall(r"<h(\d)>(\w+)</h", page)[1:] == [
        ("2", "All"),
        ("3", "First"),
        ("3", "Second"),
    ]
    (links,) = re.findall(r"<nav.*?</nav>", page)
    assert '<li><a href="#all">All</a><ol><li><a href="#one">First</a></li>' in links
    assert page.index('id="all"') < page.index("<p>c</p>") < page.index('id="one"')


def test_title_mark_and_subject_are_texts():
    page = printed_page("<b>&", "<i>{{style}}", '"<u>', SECTIONS)
    assert "<title>&lt;b&gt;&amp;</title>" in page and "<h1>&lt;b&gt;&amp;</h1>" in page
    assert '<p class="mark">&lt;i&gt;{{style}}</p>' in page
    assert "<p>&quot;&lt;u&gt;</p>" in page


def test_policy_allows_the_style_of_the_page_alone():
    page = printed_page("Title", "Mark.", "Subject.", SECTIONS)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "script-src" not in policy and policy.startswith("default-src 'none'")
