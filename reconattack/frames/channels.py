"""Channel data beside a frame's lines: what each element of the probe received of each transmit.

A channel frame is an RF or IQ frame as any other: its lines were beamformed once, at the initial
setting of the run, and everything that moves no beamforming parameter works on them. The channel
data beside them let a beamformer make the lines of another setting.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from reconattack.errors import InputError

PARTS = {
    "channel_rf": "radio-frequency samples of each element",
    "channel_in_phase": "demodulated samples of each element, in-phase part",
    "channel_quadrature": "demodulated samples of each element, quadrature part",
}
GEOMETRY = {
    "element_x": ("element", "lateral position of the element"),
    "element_z": ("element", "axial position of the element, 0 where the face crosses the axis"),
}
TIMES = {
    "transmit_delay": (("transmit", "element"), "time at which the element fires, NaN if silent"),
    "start_time": ("transmit", "time of the first sample, on the clock of transmit_delay"),
}


@dataclass(frozen=True)
class Channels:
    """Channel data of one frame.

    Attributes
    ----------
    samples
        Shape (transmit, element, time): float32 RF, or complex64 demodulated samples (IQ).
    element_x, element_z
        Position of each element [m], shape (element,); z points into the body and is 0 where the
        probe's face crosses its axis.
    transmit_delay
        Time at which each element fires [s], shape (transmit, element); NaN if it is silent.
    start_time
        Time of the first sample on the same clock [s], shape (transmit,).
    sampling_frequency
        Of the samples over time [Hz].
    demodulation_frequency
        Frequency by which IQ was demodulated [Hz]; None of RF.
    """

    samples: np.ndarray
    element_x: np.ndarray
    element_z: np.ndarray
    transmit_delay: np.ndarray
    start_time: np.ndarray
    sampling_frequency: float
    demodulation_frequency: float | None = None

    def __post_init__(self) -> None:
        transmits, elements, _ = self.samples.shape
        expected = {
            "element_x": (elements,),
            "element_z": (elements,),
            "transmit_delay": (transmits, elements),
            "start_time": (transmits,),
        }
        lines = [
            f"{name} has the shape {np.shape(getattr(self, name))}; expected {shape}"
            for name, shape in expected.items()
            if np.shape(getattr(self, name)) != shape
        ]
        if np.iscomplexobj(self.samples) != (self.demodulation_frequency is not None):
            lines.append(
                f"demodulation_frequency is {self.demodulation_frequency} and the samples are "
                f"{self.samples.dtype}; expected a frequency of complex samples alone"
            )
        bad = np.size(self.samples) - np.isfinite(self.samples).sum()
        if bad:
            lines.append(f"{bad} samples are NaN or infinite; expected finite numbers")
        if lines:
            raise InputError("\n    ".join(f"channel data: {line}" for line in lines))


def has_channels(frame: xr.Dataset) -> bool:
    """Whether channel data stand beside the lines of a frame."""
    return "transmit_delay" in frame


def attach_channels(frame: xr.Dataset, channels: Channels) -> xr.Dataset:
    """A frame of lines with the channel data that they were beamformed from.

    Parameters
    ----------
    frame
        An RF or IQ frame.
    channels
        What each element received.

    Returns
    -------
    xarray.Dataset
        The frame with `channel_rf` (transmit, element, time) float32, or `channel_in_phase` and
        `channel_quadrature`; `element_x` and `element_z` (element,) [m]; `transmit_delay`
        (transmit, element) and `start_time` (transmit,) [s]; and the attributes
        `channel_sampling_frequency` and, of IQ, `demodulation_frequency` [Hz].
    """
    samples = channels.samples
    parts = (
        {"channel_in_phase": samples.real, "channel_quadrature": samples.imag}
        if np.iscomplexobj(samples)
        else {"channel_rf": samples}
    )
    variables = {
        name: (
            ("transmit", "element", "time"),
            np.ascontiguousarray(part, np.float32),
            {"units": "1", "long_name": PARTS[name]},
        )
        for name, part in parts.items()
    }
    for unit, described in (("m", GEOMETRY), ("s", TIMES)):
        for name, (dims, words) in described.items():
            values = np.asarray(getattr(channels, name), float)
            variables[name] = (dims, values, {"units": unit, "long_name": words})
    frame = frame.assign(variables)
    frame.attrs["channel_sampling_frequency"] = float(channels.sampling_frequency)
    if channels.demodulation_frequency is not None:
        frame.attrs["demodulation_frequency"] = float(channels.demodulation_frequency)
    return frame


def channels_of(frame: xr.Dataset) -> Channels:
    """The channel data beside the lines of a frame; inverts `attach_channels`."""
    if "channel_rf" in frame:
        samples = frame.variables["channel_rf"].values
    else:
        samples = frame.variables["channel_in_phase"].values.astype(np.complex64)
        samples.imag = frame.variables["channel_quadrature"].values
    return Channels(
        samples,
        *(frame.variables[name].values for name in (*GEOMETRY, *TIMES)),
        frame.attrs["channel_sampling_frequency"],
        frame.attrs.get("demodulation_frequency"),
    )
