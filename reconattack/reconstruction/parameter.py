"""One parameter of the reconstruction."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Parameter:
    """One number of a reconstruction.

    Attributes
    ----------
    units, long_name
        In NetCDF's conventions.
    symbol
        Its name in figures.
    control
        The scanner's control that sets it; the sliders of a time-gain curve are one control.
    limits
        Lowest and highest meaningful value.
    neutral
        Value at which its stage is skipped; None for the paper's three, which always act.
    """

    units: str
    long_name: str
    symbol: str
    control: str
    limits: tuple[float, float] = (-np.inf, np.inf)
    neutral: float | None = None

    @property
    def attributes(self) -> dict[str, str]:
        """Attributes of a variable or coordinate of this parameter."""
        return described(self.units, self.long_name)

    @property
    def label(self) -> str:
        """Label of an axis of this parameter."""
        return self.symbol if self.units == "1" else f"{self.symbol} ({self.units})"


def described(units: str, long_name: str) -> dict[str, str]:
    """Attributes of a variable or coordinate, in NetCDF's conventions."""
    return {"units": units, "long_name": long_name}
