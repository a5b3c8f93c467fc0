"""The JSON schema of the configuration, completed by what the library's modules declare.

`schemas/config.schema.yaml` says what is common to all attacks and parameters. The settings of each
method of attack stand in the method's module, those of a parameter in `PARAMETERS`.
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from reconattack.attacks.method import declared, method_names
from reconattack.reconstruction.parameters import PARAMETERS, Parameter

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C takes a tenth of the time


START_FROM = {
    "description": (
        "Attacks on the same frames whose flips are tried first. Not required. A near flip saves "
        "what would be searched behind it."
    ),
    "type": "array",
    "items": {"type": "string"},
    "uniqueItems": True,
}
GUARDED = {
    "description": (
        "Whether a setting counts as a flip only if the guard of the model (models.<name>.guard) "
        "lets its picture pass as well; default false. Such an attack knows the guard: what a "
        "guard catches of other attacks tells little without it. For black-box searches and zoo, "
        "on models with a guard."
    ),
    "type": "boolean",
}


@cache
def complete_schema(path: Path | str) -> dict[str, Any]:
    """The schema at `path` with a branch for each method and a key for each parameter."""
    schema = LOADER(Path(path).read_text(encoding="utf-8")).get_single_data()
    attack = schema["properties"]["attacks"]["additionalProperties"]
    attack["properties"]["method"]["enum"] = method_names()
    attack["allOf"] = [_branch(name) for name in method_names()]
    schema["$defs"]["parameter"]["enum"] = list(PARAMETERS)
    initial = schema["properties"]["reconstruction"]["properties"]["initial"]["properties"]
    for name in PARAMETERS.keys() - initial.keys():
        initial[name] = _value(PARAMETERS[name])
    return schema


def _branch(method: str) -> dict[str, Any]:
    """What the configuration of an attack by one method holds."""
    flags = declared(method)
    boxes = "stepping_parameters" if flags.steps else "moving_parameters"
    return {
        "if": {"required": ["method"], "properties": {"method": {"const": method}}},
        "then": {
            "additionalProperties": False,
            "required": [*flags.settings, "parameters"],
            "properties": {
                "method": True,
                "guarded": GUARDED,
                **flags.settings,
                **({"start_from": START_FROM} if flags.starts_from else {}),
                "parameters": {"$ref": f"#/$defs/{boxes}"},
            },
        },
    }


def _value(parameter: Parameter) -> dict[str, Any]:
    """The value of a parameter that the schema's file does not describe."""
    lowest, highest = parameter.limits
    unit = "" if parameter.units == "1" else f" [{parameter.units}]"
    bounds = {"minimum": lowest, "maximum": highest}
    return {
        "description": f"{parameter.long_name}{unit}; default {parameter.neutral:g}.",
        "type": "number",
        **{key: bound for key, bound in bounds.items() if np.isfinite(bound)},
    }
