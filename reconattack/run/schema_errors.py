"""What a JSON schema finds in the configuration, as lines that a person can act on."""

import difflib

from jsonschema import ValidationError


def lines_of(error: ValidationError) -> list[str]:
    """One readable line for each thing that a schema error says."""
    if error.validator in ("if", "allOf") and error.context:
        return [line for inner in error.context for line in lines_of(inner)]
    key = ".".join(str(part) for part in error.absolute_path)
    if error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        unknown = sorted(set(error.instance) - set(known), key=str)
        return [
            f"  {f'{key}.{name}'.lstrip('.')}: unknown key; {meant(name, known)}"
            for name in unknown
        ]
    if "propertyNames" in error.schema_path:
        name, known = error.instance, error.validator_value
        if error.validator != "enum":
            expected = error.schema["description"]
            return [f"  {key}: {name!r} cannot be a name; expected {expected}"]
        return [f"  {key}.{name}: unknown key; {meant(name, known)}"]
    meaning = error.schema.get("description")
    return [f"  {key or 'configuration'}: {error.message}" + (f" ({meaning})" if meaning else "")]


def meant(name: object, known: list[str]) -> str:
    """Which known name somebody may have meant, or all of them."""
    close = difflib.get_close_matches(str(name), known, n=1)
    return f"did you mean {close[0]}?" if close else f"expected one of {', '.join(known)}"
