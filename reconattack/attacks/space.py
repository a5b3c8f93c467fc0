"""The box in which an attack may move, and the size of its steps."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from reconattack.errors import InputError
from reconattack.reconstruction.parameters import NEUTRAL, PAPER_PARAMETERS, PARAMETERS

DECIMALS = 9
MOST_CORNERS = 64


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
    initial: Mapping[str, float],
    parameters: Mapping[str, Mapping[str, Any]],
    attack: str | None = None,
) -> SearchSpace:
    """Build the space of an attack from its configuration; raise InputError if it cannot be one.

    Parameters
    ----------
    initial
        Values of the original images: of the paper's parameters, and of any other that is set.
    parameters
        `box` [lower, upper] of each parameter that the attack moves and, for methods that step,
        `probe` and `rate`. The paper's parameters that are missing stand still.
    attack
        Its name in the configuration, for messages; None without a configuration.
    """
    names = tuple(name for name in PARAMETERS if name in parameters or name in PAPER_PARAMETERS)
    start = NEUTRAL | dict(initial)
    errors = [line for name in parameters for line in _misfit(name, parameters[name], start)]
    if errors:
        prefix = f"attacks.{attack}.parameters." if attack else ""
        raise InputError("\n".join(prefix + line for line in errors))
    columns = [
        (start[name], *knob["box"], knob.get("probe", 0), knob.get("rate", 0))
        for name in names
        for knob in [parameters.get(name, {"box": [start[name]] * 2})]
    ]
    space = SearchSpace(names, *np.array([*zip(*columns, strict=True)], float))
    _check_window(space, attack)
    return space


def _misfit(name: str, knob: Mapping[str, Any], start: Mapping[str, float]) -> Iterator[str]:
    """A line for each reason why a parameter cannot move in its box."""
    lower, upper = knob["box"]
    lowest, highest = PARAMETERS[name].limits
    if not lower <= start[name] <= upper:
        yield (
            f"{name}.box is [{lower:g}, {upper:g}], which leaves out the initial value "
            f"{start[name]:g} (reconstruction.initial.{name}); expected lower <= initial <= upper"
        )
    elif not lowest <= lower - knob.get("probe", 0) or not upper + knob.get("probe", 0) <= highest:
        yield (
            f"{name}.box is [{lower:g}, {upper:g}]; expected values from {lowest:g} to "
            f"{highest:g}{', its probes among them' if 'probe' in knob else ''}"
        )


def _check_window(space: SearchSpace, attack: str | None) -> None:
    """Raise InputError if the lower threshold can reach the upper one."""
    at = {name: column for column, name in enumerate(space.names)}
    low, high = at["alpha_lower"], at["alpha_upper"]
    highest_lower = space.upper[low] + space.probe[low]
    lowest_upper = space.lower[high] - space.probe[high]
    if not highest_lower < lowest_upper:
        prefix = f"attacks.{attack}.parameters: " if attack else ""
        with_probes = "with their probes " if space.probe.any() else ""
        raise InputError(
            f"{prefix}{with_probes}alpha_lower reaches up to "
            f"{highest_lower:g} dB and alpha_upper down to {lowest_upper:g} dB; expected boxes "
            "that keep alpha_lower below alpha_upper"
        )


def faces_and_corners(start: np.ndarray) -> np.ndarray:
    """Face centres and corners of the unit box, (point, free), the nearest to `start` first.

    Corners are left out where there are more than `MOST_CORNERS`.
    """
    dimensions = len(start)
    faces = np.full((dimensions, 2, dimensions), 0.5)
    for dimension in range(dimensions):
        faces[dimension, :, dimension] = 0, 1
    points = faces.reshape(-1, dimensions)
    if 2**dimensions <= MOST_CORNERS:
        points = np.concatenate([points, list(product((0.0, 1.0), repeat=dimensions))])
    distances = np.linalg.norm(points - start, axis=1).round(9)
    return points[np.argsort(distances, kind="stable")]


def decimal(values: np.ndarray) -> np.ndarray:
    """Values rounded to `DECIMALS` decimals."""
    # np.round scales and divides, which can miss the nearest float of a decimal; round() does not.
    return np.array([round(value, DECIMALS) for value in values.flat]).reshape(values.shape)
