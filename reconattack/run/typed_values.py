"""Values that were left as text: taken as the numbers, truth values and nulls that were meant.

YAML 1.1, which Snakemake reads, takes 40e6 and 1e-1 for text. Snakemake leaves every value of
--config that stands inside braces or brackets as text.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError, validators

from reconattack.frames.written_numbers import number_in
from reconattack.run.schema import complete_schema

WORDS = {  # of YAML 1.1
    **dict.fromkeys(("true", "yes", "on"), True),
    **dict.fromkeys(("false", "no", "off"), False),
    **dict.fromkeys(("null", "~"), None),
}
# JSON Schema takes 20.0 for an integer, which Python's range() does not.
Validator = validators.extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)


def typed_values(config: Mapping[str, Any], schema: Path | str) -> dict[str, Any]:
    """A copy of a configuration in which no text stands for a value of another type.

    Parameters
    ----------
    config
        The merged configuration.
    schema
        Its JSON schema, a YAML file.

    Returns
    -------
    dict
        Where the schema expects a number, a text such as 40e6 is that number. Where it expects an
        integer, 20.0 is one. `true`, `false` and `null` are these values. What is none of them is
        left as it is.
    """
    typed = copy.deepcopy(dict(config))
    validator = Validator(complete_schema(schema))
    meant = None
    while meant != []:  # a value can decide which part of the schema holds
        errors = _with_causes(validator.iter_errors(typed))
        meant = [(error.absolute_path, value) for error in errors for value in _values(error)]
        for (*above, last), value in meant:
            place = typed
            for key in above:
                place = place[key]
            place[last] = value
    return typed


def _with_causes(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    """Errors, and the errors in alternatives behind each."""
    for error in errors:
        yield error
        yield from _with_causes(error.context)


def _values(error: ValidationError) -> list[Any]:
    """The value that was meant where an error is about the type of a value; otherwise none."""
    if not error.absolute_path or "propertyNames" in error.absolute_schema_path:
        return []
    fitting = [value for value in _readings(error.instance) if _fits(value, error)]
    return fitting[:1]


def _readings(found: Any) -> Iterator[Any]:
    """Other values that a text or a whole float can stand for."""
    number = number_in(found) if isinstance(found, str) else found
    if isinstance(found, str) and number is not None:
        yield number
    if isinstance(number, float) and number.is_integer():
        yield int(number)
    if isinstance(found, str) and found.lower() in WORDS:
        yield WORDS[found.lower()]


def _fits(value: Any, error: ValidationError) -> bool:
    """Whether a value satisfies what the error is about."""
    allowed = error.validator_value
    if error.validator == "type":
        kinds = [allowed] if isinstance(allowed, str) else allowed
        return any(Validator({}).is_type(value, kind) for kind in kinds)
    if error.validator == "enum":
        return any(type(value) is type(option) and value == option for option in allowed)
    return False
