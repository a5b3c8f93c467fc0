"""Check model cards: against the schema of their form, and number by number against the tables."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from reconattack.storage import read_table
from tests.places import ROOT

# Read in place: the project has no copy of it.
SCHEMA = ROOT.parent / "shared" / "schemas" / "chai-applied-model-card-v0.2.xsd"
CARD = "https://mc.chai.org/v0.2/schema.xsd"
XS = "{http://www.w3.org/2001/XMLSchema}"
ENDS = {  # what the columns of a lower and an upper end add to the name of the value
    "95 % interval": ("_low", "_high"),
    "95 % interval, by a bootstrap of patients": ("_patient_low", "_patient_high"),
    "95 % limits of agreement": ("_lower_limit", "_upper_limit"),
    "5th to 95th percentile of the settings": ("_p5", "_p95"),
}
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"  # imported; a stub without contents


def parsed(document: bytes) -> ElementTree.Element:
    """The root of a document that this project wrote, or of the schema beside it."""
    return ElementTree.fromstring(document)  # noqa: S314 - neither comes from elsewhere


def schema_errors(document: bytes) -> list[str]:
    """Where a card is not as the schema of the Applied Model Card has it.

    No validator is among the locked packages, so this one reads the part of XML Schema that the
    schema uses: sequences of elements, of complex types or texts. Anything else in it is an error.
    """
    if not SCHEMA.exists():
        pytest.skip(f"{SCHEMA.name} is not in shared/schemas beside this checkout")
    schema = parsed(SCHEMA.read_bytes())
    types = {each.get("name"): each for each in schema.findall(f"{XS}complexType")}
    (start,) = schema.findall(f"{XS}element")
    root = parsed(document)
    if root.tag != f"{{{CARD}}}{start.get('name')}":
        return [f"the document is a {root.tag}"]
    return _errors(root, start, types, start.get("name"))


def _errors(found, declared, types, path):
    name = declared.get("type")
    if name == "xs:string":
        return [f"{path}: has elements; expected text"] if len(found) else []
    if name is None:
        (kind,) = declared
    else:
        assert name.startswith("mc:"), name
        kind = types[name.removeprefix("mc:")]
    assert kind.tag == f"{XS}complexType", kind.tag
    (sequence,) = kind
    assert sequence.tag == f"{XS}sequence", sequence.tag
    errors = [f"{path}: has text"] if (found.text or "").strip() else []
    errors += [f"{path}: has attributes"] if found.attrib else []
    errors += [f"{path}: text behind {one.tag}" for one in found if (one.tail or "").strip()]
    waiting = list(found)
    low, high = _times(sequence)
    assert (low, high) == (1, 1) or len(sequence) == 1
    for one in sequence:
        assert one.tag == f"{XS}element", one.tag
        tag = SIGNATURE if one.get("ref") else f"{{{CARD}}}{one.get('name')}"
        least, most = (times * outer for times, outer in zip(_times(one), (low, high), strict=True))
        n = 0
        while waiting and waiting[0].tag == tag and n < most:
            inner = waiting.pop(0)
            n += 1
            if not one.get("ref"):
                errors += _errors(inner, one, types, f"{path}/{one.get('name')}")
        if n < least:
            errors.append(f"{path}: {n} of {tag}; expected {least}")
    return errors + [f"{path}: {one.tag} is not expected here" for one in waiting]


def _times(declared):
    most = declared.get("maxOccurs", "1")
    return int(declared.get("minOccurs", "1")), 10**9 if most == "unbounded" else int(most)


def text_of(document: bytes, path: str) -> str:
    """The text of one element of a card, by its path from the root."""
    steps = "/".join(f"{{{CARD}}}{name}" for name in path.split("/"))
    return parsed(document).find(steps).text


def results_of(document: bytes, quality: str) -> dict[str, dict | None]:
    """The results of a group of key metrics: the JSON of each value, by its label."""
    root = parsed(document)
    found = root.findall(
        f"{{{CARD}}}KeyMetrics/{{{CARD}}}{quality}/{{{CARD}}}Results/{{{CARD}}}MetricResult"
    )
    pairs = [(one[0].text, json.loads(one[1].text)) for one in found]
    assert len(dict(pairs)) == len(pairs)  # no label stands twice
    return dict(pairs)


def compare_with_tables(result: dict, folder: Path) -> None:
    """Assert that a number of a card and its ends are those of its table.

    Parameters
    ----------
    result
        The JSON of a value.
    folder
        The folder of the card.
    """
    source = result["source"]
    table = read_table(folder / source["file"], dtype={"fold": str})
    rows = table
    for key, value in source["row"].items():
        rows = rows[rows[key] == value]
    column = source["column"]
    how = source.get("found_as")
    if how == "smallest value of the rows":
        others = dict(source["row"])
        del others["frame"]
        attack = table[(table[list(others)] == pd.Series(others)).all(axis=1)]
        assert result["value"] == rows[column].item() == attack[column].min()
    elif how == "median of the rows with a value":
        assert result["value"] == rows[column].median()
        assert result["cases"] == rows[column].notna().sum()
    else:
        assert how is None
        (value,) = rows[column].unique()
        assert result["value"] == value
    if "low" in result:
        stems = [column, column.removesuffix("_rate"), column.removesuffix("_median")]
        ends = [
            [rows[f"{stem}{side}"].iloc[0] for side in ENDS[result["ends"]]]
            for stem in stems
            if f"{stem}{ENDS[result['ends']][0]}" in rows
        ]
        assert [result["low"], result["high"]] in ends, (column, ends)
    if "of" in result and how is None:
        assert result["value"] == pytest.approx(result["cases"] / result["of"], abs=1e-12)


def check_card(card: Path) -> int:
    """Assert that a stored card is valid and has the numbers of the tables; how many it has."""
    document = card.read_bytes()
    assert schema_errors(document) == []
    numbers = [
        result
        for quality in ("UsefulnessUsabilityEfficacy", "SafetyReliability")
        for result in results_of(document, quality).values()
        if result is not None
    ]
    for result in numbers:
        compare_with_tables(result, card.parent)
    return len(numbers)
