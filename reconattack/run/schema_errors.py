"""What a JSON schema finds in the configuration, as lines that a person can act on."""

import datetime
import difflib
from typing import Any

from jsonschema import ValidationError

from reconattack.frames.written_numbers import comma_hint

KINDS = {
    "number": "a number",
    "integer": "a whole number",
    "string": "text",
    "boolean": "true or false",
    "array": "a list",
    "object": "keys with values",
    "null": "null",
}
TRUTH = {True: "true, which yes and on also mean", False: "false, which no and off also mean"}


def lines_of(error: ValidationError) -> list[str]:
    """One readable line for each thing that a schema error says."""
    if error.validator in ("if", "allOf") and error.context:
        return [line for inner in error.context for line in lines_of(inner)]
    key = ".".join(str(part) for part in error.absolute_path)
    if error.validator == "oneOf" and (near := _meant_form(error)):
        first, *others = [line for inner in near for line in lines_of(inner)]
        return [first + _meaning(error) if first[-1] != ")" else first, *others]
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        unknown = sorted(set(error.instance) - set(known), key=str)
        return [
            f"  {f'{key}.{name}'.lstrip('.')}: unknown key; {_meant_key(name, known)}"
            for name in unknown
        ]
    if "propertyNames" in error.schema_path:
        name, known = error.instance, error.validator_value
        if error.validator == "type":
            return [f"  {key}: found {_shown(name)} as a name; expected text{_quotes(name)}"]
        if error.validator != "enum":
            expected = error.schema["description"]
            return [f"  {key}: {name!r} cannot be a name; expected {expected}"]
        return [f"  {key}.{name}: unknown key; {meant(name, known)}"]
    if error.validator == "required":
        return [_missing(key, error)]
    return [f"  {key or 'configuration'}: {_message(error)}"]


def _meant_form(error: ValidationError) -> list[ValidationError]:
    """What is wrong in the only form that a value can be meant to have; empty if it is unclear."""
    forms: dict[int, list[ValidationError]] = {}
    for inner in error.context:
        forms.setdefault(inner.relative_schema_path[0], []).append(inner)
    kinds = [errors for errors in forms.values() if not any(map(_is_of_another_kind, errors))]
    near = kinds if len(kinds) == 1 else [it for it in kinds if not any(map(_lacks_keys, it))]
    return near[0] if len(near) == 1 else []


def _is_of_another_kind(inner: ValidationError) -> bool:
    """Whether an error says that a value is meant to have another form."""
    return inner.validator == "const" or (inner.validator == "type" and not inner.relative_path)


def _lacks_keys(inner: ValidationError) -> bool:
    """Whether an error is about the keys that a form has."""
    of_keys = inner.validator in ("required", "additionalProperties")
    return of_keys and not inner.relative_path


def _missing(key: str, error: ValidationError) -> str:
    """A line about the key that a section needs and does not have; each has an error of its own."""
    name = next(name for name in error.validator_value if repr(name) in error.message)
    of_key = error.schema.get("properties", {}).get(name)
    meanings = [
        part.get("description") for part in (of_key, error.schema) if isinstance(part, dict)
    ]
    meaning = next(filter(None, meanings), None)
    return f"  {f'{key}.{name}'.lstrip('.')}: missing{f' ({meaning})' if meaning else ''}"


def meant(name: object, known: list[str]) -> str:
    """Which known name somebody may have meant, or all of them."""
    close = difflib.get_close_matches(str(name), known, n=1)
    return f"did you mean {close[0]}?" if close else f"expected one of {', '.join(known)}"


def _meant_key(name: object, known: dict[str, Any]) -> str:
    """Which known key somebody may have meant, one of a section among them, or all of them."""
    for section, schema in known.items():
        if isinstance(schema, dict) and name in schema.get("properties", {}):
            return f"did you mean {section}.{name}?"
    return meant(name, sorted(known))


def _message(error: ValidationError) -> str:
    """What was found, what was expected, and how to write it or what it means."""
    meaning = _meaning(error)
    if error.validator == "oneOf" and meaning:
        return f"found {_shown(error.instance)}; expected another form{meaning}"
    if error.validator != "type":
        return error.message + meaning
    found, wanted = error.instance, error.validator_value
    wanted = [wanted] if isinstance(wanted, str) else wanted
    expected = " or ".join(KINDS[kind] for kind in wanted)
    hint = _quotes(found) if "string" in wanted else ""
    if {"number", "integer"} & set(wanted):
        hint = comma_hint(found) + meaning
    return f"found {_shown(found)}; expected {expected}{hint or meaning}"


def _meaning(error: ValidationError) -> str:
    """What the schema says of the value that an error is about, in brackets; empty if nothing."""
    meaning = error.schema.get("description")
    return f" ({meaning})" if meaning else ""


def _shown(value: object) -> str:
    """A value as YAML reads it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return TRUTH[value]
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, datetime.date):
        return f"the date {value}"
    return KINDS["object"] if isinstance(value, dict) else repr(value)


def _quotes(value: object) -> str:
    """How to write a value that YAML does not read as text; empty for lists and the like."""
    if isinstance(value, bool):
        return f": write it in quotes, such as '{'yes' if value else 'no'}'"
    if value is None or isinstance(value, int | float | datetime.date):
        return f": write it in quotes, such as '{'null' if value is None else value}'"
    return ""
