"""The model card as a page, to read and to print."""

import html
from collections.abc import Iterable, Iterator, Sequence

from reconattack.pages.model_card.card import (
    BIBLIOGRAPHY,
    GROUPS,
    NOT_STATED,
    RESOURCES,
    Field,
    Group,
    entry,
)
from reconattack.pages.model_card.facts import AuditedRun, Found, name_of
from reconattack.pages.model_card.metrics import (
    AGREEMENT,
    BY_PATIENTS,
    INTERVAL,
    QUANTILES,
    Metric,
)
from reconattack.pages.model_card.results import NOT_ASSESSED, QUALITIES, Quality
from reconattack.pages.overview import mark
from reconattack.pages.printed_page.page import Section, printed_page
from reconattack.pages.wording import plain

SUBJECT = (
    "Applied Model Card of the Coalition for Health AI (CHAI), version 0.2. Numbers come from the "
    "tables of this run and name their file, column and row. What the run cannot know stands as "
    f"\u201c{NOT_STATED}\u201d unless the configuration states it (card). card.xml holds the same."
)
SHORT = {  # words for ends that are no interval of the heading
    BY_PATIENTS: "by patients",
    AGREEMENT: "limits of agreement",
    QUANTILES: "5th to 95th percentile",
}
Row = tuple[str, str]  # a heading as text, and a content as HTML


def card_page(run: AuditedRun) -> str:
    """The whole page: HTML that loads nothing and runs no script."""
    sections = [
        *(_group_section(group, run) for group in GROUPS),
        *(_quality_section(quality, run) for quality in QUALITIES),
        _group_section(RESOURCES, run),
        Section(
            BIBLIOGRAPHY.element,
            BIBLIOGRAPHY.heading,
            _table([_row(BIBLIOGRAPHY, run)]),
        ),
    ]
    title = f"Model card: {name_of(run)}"
    return printed_page(title, plain(mark(run.simulated)), SUBJECT, sections)


def _group_section(group: Group, run: AuditedRun) -> Section:
    return Section(group.element, group.heading, "\n".join(_group(group, run)))


def _group(group: Group, run: AuditedRun) -> Iterator[str]:
    """The fields of a group as a table, and its inner groups under headings."""
    if group.fields:
        yield _table([_row(field, run) for field in group.fields])
    for inner in group.groups:
        yield f"<h3>{inner.heading}</h3>"
        yield from _group(inner, run)


def _row(field: Field, run: AuditedRun) -> Row:
    """The heading and the contents of a field."""
    stated, found = entry(field, run)
    if field.item is not None:
        items = [*stated, *(one.text for one in found)]
        return field.heading, _paragraphs([", ".join(items)] if items else [], [])
    return field.heading, _paragraphs(stated, found)


def _quality_section(quality: Quality, run: AuditedRun) -> Section:
    """A group of key metrics: the numbers, and how to understand them."""
    results = quality.results(run)
    stated = run.stated.get(quality.key)
    rows = [
        ("Goal", _paragraphs([results.goal], [])),
        ("Interpretation", _paragraphs([stated] if stated else [], results.interpretation)),
        ("Type of test", _paragraphs([], results.test_type)),
        ("Test data", _paragraphs([], results.data)),
        ("Validation", _paragraphs([], results.validation)),
    ]
    numbers = _metrics(results.metrics) if results.metrics else f"<p>Metrics: {NOT_ASSESSED}.</p>"
    return Section(quality.element, quality.heading, f"{_table(rows)}\n{numbers}")


def _metrics(metrics: Sequence[Metric]) -> str:
    """The numbers as a table, each with its source."""
    lines = "".join(
        f"<tr><td>{html.escape(one.label)}</td>"
        f'<td class="numeric">{_whole(*_value(one))}</td>'
        f'<td class="numeric">{_whole(*_ends(one))}</td>'
        f"<td>{_source(one)}</td></tr>"
        for one in metrics
    )
    return (
        '<div class="scroll" tabindex="0"><table><thead><tr><th scope="col">Metric</th>'
        f'<th scope="col" class="numeric">Value</th><th scope="col" class="numeric">{INTERVAL}'
        f'</th><th scope="col">Source</th></tr></thead><tbody>{lines}</tbody></table></div>'
        '<p class="columns">Values are rounded. The sources hold all digits.</p>'
    )


def _value(metric: Metric) -> list[str]:
    """A value with its unit, and the cases that it counts."""
    value = _number(metric.value, metric.unit)
    value = value if metric.unit == "1" else f"{value} {metric.unit}"
    return [value, f"({metric.count[0]} of {metric.count[1]})"] if metric.count else [value]


def _ends(metric: Metric) -> list[str]:
    """The ends of a value, and what they are if they are not those of the heading."""
    if metric.ends is None:
        return ["-"]
    ends = " to ".join(_number(end, metric.unit) for end in metric.ends)
    ends = ends if metric.unit == "1" else f"{ends} {metric.unit}"
    return [ends, f"({SHORT[metric.ends_are]})"] if metric.ends_are in SHORT else [ends]


def _whole(*texts: str) -> str:
    """Texts each of which stays on one line."""
    return " ".join(f'<span class="interval">{html.escape(text)}</span>' for text in texts)


def _number(value: float | str, unit: str) -> str:
    """A number, rounded; an infinite one is a word already."""
    text = value if isinstance(value, str) else f"{value:.3f}" if unit == "1" else f"{value:.3g}"
    return text.replace("-", "\N{MINUS SIGN}")


def _source(metric: Metric) -> str:
    """A link to the table of a number, with its column and row."""
    row = ", ".join(f"{key} {value}" for key, value in metric.row.items())
    how = f"; {metric.found_as}" if metric.found_as else ""
    return (
        f'<a href="{html.escape(metric.file)}">{html.escape(metric.table)}.csv</a>, '
        f"<code>{html.escape(metric.column)}</code>: {html.escape(row + how)}"
    )


def _table(rows: Iterable[Row]) -> str:
    """Headings and contents side by side."""
    lines = "".join(
        f'<tr><th scope="row">{html.escape(head)}</th><td>{content}</td></tr>'
        for head, content in rows
    )
    return f'<table class="fields"><tbody>{lines}</tbody></table>'


def _paragraphs(stated: Sequence[str], found: Sequence[Found]) -> str:
    """What is stated, then what the run found with links to the files that say so."""
    parts = [
        f"<p>{html.escape(part)}</p>"
        for text in stated
        for part in text.strip().split("\n\n")
        if part.strip()
    ]
    parts += [f"<p>{html.escape(one.text)}{_link(one.file)}</p>" for one in found]
    return "".join(parts) or f'<p class="missing">{NOT_STATED}</p>'


def _link(file: str) -> str:
    """A relative link to a file; nothing without one."""
    name = html.escape(file.removeprefix("../"))
    return f' <a href="{html.escape(file)}">{name}</a>' if file else ""
