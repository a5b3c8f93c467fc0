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
    """

    name: str
    heading: str
    content: str


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
    links = "".join(f'<li><a href="#{one.name}">{one.heading}</a></li>' for one in sections)
    parts = {
        "title": html.escape(title),
        "mark": html.escape(mark),
        "subject": html.escape(subject),
        "contents": f"<ol>{links}</ol>",
        "sections": "\n".join(
            f'<section id="{one.name}">\n<h2>{one.heading}</h2>\n{one.content}</section>'
            for one in sections
        ),
        "policy": content_policy(None, style, images=True),
        "style": style,
    }
    return filled(TEMPLATE / "page.html", parts)
