"""Channel data of a phantom: what each element of a linear probe receives of plane waves.

The waves are those of PyMUST (`simus`): a sum over frequencies of what each element sends to each
scatterer and receives of it, in two dimensions, with the directivity of the elements, their
bandwidth and attenuation; echoes of echoes are left out. Cigier, Varray and Garcia, Comput. Methods
Programs Biomed. 2022;220:106774.
"""

import numpy as np

from reconattack.errors import InputError, OptionalPackage
from reconattack.frames.channels import Channels
from reconattack.frames.scanner import Scanner
from reconattack.simulation.patients import random_stream
from reconattack.simulation.phantom import BELOW, BESIDE, Phantom

pymust = OptionalPackage("pymust", "channels")

# Every value below is a choice.
BANDWIDTH = 70.0  # %, of an element at -6 dB, there and back
WIDTH_OF_PITCH = 0.9  # share of the pitch that an element fills
NOISE_LEVEL = -20.0  # dB, electronic noise of an element over the rms of its echoes
WEAKEST = -60.0  # dB, frequencies weaker than this are left out
PULSE = 2e-6  # s, longer than half a pulse
LEAST_SAMPLES_PER_PERIOD = 4  # PyMUST's own limit


def simulate_channels(
    phantom: Phantom, scanner: Scanner, pitch: float, delays: np.ndarray
) -> Channels:
    """What the elements of a linear array receive of a phantom.

    Parameters
    ----------
    phantom
        Scatterers, true speed of sound and attenuation.
    scanner
        A linear probe, its sampling and centre frequency [Hz].
    pitch
        Distance between the middles of neighbouring elements [m].
    delays
        Time at which each element fires in each transmit [s], 0 or later, shape (transmit,
        element); NaN if it is silent.

    Returns
    -------
    Channels
        float32 RF from time 0 on. The same arguments give the same bits, if linear algebra runs on
        one thread, as in the jobs of the workflow.

    Raises
    ------
    InputError
        If the probe is not linear, its sampling does not suit PyMUST, or PyMUST is not installed.
    """
    _check(scanner)
    transmits, elements = delays.shape
    element_x = pitch * (np.arange(elements) - (elements - 1) / 2)
    width = np.ptp(element_x) / 2 + phantom.width / 2 + BESIDE
    farthest = np.hypot(BELOW * phantom.depth, width)
    duration = np.nanmax(delays) + 2 * farthest / scanner.sound_speed + PULSE
    samples = np.zeros(
        (transmits, elements, int(duration * scanner.sampling_frequency)), np.float32
    )
    for received, delay in zip(samples, delays, strict=True):
        echoes = _echoes(phantom, scanner, pitch, delay)[: samples.shape[2]]
        received[:, : len(echoes)] = echoes.T
    random = random_stream(phantom.name, f"channel noise {scanner.name}")
    noise = np.sqrt(np.mean(samples**2)) * np.float32(10 ** (NOISE_LEVEL / 20))
    samples += noise * random.standard_normal(samples.shape, dtype=np.float32)
    return Channels(
        samples,
        element_x,
        np.zeros(elements),
        delays,
        np.zeros(transmits),
        scanner.sampling_frequency,
    )


def _echoes(phantom: Phantom, scanner: Scanner, pitch: float, delays: np.ndarray) -> np.ndarray:
    """Echoes of one transmit, float32 (time, element); time 0 is that of the delays."""
    array = pymust.utils.Param()
    array.update(
        fc=scanner.center_frequency,
        fs=scanner.sampling_frequency,
        pitch=pitch,
        width=WIDTH_OF_PITCH * pitch,
        Nelements=len(delays),
        radius=np.inf,
        bandwidth=BANDWIDTH,
        c=phantom.sound_speed,
        attenuation=phantom.attenuation,
    )
    options = pymust.utils.Options()
    options.update(dBThresh=WEAKEST)
    echoes, _ = pymust.simus(*phantom.scatterers(), delays[np.newaxis], array, options)
    # PyMUST's echoes are in proportion to its step of frequency, which the phantom's size sets.
    return echoes * np.float32(len(echoes))


def _check(scanner: Scanner) -> None:
    """Raise InputError unless PyMUST can sample as the scanner does."""
    lines = []
    if scanner.probe != "linear":
        lines.append(f"probe is {scanner.probe}; simulated channel data are those of a linear one")
    ratio = scanner.sampling_frequency / scanner.center_frequency
    # At another ratio PyMUST's last sample is up to one step off.
    if ratio < LEAST_SAMPLES_PER_PERIOD or abs(ratio - round(ratio)) > 1e-9 * ratio:
        lines.append(
            f"sampling_frequency is {ratio:g} times center_frequency; expected a whole number of "
            f"times, {LEAST_SAMPLES_PER_PERIOD} or more, of simulated channel data"
        )
    if lines:
        raise InputError("\n".join(f"scanner {scanner.name}: {line}" for line in lines))
