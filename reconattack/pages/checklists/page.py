"""A checklist as a page, to read and to print."""

import html
from collections.abc import Iterator, Sequence

from reconattack.pages.checklists.checklist import ANSWERED, OPEN, PARTLY, Checklist, Item
from reconattack.pages.printed_page.page import Section, printed_page

MARK = "Made from the files of this run. It states no conformity."
HEADINGS = {ANSWERED: "answered", PARTLY: "partly", OPEN: "not answered"}


def checklist_page(checklist: Checklist) -> str:
    """The whole page: HTML that loads nothing and runs no script."""
    groups: dict[str, list[Item]] = {}
    for item in checklist.items:
        groups.setdefault(item.section, []).append(item)
    sections = [
        Section("source", "What this is", _source(checklist)),
        *(
            Section(f"part-{number}", html.escape(name), _table(items))
            for number, (name, items) in enumerate(groups.items(), 1)
        ),
    ]
    return printed_page(checklist.title, MARK, counted(checklist.items), sections)


def counted(items: Sequence[Item]) -> str:
    """How many items the run answers, answers in part, and leaves open."""
    counts = {
        answer: sum(item.answer == answer for item in items) for answer in (ANSWERED, PARTLY, OPEN)
    }
    return (
        f"Of {len(items)} items this run answers {counts[ANSWERED]} and {counts[PARTLY]} in part. "
        f"{counts[OPEN]} are yours to answer."
    )


def _source(checklist: Checklist) -> str:
    """The source, the note, and what the columns mean."""
    paragraphs = (
        checklist.note,
        f"Source: {checklist.source}. The topics are short words of this software, not the text "
        "of the items: read the items in the source.",
        "A file that answers an item holds what the item asks for, or the part of it that the "
        "remark leaves. Whether it is good enough is for the reader to judge.",
    )
    return "".join(f"<p>{html.escape(text)}</p>" for text in paragraphs)


def _table(items: Sequence[Item]) -> str:
    """The items of a part of the checklist."""
    head = "".join(
        f'<th scope="col">{name}</th>' for name in ("Item", "Topic", "Answer", "Files", "Remark")
    )
    lines = "".join(
        f'<tr><td class="number">{html.escape(item.item)}</td><td>{html.escape(item.topic)}</td>'
        f'<td class="{"missing" if item.answer == OPEN else "answer"}">{HEADINGS[item.answer]}</td>'
        f"<td>{'<br>'.join(_links(item))}</td><td>{html.escape(item.remark)}</td></tr>"
        for item in items
    )
    return (
        '<div class="scroll" tabindex="0"><table class="items">'
        f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _links(item: Item) -> Iterator[str]:
    """A link to the first file of each pattern, with the number of the others."""
    for first, *others in item.files.values():
        name = html.escape(first)
        more = f" and {len(others)} more" if others else ""
        yield f'<a href="../{name}">{name}</a>{more}'
