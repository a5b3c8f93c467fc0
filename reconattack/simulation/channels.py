"""Channel data of a phantom: what each element of a linear probe receives of plane waves.

The waves are those of PyMUST (`simus`): a sum over frequencies of what each element sends to each
scatterer and receives of it, in two dimensions, with the directivity of the elements, their
bandwidth and attenuation; echoes of echoes are left out (Garcia, Comput. Methods Programs Biomed.
2022;218:106726, 10.1016/j.cmpb.2022.106726).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from reconattack.errors import InputError, OptionalPackage
from reconattack.frames.channel_recording import ChannelRecording
from reconattack.frames.channels import Channels
from reconattack.frames.waves import declared_delays, element_positions
from reconattack.reconstruction.channel_frames import recorded_channel_frame
from reconattack.simulation.patients import random_stream
from reconattack.simulation.phantom import BELOW, BESIDE, Phantom, simulate_phantom

pymust = OptionalPackage("pymust", "channel")

# Every value below is a choice.
BANDWIDTH = 70.0  # %, of an element at -6 dB, there and back
WIDTH_OF_PITCH = 0.9  # share of the pitch that an element fills
NOISE_LEVEL = -20.0  # dB, electronic noise of an element over the rms of its echoes
WEAKEST = -60.0  # dB, frequencies weaker than this are left out
PULSE = 2e-6  # s, longer than half a pulse
LEAST_SAMPLES_PER_PERIOD = 4  # PyMUST's own limit


def simulate_channel_frame(
    name: str, description: Mapping[str, Any], setting: Mapping[str, float]
) -> xr.Dataset:
    """Frame of the phantom called `name`, beamformed at a setting, with its channel data.

    Parameters
    ----------
    name
        Of the phantom (`reconattack.simulation.phantom.simulate_phantom`).
    description
        A linear probe in the configuration's words: `name`, `reference_level`, the facts of a
        scanner, `array` and `scan` with `end_depth`.
    setting
        Values of the beamformer's parameters, and of others, which do not count here.

    Returns
    -------
    xarray.Dataset
        As of `recorded_channel_frame`, with the phantom's label.

    Raises
    ------
    InputError
        If the probe is not linear, or as `simulate_channels` and the beamformer do.
    """
    probe, array = description["probe"], description["array"]
    if probe != "linear":
        raise InputError(
            f"scanners.{description['name']}: probe is {probe}; expected linear: channel data are "
            "simulated of a linear array alone"
        )
    place = element_positions(array["elements"], array["pitch"])
    width = description.get("lateral_span", float(np.ptp(place[0])))
    phantom = simulate_phantom(name, width, description["scan"]["end_depth"])
    delays = declared_delays(array, *place, description["sound_speed"])
    frequencies = (description[key] for key in ("sampling_frequency", "center_frequency"))
    channels = simulate_channels(
        phantom, array["pitch"], delays, *frequencies, description["sound_speed"]
    )
    recording = ChannelRecording(
        [channels.samples],
        element_x=channels.element_x,
        element_z=channels.element_z,
        transmit_delay=channels.transmit_delay,
        start_time=channels.start_time,
    )
    row = {"patient": name, "label": phantom.label}
    return recorded_channel_frame(recording, 0, description, row, setting)


def simulate_channels(
    phantom: Phantom,
    pitch: float,
    delays: np.ndarray,
    sampling_frequency: float,
    center_frequency: float,
    sound_speed: float,
) -> Channels:
    """What the elements of a linear array receive of a phantom.

    Parameters
    ----------
    phantom
        Scatterers, true speed of sound and attenuation.
    pitch
        Distance between the middles of neighbouring elements [m].
    delays
        Time at which each element fires in each transmit [s], 0 or later, shape (transmit,
        element); NaN if it is silent.
    sampling_frequency, center_frequency
        Of the samples, and of the elements [Hz].
    sound_speed
        That the scanner assumes [m/s], which sets how long it listens.

    Returns
    -------
    Channels
        float32 RF from time 0 on. The same arguments give the same bits, if linear algebra runs on
        one thread, as in the jobs of the workflow.

    Raises
    ------
    InputError
        If PyMUST cannot sample at these frequencies, or is not installed.
    """
    ratio = sampling_frequency / center_frequency
    # At another ratio PyMUST's last sample is up to one step off.
    if ratio < LEAST_SAMPLES_PER_PERIOD or abs(ratio - round(ratio)) > 1e-9 * ratio:
        raise InputError(
            f"sampling_frequency is {ratio:g} times center_frequency; expected a whole number of "
            f"times, {LEAST_SAMPLES_PER_PERIOD} or more, of simulated channel data"
        )
    transmits, elements = delays.shape
    element_x, element_z = element_positions(elements, pitch)
    width = np.ptp(element_x) / 2 + phantom.width / 2 + BESIDE
    farthest = np.hypot(BELOW * phantom.depth, width)
    duration = np.nanmax(delays) + 2 * farthest / sound_speed + PULSE
    samples = np.zeros((transmits, elements, int(duration * sampling_frequency)), np.float32)
    array = {
        "fc": center_frequency,
        "fs": sampling_frequency,
        "pitch": pitch,
        "width": WIDTH_OF_PITCH * pitch,
        "Nelements": elements,
        "radius": np.inf,
        "bandwidth": BANDWIDTH,
        "c": phantom.sound_speed,
        "attenuation": phantom.attenuation,
    }
    for received, delay in zip(samples, delays, strict=True):
        echoes = _echoes(phantom, delay, array)[: samples.shape[2]]
        received[:, : len(echoes)] = echoes.T
    random = random_stream(phantom.name, "channel noise")
    noise = np.sqrt(np.mean(samples**2)) * np.float32(10 ** (NOISE_LEVEL / 20))
    samples += noise * random.standard_normal(samples.shape, dtype=np.float32)
    start = np.zeros(transmits)
    return Channels(samples, element_x, element_z, delays, start, sampling_frequency)


def _echoes(phantom: Phantom, delays: np.ndarray, array: Mapping[str, float]) -> np.ndarray:
    """Echoes of one transmit, float32 (time, element); time 0 is that of the delays."""
    param, options = pymust.utils.Param(), pymust.utils.Options()
    param.update(array)
    options.update(dBThresh=WEAKEST)
    echoes, _ = pymust.simus(*phantom.scatterers(), delays[np.newaxis], param, options)
    # PyMUST's echoes are in proportion to its step of frequency, which the phantom's size sets.
    return echoes * np.float32(len(echoes) / array["fs"])
