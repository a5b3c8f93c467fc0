"""The lattice that steps of decimal numbers span in a box, and how far its points lie apart."""

import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import reduce

import numpy as np

from reconattack.attacks.space import DECIMALS, SearchSpace, decimal
from reconattack.errors import InputError


def lattice_axes(
    space: SearchSpace, lattice: Mapping[str, float], max_points: int
) -> list[np.ndarray]:
    """Values of each parameter, float64, from the lower bound to the upper one.

    They are counted in decimals and therefore the points of `SearchSpace.move`, bit for bit.

    Raises
    ------
    InputError
        If a step does not lead from bound to bound or not to the initial value, or the lattice has
        more than `max_points` points; each line begins with a key of the attack's configuration.
    """
    moving = [name for name, free in zip(space.names, space.free, strict=True) if free]
    missing = [name for name in moving if name not in lattice]
    unknown = [name for name in lattice if name not in space.names]
    if missing or unknown:
        raise InputError(
            f"lattice: {', '.join(sorted(missing + unknown))} stands in only one of lattice and "
            f"parameters; expected a step for each of {', '.join(moving)}"
        )
    bounds = zip(space.names, space.lower, space.upper, space.initial, strict=True)
    decimals = {
        name: [*map(_exact, (low, high, start, lattice.get(name, 1)))]
        for name, low, high, start in bounds
    }
    errors = [line for name, values in decimals.items() for line in _misfit(name, *values)]
    if errors:
        raise InputError("\n".join(errors))
    sizes = [int((high - low) / step) + 1 for low, high, _, step in decimals.values()]
    if math.prod(sizes) > max_points:
        raise InputError(
            f"lattice: {' x '.join(map(str, sizes))} = {math.prod(sizes)} points; expected at most "
            f"max_points = {max_points}: take longer steps or a smaller box"
        )
    return [
        np.array([float(low + step * number) for number in range(size)])
        for size, (low, _, _, step) in zip(sizes, decimals.values(), strict=True)
    ]


def even_axes(space: SearchSpace, points: int) -> list[np.ndarray]:
    """Evenly spaced values of each parameter from bound to bound, and its initial value."""
    bounds = zip(space.lower, space.upper, space.initial, strict=True)
    return [
        np.unique(decimal(np.append(np.linspace(lower, upper, points), start)))
        for lower, upper, start in bounds
    ]


def lattice_points(axes: Sequence[np.ndarray]) -> np.ndarray:
    """Every combination of the axes' values, (n, parameter), the last parameter fastest."""
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))


def distances(points: np.ndarray, space: SearchSpace) -> tuple[np.ndarray, np.ndarray]:
    """L-infinity and L2 distance of points, (n, parameter), from the initial setting, both (n,).

    In units of the box's half-width; a parameter whose box is one point adds nothing. Rounded, so
    that equal decimals are equally far.
    """
    half = (space.upper - space.lower) / 2
    offsets = np.abs(points - space.initial) / np.where(half > 0, half, 1)
    return offsets.max(axis=1).round(DECIMALS), np.hypot.reduce(offsets, axis=1).round(DECIMALS)


def box_shares(axes: Sequence[np.ndarray], initial: np.ndarray) -> np.ndarray:
    """Share of the box, scaled about the initial setting, that just holds each lattice point.

    Each side of the box is scaled by its own distance from the initial setting: 0 is that setting
    alone, 1 the whole box.

    Parameters
    ----------
    axes
        Values of each parameter from the box's lower bound to its upper one.
    initial
        Shape (parameter,).

    Returns
    -------
    numpy.ndarray
        float64, an axis for each parameter; rounded, so that equal decimals are equal shares.
    """
    shares = []
    for axis, start in zip(axes, initial, strict=True):
        side = np.where(axis < start, start - axis[0], axis[-1] - start)
        offset = np.abs(axis - start)
        shares.append(np.divide(offset, side, out=np.zeros(len(axis)), where=side > 0))
    return reduce(np.maximum, np.ix_(*shares)).round(DECIMALS)


def _exact(value: float) -> Decimal:
    """The decimal that a person wrote: the shortest one that is this float."""
    return Decimal(repr(float(value)))


def _misfit(
    name: str, lower: Decimal, upper: Decimal, initial: Decimal, step: Decimal
) -> Iterator[str]:
    """A line for each reason why a step makes no lattice."""
    if max(-value.normalize().as_tuple().exponent for value in (lower, initial, step)) > DECIMALS:
        yield (
            f"lattice.{name}: step {step}, box [{lower}, {upper}] and initial value {initial}; "
            f"expected at most {DECIMALS} decimals"
        )
    elif step <= 0 or (upper - lower) % step:
        yield (
            f"lattice.{name} is {step}, which does not divide the box [{lower}, {upper}]; expected "
            "a step that leads from its lower to its upper bound"
        )
    elif (initial - lower) % step:
        yield (
            f"lattice.{name} is {step}: from {lower} its steps pass the initial value {initial}; "
            "expected a step that leads to it"
        )
