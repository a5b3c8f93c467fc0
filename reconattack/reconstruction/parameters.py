"""The parameters of the reconstruction, in the order in which they act.

The paper moves three of them. Each of the others has a neutral value, at which its stage is skipped
and the image is the paper's to the last bit.
"""

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
        return {"units": self.units, "long_name": self.long_name}

    @property
    def label(self) -> str:
        """Label of an axis of this parameter."""
        return self.symbol if self.units == "1" else f"{self.symbol} ({self.units})"


SHARE = (0.0, 1.0)
SLIDERS = tuple(f"slider_{number}" for number in range(1, 9))
PAPER_PARAMETERS = ("beta", "alpha_lower", "alpha_upper")

BAND = {
    "band_shift": Parameter(
        "Hz",
        "centre of the axial band-pass less the nominal frequency",
        "band shift",
        "band-pass",
        neutral=0.0,
    ),
    "band_sharpness": Parameter(
        "1",
        "nominal frequency over the axial band-pass's width at -6 dB",
        "band sharpness",
        "band-pass",
        (0.0, 10.0),
        neutral=0.0,
    ),
}
COMPENSATION = {
    "beta": Parameter(
        "dB/(cm MHz)", "attenuation coefficient of the compensation", r"$\beta$", "beta"
    ),
    "gain": Parameter("dB", "overall gain", "gain", "gain", neutral=0.0),
    **{
        name: Parameter(
            "dB",
            f"time-gain slider {number} of {len(SLIDERS)}",
            f"slider {number}",
            "time-gain curve",
            neutral=0.0,
        )
        for number, name in enumerate(SLIDERS, 1)
    },
}
GEOMETRY = {
    "sound_speed_shift": Parameter(
        "m/s",
        "sound speed that depths are shown with less the frame's own",
        "sound speed shift",
        "sound speed",
        (-500.0, 500.0),
        neutral=0.0,
    ),
    "zoom": Parameter(
        "1", "magnification about the middle", "zoom", "zoom", (0.25, 4.0), neutral=1.0
    ),
    "aspect": Parameter(
        "1",
        "lateral over axial magnification",
        "pixel aspect",
        "pixel aspect",
        (0.25, 4.0),
        neutral=1.0,
    ),
}
WINDOW = {
    "alpha_lower": Parameter("dB", "lower decibel threshold", r"$\alpha_{lower}$", "alpha_lower"),
    "alpha_upper": Parameter("dB", "upper decibel threshold", r"$\alpha_{upper}$", "alpha_upper"),
}
PICTURE = {
    "gamma": Parameter(
        "1", "exponent of the grey map", r"$\gamma$", "grey map", (0.1, 10.0), neutral=1.0
    ),
    "median": Parameter(
        "1", "share of the median filter", "median filter", "median filter", SHARE, neutral=0.0
    ),
    "lee": Parameter("1", "share of Lee's filter", "Lee filter", "Lee filter", SHARE, neutral=0.0),
    "bilateral": Parameter(
        "1",
        "share of the bilateral filter",
        "bilateral filter",
        "bilateral filter",
        SHARE,
        neutral=0.0,
    ),
    "edges": Parameter(
        "1",
        "strength of the edge enhancement",
        "edge enhancement",
        "edge enhancement",
        (0.0, 10.0),
        neutral=0.0,
    ),
}
PARAMETERS = BAND | COMPENSATION | GEOMETRY | WINDOW | PICTURE
# Parameters whose slopes reconattack.attacks.white_box.differentiable computes
SLOPED = (*COMPENSATION, *WINDOW, "gamma")
NEUTRAL = {
    name: parameter.neutral
    for name, parameter in PARAMETERS.items()
    if parameter.neutral is not None
}
