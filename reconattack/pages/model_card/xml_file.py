"""The model card as XML: an Applied Model Card of the Coalition for Health AI, version 0.2."""

import re
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree  # nosec B405: it writes XML here and reads none

from reconattack.pages.model_card.card import (
    BIBLIOGRAPHY,
    GROUPS,
    NOT_STATED,
    RESOURCES,
    Field,
    Group,
    entry,
)
from reconattack.pages.model_card.facts import AuditedRun, Found
from reconattack.pages.model_card.results import NOT_ASSESSED, QUALITIES, Quality

NAMESPACE = "https://mc.chai.org/v0.2/schema.xsd"
# What no XML 1.0 document can hold (https://www.w3.org/TR/xml/#charsets).
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
FROM_THE_RUN = "From this run: "


def card_xml(run: AuditedRun) -> bytes:
    """The whole document in UTF-8. The same run gives the same bits."""
    root = ElementTree.Element(_tag("AppliedModelCard"))
    for group in GROUPS:
        _add_group(root, group, run)
    metrics = _add(root, "KeyMetrics")
    for quality in QUALITIES:
        _add_quality(metrics, quality, run)
    _add_group(root, RESOURCES, run)
    _add_field(root, BIBLIOGRAPHY, run)
    ElementTree.indent(root)
    return ElementTree.tostring(
        root, encoding="utf-8", xml_declaration=True, default_namespace=NAMESPACE
    )


def _add_group(parent: ElementTree.Element, group: Group, run: AuditedRun) -> None:
    """A group with its fields and its inner groups."""
    element = _add(parent, group.element)
    for field in group.fields:
        _add_field(element, field, run)
    for inner in group.groups:
        _add_group(element, inner, run)


def _add_field(parent: ElementTree.Element, field: Field, run: AuditedRun) -> None:
    """What is stated of a field, then what the run found of it."""
    stated, found = entry(field, run)
    if field.item is None:
        _add(parent, field.element, _text(stated, found))
        return
    element = _add(parent, field.element)
    for item in [*stated, *(one.text for one in found)] or [NOT_STATED]:
        _add(element, field.item, item)


def _add_quality(parent: ElementTree.Element, quality: Quality, run: AuditedRun) -> None:
    """A group of key metrics: its goal, its numbers and how to understand them."""
    results = quality.results(run)
    stated = run.stated.get(quality.key)
    element = _add(parent, quality.element)
    _add(element, "MetricGoal", results.goal)
    listed = _add(element, "Results")
    numbers = [(metric.label, metric.as_json()) for metric in results.metrics]
    for label, value in numbers or [(NOT_ASSESSED, "null")]:
        result = _add(listed, "MetricResult")
        _add(result, "Label", label)
        _add(result, "ValueJson", value)
    _add(element, "Interpretation", _text([stated] if stated else [], results.interpretation))
    for name, said in (
        ("TestType", results.test_type),
        ("TestingDataDescription", results.data),
        ("ValidationProcessAndJustification", results.validation),
    ):
        _add(element, name, _joined(said))


def _text(stated: Iterable[str], found: Sequence[Found]) -> str:
    """A field's text: what is stated, and what the run found, marked as such."""
    parts = [part.strip() for part in stated]
    if found:
        parts.append(f"{FROM_THE_RUN}{_joined(found)}")
    return "\n\n".join(parts) or NOT_STATED


def _joined(found: Sequence[Found]) -> str:
    """Sentences with the relative links to their files."""
    return " ".join(f"{one.text} [{one.file}]" if one.file else one.text for one in found)


def _add(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, _tag(name))
    if text is not None:
        element.text = NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
    return element


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
