"""A checklist as a page, to read and to print."""

import html
from collections.abc import Iterator, Sequence

from reconattack.pages.checklists.checklist import ANSWERED, OPEN, PARTLY, Checklist, Item
from reconattack.pages.printed_page.page import Section, printed_page

MARK = "Made from the files of this run. It states no conformity."
HEADINGS = {ANSWERED: "answered", PARTLY: "partly", OPEN: "not answered"}


def checklist_page(checklist: Checklist) -> str:
    """The whole page: HTML that loads nothing and runs no script."""
    sections = [
        Section("source", "What this is", _source(checklist)),
        Section("items", "Items", _table(checklist.items)),
    ]
    return printed_page(checklist.title, MARK, counted(checklist.items), sections)


def counted(items: Sequence[Item]) -> str:
    """How many items the run answers, answers in part, and leaves open."""
    counts = {
        answer: sum(item.answer == answer for item in items) for answer in (ANSWERED, PARTLY, OPEN)
    }
    return (
        f"This run answers {counts[ANSWERED]} of {len(items)} items, and {counts[PARTLY]} more in "
        f"part. The other {counts[OPEN]} are for the author to answer."
    )


def _source(checklist: Checklist) -> str:
    """The source, the note, and what the columns mean."""
    paragraphs = (
        checklist.note,
        f"Source: {checklist.source}. The topics are short words of this software, not the text "
        "of the items: read the items in the source.",
        checklist.compared,
        "A file that answers an item holds what the item asks for, or the part of it that the "
        "remark leaves. Whether it is good enough is for the reader to judge.",
    )
    return "".join(f"<p>{html.escape(text)}</p>" for text in paragraphs)


def _table(items: Sequence[Item]) -> str:
    """The items, under a line for each part of the checklist."""
    head = "".join(
        f'<th scope="col">{name}</th>' for name in ("Item", "Topic", "Answer", "Files", "Remark")
    )
    parts: dict[str, list[Item]] = {}
    for item in items:
        parts.setdefault(item.section, []).append(item)
    bodies = "".join(
        f'<tbody><tr><th scope="colgroup" colspan="5">{html.escape(name)}</th></tr>'
        f"{''.join(map(_line, of_part))}</tbody>"
        for name, of_part in parts.items()
    )
    return (
        '<div class="scroll" tabindex="0"><table class="items">'
        f"<thead><tr>{head}</tr></thead>{bodies}</table></div>"
    )


def _line(item: Item) -> str:
    """The row of an item."""
    return (
        f'<tr><td class="number">{html.escape(item.item)}</td><td>{_topic(item)}</td>'
        f'<td class="{"missing" if item.answer == OPEN else "answer"}">{HEADINGS[item.answer]}</td>'
        f"<td>{'<br>'.join(_links(item))}</td><td>{html.escape(item.remark)}</td></tr>"
    )


def _topic(item: Item) -> str:
    """The topic, and what of the item was compared with no source."""
    topic = html.escape(item.topic)
    if not item.unchecked:
        return topic
    return f'{topic} <span class="missing">(not compared: {html.escape(item.unchecked)})</span>'


def _links(item: Item) -> Iterator[str]:
    """A link to the first file of each pattern, with the number of the others."""
    for first, *others in item.files.values():
        name = html.escape(first)
        more = f" and {len(others)} more" if others else ""
        yield f'<a href="../{name}">{name}</a>{more}'
