"""The scaling of grey levels to a model's input."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from reconattack.errors import InputError


@dataclass(frozen=True)
class Scaling:
    """(grey level / `divide` - `mean`) / `std`, as is usual with PyTorch.

    Attributes
    ----------
    divide
        255 for input from 0 to 1, 1 for grey levels from 0 to 255.
    mean, std
        One number per channel, or one for all channels.
    """

    divide: float
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)

    def __call__(self, images: np.ndarray, channels: int = 1) -> np.ndarray:
        """Scale grey levels, float32 (n, height, width); gives (n, height, width, channel)."""
        scaled = images[..., np.newaxis]
        if self.divide != 1:
            scaled = scaled / np.float32(self.divide)
        if any(self.mean):
            scaled = scaled - np.array(self.mean, np.float32)
        if self.std != (1.0,):
            scaled = scaled / np.array(self.std, np.float32)
        return np.broadcast_to(scaled, (*images.shape, channels))

    def as_settings(self) -> dict[str, Any]:
        """The scaling as plain data, as in the configuration."""
        return {name: _plain(value) for name, value in asdict(self).items()}


GREY_LEVELS = Scaling(1.0)


def declared_scaling(
    divide: float,
    mean: float | Sequence[float] = 0.0,
    std: float | Sequence[float] = 1.0,
    channels: int = 1,
) -> Scaling:
    """The scaling that the configuration declares for an input with `channels`."""
    numbers = {"mean": _tuple(mean), "std": _tuple(std)}
    for name, values in numbers.items():
        if len(values) not in (1, channels):
            raise InputError(
                f"scaling.{name} has {len(values)} numbers; expected one, or one for each of the "
                f"input's channels, of which there are {channels}"
            )
    return Scaling(float(divide), **numbers)


def _tuple(value: float | Sequence[float]) -> tuple[float, ...]:
    return tuple(map(float, value)) if isinstance(value, Sequence) else (float(value),)


def _plain(value: float | tuple[float, ...]) -> float | list[float]:
    return list(value) if isinstance(value, tuple) else value
