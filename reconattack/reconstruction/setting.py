"""A setting of the reconstruction: a value for each parameter, by name."""

from collections.abc import Mapping
from numbers import Real

from reconattack.errors import InputError, check_names
from reconattack.reconstruction.parameters import PARAMETERS

PAPER_SETTING = {"beta": 0.9, "alpha_lower": 10.0, "alpha_upper": 55.0}  # of Byra et al. 2020


def checked_setting(values: Mapping[str, float]) -> dict[str, float]:
    """A setting whose values were checked, in the order of the reconstruction.

    Parameters
    ----------
    values
        Values of the paper's three parameters, and of any other, in the units of `PARAMETERS`.

    Raises
    ------
    InputError
        If a parameter is unknown, missing or outside its limits, or the thresholds are not in
        order.
    """
    check_names("a setting", values, PARAMETERS)
    missing = [name for name in PAPER_SETTING if name not in values]
    if missing:
        raise InputError(f"the setting has no {', '.join(missing)}; expected a value for each")
    for name, value in values.items():
        lowest, highest = PARAMETERS[name].limits
        if not isinstance(value, Real) or not lowest <= value <= highest:
            raise InputError(
                f"{name} is {value!r}; expected a number from {lowest:g} to {highest:g}"
            )
    if not values["alpha_lower"] < values["alpha_upper"]:
        raise InputError(
            f"alpha_lower is {values['alpha_lower']:g} dB, alpha_upper {values['alpha_upper']:g} "
            "dB; expected alpha_lower below alpha_upper"
        )
    return {name: float(values[name]) for name in PARAMETERS if name in values}
