"""A page to read and to print: sections with a heading, in one file that loads nothing."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reconattack.pages.html_pages import content_policy, filled

TEMPLATE = Path(__file__).parent


@dataclass(frozen=True)
class Section:
    """A section of a page.

    Attributes
    ----------
    name
        Its identifier, which links lead to.
    heading
        Its heading, as HTML.
    content
        Its content, as HTML.
    sections
        The sections within it, below its content.
    """

    name: str
    heading: str
    content: str
    sections: Sequence["Section"] = ()


def printed_page(title: str, mark: str, subject: str, sections: Sequence[Section]) -> str:
    """The whole page: HTML that loads nothing and runs no script.

    Parameters
    ----------
    title, mark, subject
        The heading, the warning before any number, and what the page is about, as plain text.
    sections
        The sections in their order.
    """
    style = (TEMPLATE / "page.css").read_text(encoding="utf-8")
    parts = {
        "title": html.escape(title),
        "mark": html.escape(mark),
        "subject": html.escape(subject),
        "contents": _links(sections),
        "sections": "\n".join(_section(one, "h2") for one in sections),
        "policy": content_policy(None, style, images=True),
        "style": style,
    }
    return filled(TEMPLATE / "page.html", parts)


def _links(sections: Sequence[Section]) -> str:
    """A list of links to sections, each with the list of those within it."""
    links = "".join(
        f'<li><a href="#{one.name}">{one.heading}</a>'
        f"{_links(one.sections) if one.sections else ''}</li>"
        for one in sections
    )
    return f"<ol>{links}</ol>"


def _section(section: Section, level: str) -> str:
    """A section with those within it, whose headings are one level lower."""
    within = "\n".join(_section(one, "h3") for one in section.sections)
    return (
        f'<section id="{section.name}">\n<{level}>{section.heading}</{level}>\n'
        f"{section.content}{within}</section>"
    )
