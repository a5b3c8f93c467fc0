"""Channel data beside a frame's lines: what goes in comes out, and what does not fit is refused."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

from reconattack.errors import InputError
from reconattack.frames.channels import Channels, attach_channels, channels_of, has_channels

TRANSMITS, ELEMENTS, TIMES = 2, 4, 30


def channels(is_iq):
    random = np.random.default_rng(0)
    samples = random.standard_normal((TRANSMITS, ELEMENTS, TIMES)).astype(np.float32)
    delay = random.uniform(0, 1e-6, (TRANSMITS, ELEMENTS))
    delay[1, 0] = np.nan
    return Channels(
        samples * np.complex64(1 + 0.5j) if is_iq else samples,
        element_x=np.arange(ELEMENTS) * 3e-4,
        element_z=np.zeros(ELEMENTS),
        transmit_delay=delay,
        start_time=np.array([0.0, 2e-7]),
        sampling_frequency=20e6,
        demodulation_frequency=5e6 if is_iq else None,
    )


@pytest.mark.parametrize("is_iq", [False, True], ids=["rf", "iq"])
def test_channel_data_come_back_as_they_were_attached(is_iq):
    written = channels(is_iq)
    frame = attach_channels(xr.Dataset(attrs={"patient": "a"}), written)
    assert has_channels(frame)
    assert not has_channels(xr.Dataset())
    read = channels_of(frame)
    for field in dataclasses.fields(Channels):
        found, expected = getattr(read, field.name), getattr(written, field.name)
        np.testing.assert_array_equal(found, expected, err_msg=field.name)
    assert read.samples.dtype == written.samples.dtype
    units = {name: variable.attrs["units"] for name, variable in frame.variables.items()}
    assert (units["element_x"], units["transmit_delay"]) == ("m", "s")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"element_x": np.zeros(3)}, r"element_x has the shape \(3,\); expected \(4,\)"),
        ({"start_time": np.zeros(1)}, r"start_time has the shape \(1,\); expected \(2,\)"),
        (
            {"element_z": np.zeros(3), "transmit_delay": np.zeros((1, 4))},
            r"element_z has(.|\n)*transmit_delay has the shape \(1, 4\); expected \(2, 4\)",
        ),
        ({"demodulation_frequency": 5e6}, "expected a frequency of complex samples alone"),
        (
            {"samples": np.full((TRANSMITS, ELEMENTS, TIMES), np.nan, np.float32)},
            "240 samples are NaN or infinite; expected finite numbers",
        ),
    ],
)
def test_what_does_not_fit_is_refused(changed, message):
    with pytest.raises(InputError, match=message):
        dataclasses.replace(channels(is_iq=False), **changed)
