"""The parameters of the reconstruction, in the order in which they act."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Parameter:
    """One knob of the reconstruction.

    Attributes
    ----------
    units, long_name
        As NetCDF's conventions have them.
    symbol
        What figures call it.
    """

    units: str
    long_name: str
    symbol: str

    @property
    def attributes(self) -> dict[str, str]:
        """What a variable or coordinate of this parameter carries."""
        return {"units": self.units, "long_name": self.long_name}

    @property
    def label(self) -> str:
        """What an axis of this parameter says."""
        return f"{self.symbol} ({self.units})"


PARAMETERS = {
    "beta": Parameter("dB/(cm MHz)", "attenuation coefficient of the compensation", r"$\beta$"),
    "alpha_lower": Parameter("dB", "lower decibel threshold", r"$\alpha_{lower}$"),
    "alpha_upper": Parameter("dB", "upper decibel threshold", r"$\alpha_{upper}$"),
}
PAPER_PARAMETERS = ("beta", "alpha_lower", "alpha_upper")
