"""The setting transfer function: RF lines of one scanner or setting, made to look as another's.

Both record a few frames of the same phantom. The ratio of their power spectra, by depth, is a
filter that carries the frames of one to the other (Soylu and Oelze, IEEE TUFFC 2023,
10.1109/TUFFC.2023.3263119, between settings of a scanner; 2024, 10.1109/TUFFC.2024.3384815, between
scanners). As in the second paper, a Wiener filter keeps the ratio from growing where the source
recorded little but noise. The details are choices made here: the filter has no phase, so that every
echo stays at its depth, and it knows frequencies in Hz and depths in m, so that the two may sample
differently. A filter along the lines changes neither the geometry of a probe nor the width of its
beam.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy.fft import fft, fftfreq, ifft

from reconattack.errors import InputError
from reconattack.frames.frame import check_frame, frame_samples

BLOCK = 0.01  # m, over which the spectrum of the lines counts as constant
DYNAMIC_RANGE = 30.0  # dB below the peak of the source's spectrum, at which half is let through
RF_PER_ENVELOPE = 0.5  # amplitude of one side of a real signal's spectrum over that of its envelope


FACTS = ("scanner", "center_frequency", "reference_level", "gain_state")


class Spectra(NamedTuple):
    """Mean power spectra of calibration frames, by depth.

    Attributes
    ----------
    power
        Power density of the complex envelope [1/Hz], float64 (block, frequency).
    depth
        Middle of each block [m], shape (block,).
    frequency
        [Hz], rising evenly, shape (frequency,).
    facts
        The `FACTS` of the scanner: name, centre frequency [Hz], reference level [dB], time gain.
    """

    power: np.ndarray
    depth: np.ndarray
    frequency: np.ndarray
    facts: Mapping[str, str | float]


def measure_spectra(frames: Iterable[tuple[str, xr.Dataset]], block: float = BLOCK) -> Spectra:
    """Mean power spectra of the calibration frames of one scanner at one setting.

    Parameters
    ----------
    frames
        Name and RF or IQ frame of a uniform phantom (`reconattack.frames.frame.build_frame`), all
        of one scanner, with the same number of samples.
    block
        Depth over which a spectrum is measured [m]; blocks overlap by half.

    Raises
    ------
    InputError
        If there is no frame, frames differ, or one carries a time gain of its own.
    """
    total, count, first = 0.0, 0, None
    for name, frame in frames:
        blocks = Blocks.of(frame, block)
        known = _facts(name, frame), blocks
        first = first or known
        if known != first:
            raise InputError(
                f"calibration frame {name} has {_listed(known)}; the first one has "
                f"{_listed(first)}; expected calibration frames of one scanner at one setting"
            )
        spectra = blocks.spectra(frame_samples(frame))[blocks.inside]
        total = total + np.mean(spectra.real**2 + spectra.imag**2, axis=2)
        count += 1
    if first is None:
        raise InputError("no calibration frame could be read; expected frames of a phantom")
    facts, blocks = first
    side = 1.0 if blocks.carrier else RF_PER_ENVELOPE
    # A density: the same for one signal, however it is sampled.
    power = total / count / (blocks.rate * np.sum(blocks.window**2) * side**2)
    frequency = blocks.frequency()
    (order,) = np.nonzero(frequency > 0)
    order = order[np.argsort(frequency[order])]
    return Spectra(power[:, order], blocks.middle[blocks.inside], frequency[order], facts)


def transfer_response(
    source: Spectra,
    target: Spectra,
    depth: np.ndarray,
    frequency: np.ndarray,
    dynamic_range: float = DYNAMIC_RANGE,
) -> np.ndarray:
    """Amplitude response that carries the source's lines to the target, (depth, frequency).

    It is real, float64: sqrt(T S) / (S + N) with the power spectra S of the source and T of the
    target and the noise N = 10^(-dynamic_range / 10) max S of each depth. That is the ratio
    sqrt(T / S) where there is signal. It never exceeds sqrt(T / N) / 2.

    Parameters
    ----------
    source, target
        Their calibration (`measure_spectra`).
    depth
        Depths [m], shape (depth,). Beyond the blocks of a calibration its last one counts.
    frequency
        [Hz], shape (frequency,). Where a calibration knows nothing, the response is 0.
    dynamic_range
        Signal of the source is what lies within it, below the peak of the spectrum [dB].
    """
    from_power, to_power = (_at(spectra, depth, frequency) for spectra in (source, target))
    noise = 10 ** (-dynamic_range / 10) * _at(source, depth, source.frequency).max(axis=1)
    return np.sqrt(to_power * from_power) / (from_power + noise[:, np.newaxis])


def transfer_frame(
    frame: xr.Dataset,
    source: Spectra,
    target: Spectra,
    block: float = BLOCK,
    dynamic_range: float = DYNAMIC_RANGE,
) -> xr.Dataset:
    """A frame of the source, as if the target had recorded it.

    Each line is cut into overlapping blocks, each is filtered by the response at its depth, and
    their sum is the new line.

    Parameters
    ----------
    frame
        RF or IQ frame of the source.
    source, target
        Their calibration (`measure_spectra`).
    block, dynamic_range
        As for `measure_spectra` and `transfer_response`.

    Returns
    -------
    xarray.Dataset
        The frame with filtered samples, and with the target's `scanner`, `center_frequency` and
        `reference_level`; `transferred_from` is the scanner that recorded it. Its geometry stays.

    Raises
    ------
    InputError
        If the frame is not of the source, or it carries a time gain of its own.
    """
    name = f"of patient {frame.attrs.get('patient')}"
    facts = _facts(name, frame)
    if facts != source.facts:
        raise InputError(
            f"the frame {name} has {_listed((facts,))}; the calibration has "
            f"{_listed((source.facts,))}; expected calibration frames of the scanner and the "
            "setting that recorded the frames"
        )
    blocks = Blocks.of(frame, block, padded=2)
    carried = np.abs(blocks.frequency())
    response = transfer_response(source, target, blocks.middle, carried, dynamic_range)
    samples = blocks.joined(blocks.spectra(frame_samples(frame)) * response[:, :, np.newaxis])
    new = frame.copy()
    if "rf" in frame:
        parts = {"rf": samples.real}
    else:
        samples = blocks.demodulated(samples, target.facts["center_frequency"])
        parts = {"in_phase": samples.real, "quadrature": samples.imag}
    for part, values in parts.items():
        new[part] = frame[part].copy(data=values.astype(np.float32))
    new.attrs |= {**target.facts, "transferred_from": facts["scanner"]}
    check_frame(new)
    return new


@dataclass(frozen=True)
class Blocks:
    """Blocks of samples that overlap by half; a Hann window of each, and they sum to the line.

    Attributes
    ----------
    count
        Samples of a line.
    length
        Samples of a block, even.
    padded
        Samples of a block's spectrum over those of the block.
    start, spacing
        Depth of the first sample, and between samples [m].
    rate
        Sampling frequency [Hz].
    carrier
        Frequency by which the samples are demodulated [Hz]; 0 for RF.
    sound_speed
        [m/s].
    """

    count: int
    length: int
    padded: int
    start: float
    spacing: float
    rate: float
    carrier: float
    sound_speed: float

    @classmethod
    def of(cls, frame: xr.Dataset, block: float, padded: int = 1) -> "Blocks":
        """The blocks of a frame; raises InputError if a block [m] does not fit into its depth."""
        depth, facts = frame["depth"].values, frame.attrs
        spacing = float(depth[-1] - depth[0]) / (len(depth) - 1)
        half = round(block / spacing / 2)
        if half < 4 or 2 * half > len(depth):
            raise InputError(
                f"block is {block:g} m, and the frame of patient {facts.get('patient')} has "
                f"{len(depth)} samples, {spacing:.3g} m apart; expected a block of 8 samples at "
                "least, not longer than a line"
            )
        return cls(
            *(len(depth), 2 * half, padded, float(depth[0]), spacing),
            facts["sampling_frequency"],
            0.0 if "rf" in frame else facts["center_frequency"],
            facts["sound_speed"],
        )

    @property
    def half(self) -> int:
        """Samples from a block to the next."""
        return self.length // 2

    @property
    def number(self) -> int:
        """Number of blocks; the first and the last reach beyond the line."""
        return -(-self.count // self.half) + 1

    @property
    def middle(self) -> np.ndarray:
        """Depth of the middle of each block [m], shape (block,)."""
        return self.start + self.spacing * self.half * np.arange(self.number)

    @property
    def inside(self) -> slice:
        """The blocks that lie in the line as a whole."""
        return slice(1, self.count // self.half)

    @property
    def window(self) -> np.ndarray:
        """Weight of each sample of a block, shape (length,)."""
        return np.sin(np.pi * np.arange(self.length) / self.length) ** 2

    def frequency(self) -> np.ndarray:
        """Frequencies of a block's spectrum before demodulation [Hz], in the order of the FFT."""
        return self.carrier + fftfreq(self.padded * self.length, 1 / self.rate)

    def spectra(self, samples: np.ndarray) -> np.ndarray:
        """Spectrum of each block of samples (depth, line), complex (block, frequency, line)."""
        after = self.half * (self.number + 1) - self.half - self.count
        line = np.pad(samples, ((self.half, after), (0, 0)))
        starts = self.half * np.arange(self.number)
        blocks = line[starts[:, np.newaxis] + np.arange(self.length)]
        blocks = blocks * self.window[np.newaxis, :, np.newaxis]
        return fft(blocks, self.padded * self.length, axis=1)

    def joined(self, spectra: np.ndarray) -> np.ndarray:
        """Samples (depth, line), complex, whose filtered blocks have these spectra."""
        # What a filter without phase puts before a block stands at the end of its transform.
        before = (self.padded - 1) * self.half
        blocks = np.roll(ifft(spectra, axis=1), before, axis=1)
        size = blocks.shape[1]
        line = np.zeros((self.half * self.number + size, blocks.shape[2]), complex)
        for number, block in enumerate(blocks):
            line[self.half * number :][:size] += block
        first = self.half + before
        return line[first : first + self.count]

    def demodulated(self, samples: np.ndarray, carrier: float) -> np.ndarray:
        """IQ samples (depth, line), demodulated by another frequency [Hz]."""
        depth = self.start + self.spacing * np.arange(self.count)
        turns = (self.carrier - carrier) * 2 * depth / self.sound_speed
        return samples * np.exp(2j * np.pi * turns)[:, np.newaxis]


def _at(spectra: Spectra, depth: np.ndarray, frequency: np.ndarray) -> np.ndarray:
    """Power at depths and frequencies, (depth, frequency): linear between, 0 beyond a band."""
    of_block = np.stack(
        [np.interp(frequency, spectra.frequency, row, 0, 0) for row in spectra.power]
    )
    place = np.interp(depth, spectra.depth, np.arange(len(spectra.depth)))
    above = np.minimum(place.astype(int), max(len(spectra.depth) - 2, 0))
    below = np.minimum(above + 1, len(spectra.depth) - 1)
    share = (place - above)[:, np.newaxis]
    return (1 - share) * of_block[above] + share * of_block[below]


def _facts(name: str, frame: xr.Dataset) -> dict[str, str | float]:
    """The `FACTS` of a frame; raises InputError if its scanner's time gain is not constant."""
    if "applied_gain" in frame:
        raise InputError(
            f"frame {name} states a time gain of its own (applied_gain), which may differ from "
            "frame to frame; expected frames without one"
        )
    return {fact: frame.attrs[fact] for fact in FACTS}


def _listed(known: tuple) -> str:
    """Facts and blocks of a frame in words."""
    facts, *blocks = known
    words = [f"{name} {value}" for name, value in facts.items()]
    words += [f"{each.count} samples at {each.rate:g} Hz" for each in blocks]
    return ", ".join(words)
