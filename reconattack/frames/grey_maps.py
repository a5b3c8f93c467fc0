"""Grey maps that somebody states in public, in numbers; a configuration names them.

plus: the software PLUS makes a picture of RF or IQ samples by brightness = BrightnessScale times
the fourth root of the amplitude, cut off at 255 and to a whole number
(vtkPlusRfToBrightnessConvert.cxx of PlusToolkit/PlusLib, ComputeAmplitudeIqLine). The scale shifts
all levels alike. So ten times the grey level are 80 dB.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

GREYS = 256  # of 8 bits
PLUS_RANGE = 200.0  # dB; a grey level of 1 lies 178 dB below white
PLUS_DECADE = 80.0  # dB


@dataclass(frozen=True)
class GreyMap:
    """A grey map that goes with a dynamic range.

    Attributes
    ----------
    dynamic_range
        From black to white [dB].
    shares
        Gives the share of the window at each grey level, float64 (256,).
    """

    dynamic_range: float
    shares: Callable[[], np.ndarray]


def _plus() -> np.ndarray:
    """A grey level stands for the brightness from it to the next one."""
    middles = np.arange(1, GREYS - 1) + 0.5
    inner = 1 + PLUS_DECADE * np.log10(middles / (GREYS - 1)) / PLUS_RANGE
    return np.concatenate([[0.0], inner, [1.0]])


NAMED = {"plus": GreyMap(PLUS_RANGE, _plus)}


def named_map(declared: Any) -> GreyMap | None:
    """The grey map of a name; None for every other form of a grey map."""
    return NAMED.get(declared) if isinstance(declared, str) else None


def with_stated_range(declared: Mapping[str, Any]) -> dict[str, Any]:
    """What is declared of a picture, with the dynamic range that its named grey map states."""
    named = named_map(declared.get("grey_map"))
    if named is None:
        return dict(declared)
    stated = {"dynamic_range": named.dynamic_range, "dynamic_range_error": 0.0}
    return stated | {name: value for name, value in declared.items() if value is not None}
