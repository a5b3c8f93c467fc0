"""The options of an attack that a person calls: checked, and brought into the configuration's form.

The options are the settings that a method declares (`reconattack.attacks.method`). Methods that
move by steps also have `probe` and `rate`, with a step for each parameter of the box.
"""

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from reconattack.attacks.method import declared
from reconattack.errors import InputError, check_names

# Box and attack of Byra et al. 2020, around `reconattack.reconstruction.setting.PAPER_SETTING`
PAPER_BOX = {"beta": (0.5, 1.3), "alpha_lower": (5.0, 15.0), "alpha_upper": (50.0, 60.0)}
# The same box at 0.14 of its width: `snakemake scale_box` on the default run (docs/attacks.md)
SMALL_CHANGE_BOX = {
    "beta": (0.844, 0.956),
    "alpha_lower": (9.3, 10.7),
    "alpha_upper": (54.3, 55.7),
}
PAPER_ATTACK = {
    "method": "zoo",
    "max_steps": 100,
    "stop_at_bounds": "all",
    "probe": {"beta": 0.05, "alpha_lower": 0.1, "alpha_upper": 0.1},
    "rate": {"beta": 0.05, "alpha_lower": 0.5, "alpha_upper": 0.5},
}
STEP = {"type": "object", "additionalProperties": {"type": "number", "exclusiveMinimum": 0}}
STEPS = {
    "probe": {"description": "Step of the finite difference, for each parameter of the box."}
    | STEP,
    "rate": {"description": "Step of the update, for each parameter of the box."} | STEP,
}


def option_schemas(method: str) -> dict[str, Mapping[str, Any]]:
    """JSON schema of each option of a method; raises InputError if there is no such method."""
    flags = declared(method)
    return {**flags.settings, **(STEPS if flags.steps else {})}


def attack_settings(
    method: str,
    options: Mapping[str, Any],
    bounds: Mapping[str, tuple[float, float]],
    has_slopes: bool,
) -> dict[str, Any]:
    """Settings of an attack as a configuration has them.

    Parameters
    ----------
    method
        Name of the method.
    options
        All of its options.
    bounds
        Lowest and highest value of each parameter that moves.
    has_slopes
        Whether the model can give the slopes that a white-box method needs.

    Returns
    -------
    dict
        `method`, its settings, and `parameters` with `box` and, for methods that move by steps,
        `probe` and `rate`.

    Raises
    ------
    InputError
        If the method or an option is unknown, missing or not what its schema says, or the method
        cannot attack the model.
    """
    schemas = option_schemas(method)
    check_names(f"method {method}", options, schemas)
    missing = [name for name in schemas if name not in options]
    if missing:
        lines = [f"  {name}: {schemas[name].get('description')}" for name in missing]
        raise InputError("\n".join([f"method {method} also needs these options:", *lines]))
    for name, value in options.items():
        _check_option(name, value, schemas[name])
    if declared(method).white_box and not has_slopes:
        raise InputError(
            f"method {method} needs the slopes of the network, which this model does not have; "
            "expected a model from a .keras file"
        )
    steps = {name: options[name] for name in STEPS if name in schemas}
    for name, values in steps.items():
        if set(values) != set(bounds):
            raise InputError(
                f"{name} has a step for {', '.join(values) or 'nothing'}; expected one for each "
                f"parameter of the box: {', '.join(bounds)}"
            )
    parameters = {
        parameter: {"box": list(pair)} | {name: values[parameter] for name, values in steps.items()}
        for parameter, pair in bounds.items()
    }
    settings = {name: value for name, value in options.items() if name not in steps}
    return {"method": method, **settings, "parameters": parameters}


def _check_option(name: str, value: Any, schema: Mapping[str, Any]) -> None:
    """Raise InputError unless the value of an option is as its schema says."""
    if "$ref" in schema:  # into the schema of the configuration
        return
    error = best_match(Draft202012Validator(schema).iter_errors(value))
    if error is not None:
        raise InputError(f"option {name}: {error.message} ({schema['description']})")
