"""The box in which an attack may move, and the size of its steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from reconattack.errors import InputError
from reconattack.parameters import PAPER_PARAMETERS

DECIMALS = 9


@dataclass(frozen=True)
class SearchSpace:
    """Reconstruction parameters and their box; arrays have shape (parameter,).

    Attributes
    ----------
    names
        The parameters in the order of every vector.
    initial, lower, upper
        Start and bounds, in each parameter's unit.
    probe, rate
        Step of the finite difference and of the update; 0 for methods that take no such steps.
    """

    names: tuple[str, ...]
    initial: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    probe: np.ndarray
    rate: np.ndarray

    @property
    def free(self) -> np.ndarray:
        """Which parameters can move, bool (parameter,)."""
        return self.lower < self.upper

    def scaled(self, points: np.ndarray) -> np.ndarray:
        """Free parameters of points (n, parameter) as shares of the box, 0 to 1, (n, free)."""
        lower, upper = self.lower[self.free], self.upper[self.free]
        return (points[:, self.free] - lower) / (upper - lower)

    def points(self, scaled: np.ndarray) -> np.ndarray:
        """Points (n, parameter) whose free parameters are `scaled` shares of the box, (n, free)."""
        points = np.tile(self.lower, (len(scaled), 1))
        points[:, self.free] += scaled * (self.upper - self.lower)[self.free]
        return points

    def move(self, parameters: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """Step by `rate` along `direction` (-1, 0, 1) and stay in the box, (n, parameter).

        Rounding keeps the points on the lattice of decimal steps: 0.9 + 8 x 0.05 is 1.3 exactly.
        """
        moved = np.clip(parameters + self.rate * direction, self.lower, self.upper)
        return decimal(moved)

    def probes(self, parameters: np.ndarray) -> np.ndarray:
        """Points of the central differences, (n, parameter, 2, parameter): minus, then plus.

        They may leave the box by their step.
        """
        offsets = np.diag(self.probe)[:, None, :] * np.array([-1, 1])[:, None]
        return decimal(parameters[:, None, None, :] + offsets)

    def at_bound(self, parameters: np.ndarray) -> np.ndarray:
        """Which parameters lie on the box, bool (n, parameter); one that cannot move never does."""
        on_box = (parameters == self.lower) | (parameters == self.upper)
        return on_box & self.free


def search_space(
    initial: Mapping[str, float], parameters: Mapping[str, Mapping[str, Any]], attack: str
) -> SearchSpace:
    """Build the space of an attack from its configuration; raise InputError if it cannot be one.

    `parameters` gives `box` [lower, upper] for each parameter and, for methods that step, `probe`
    and `rate`; `initial` holds a value for every reconstruction parameter.
    """
    errors = [
        f"attacks.{attack}.parameters.{name}.box is [{lower:g}, {upper:g}], which leaves out the "
        f"initial value {initial[name]:g} (reconstruction.initial.{name}); "
        "expected lower <= initial <= upper"
        for name, (lower, upper) in ((name, knob["box"]) for name, knob in parameters.items())
        if not lower <= initial[name] <= upper
    ]
    missing = [name for name in PAPER_PARAMETERS if name not in parameters]
    if missing:
        errors.append(
            f"attacks.{attack}.parameters lacks {', '.join(missing)}; expected "
            f"{', '.join(PAPER_PARAMETERS)} (a box of one point keeps a parameter still)"
        )
    if errors:
        raise InputError("\n".join(errors))
    knobs = [parameters[name] for name in PAPER_PARAMETERS]
    columns = [(*knob["box"], knob.get("probe", 0), knob.get("rate", 0)) for knob in knobs]
    lower, upper, probe, rate = np.array(columns, float).T
    highest_lower, lowest_upper = upper[1] + probe[1], lower[2] - probe[2]
    if not highest_lower < lowest_upper:
        with_probes = "with their probes " if probe.any() else ""
        raise InputError(
            f"attacks.{attack}.parameters: {with_probes}alpha_lower reaches up to "
            f"{highest_lower:g} dB and alpha_upper down to {lowest_upper:g} dB; expected boxes "
            "that keep alpha_lower below alpha_upper"
        )
    start = np.array([initial[name] for name in PAPER_PARAMETERS], float)
    return SearchSpace(PAPER_PARAMETERS, start, lower, upper, probe, rate)


def decimal(values: np.ndarray) -> np.ndarray:
    """Values rounded to `DECIMALS` decimals."""
    # np.round scales and divides, which can miss the nearest float of a decimal; round() does not.
    return np.array([round(value, DECIMALS) for value in values.flat]).reshape(values.shape)
