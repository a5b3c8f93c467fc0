"""Time a B-mode image, and compare it with other libraries and with copying its data.

    python -m benchmarks.bmode

A convex frame of noise in a probe's band, 2,048 samples in each of 192 lines, becomes a picture of
512 rows: once from its samples, as the next frame of a known scanner, and once at another setting.
Every library computes the places of the pixels once and keeps the envelope, as its users would. Its
picture is compared with ours; if it differs, the output says so.
"""

import argparse
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from benchmarks.measuring import OUT, show_and_keep, spread
from benchmarks.peers.plain_scipy import PlainScipy
from benchmarks.peers.process import OwnProcess, Peer, Timed, not_installed, ratios, timed
from benchmarks.peers.pymust import PyMust
from benchmarks.peers.vbeam import Vbeam
from benchmarks.peers.zea import Zea
from reconattack.frames.frame import build_frame
from reconattack.frames.scanner import Scanner
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.reconstruction.steps import attenuation_gain

SCANNER = Scanner(
    name="benchmark",
    reference_level=40.0,
    probe="convex",
    sampling_frequency=10e6,
    center_frequency=2.5e6,
    sound_speed=1540.0,
    probe_radius=0.06,
    angle_span=1.05,
)
BANDWIDTH = 0.6  # at half the amplitude, of the centre frequency
INITIAL = (0.9, 10.0, 55.0)
OURS, COPYING, COPYING_THREE = "reconattack", "copying", "copying three numbers a pixel"
TASKS = {"from RF": "from_rf", "another setting": "another_setting"}
SAME = 0.999  # share of pixels within one grey level
TENSORFLOW, JAX = {"KERAS_BACKEND": "tensorflow"}, {"KERAS_BACKEND": "jax"}
PEERS = {
    "zea, TensorFlow": Peer(("zea",), partial(Zea, compiled=False), TENSORFLOW),
    "zea, TensorFlow compiled": Peer(("zea",), partial(Zea, compiled=True), TENSORFLOW),
    "zea, JAX": Peer(("zea", "jax"), partial(Zea, compiled=False), JAX),
    "zea, JAX compiled": Peer(("zea", "jax"), partial(Zea, compiled=True), JAX),
    "PyMUST": Peer(("pymust",), PyMust),
    "vbeam": Peer(("vbeam", "jax"), Vbeam),
}

Way = Callable[..., Timed]


class Ours:
    """This project's picture, with the methods that every way has."""

    def __init__(self, frame: xr.Dataset, rows: int) -> None:
        self._frame = frame
        self._rows = rows

    def from_rf(self, *setting: float) -> np.ndarray:
        """The picture at beta, lower and upper threshold, uint8 (z, x)."""
        self._reconstruction = Reconstruction(self._frame, self._rows)
        return self.another_setting(*setting)

    def another_setting(self, *setting: float) -> np.ndarray:
        """The picture from what is kept of the frame, uint8 (z, x)."""
        return self._reconstruction.bmode(setting)[0]


class Copying:
    """Copies what a new setting has to read of a frame, and the picture that it has to write.

    With `three` it copies what plain steps read: two amplitudes and a depth of each pixel, and the
    mask of the sector. A goal was set by these.
    """

    def __init__(self, frame: xr.Dataset, rows: int, three: bool = False) -> None:
        reconstruction = Reconstruction(frame, rows)
        amplitudes = reconstruction.amplitudes()
        read = amplitudes.level, amplitudes.place, amplitudes.runs
        if three:
            read = amplitudes.level, amplitudes.place, amplitudes.place.copy(), amplitudes.shown
        self._sources = *read, reconstruction.bmode(INITIAL)[0]
        self._targets = [np.empty_like(source) for source in self._sources]

    def another_setting(self, *setting: float) -> None:
        """Copy, whatever the setting."""
        for target, source in zip(self._targets, self._sources, strict=True):
            np.copyto(target, source)


def measure(samples: int, lines: int, rows: int, repeats: int) -> list[dict[str, Any]]:
    """Milliseconds of each way to a picture, how many times ours that is, and whose picture it is.

    The ways take turns, after a first one that is not timed but compared.
    """
    frame = noise_frame(samples, lines)
    sector = Reconstruction(frame, rows).sector
    absent = {name: text for name, peer in PEERS.items() if (text := not_installed(peer))}
    with ExitStack() as processes:
        ways = {
            OURS: here(Ours(frame, rows)),
            "plain SciPy": here(PlainScipy(frame, rows)),
            "plain SciPy, padded": here(PlainScipy(frame, rows, padded=True)),
        }
        for name, peer in PEERS.items():
            if name not in absent:
                ways[name] = processes.enter_context(OwnProcess(peer, frame, rows)).timed
        betas = np.linspace(0.5, 1.3, repeats + 1).tolist()  # so that nothing is kept from before
        measured = [
            *compared("from RF", ways, [INITIAL] * (repeats + 1), sector),
            *compared(
                "another setting",
                ways
                | {
                    COPYING: here(Copying(frame, rows)),
                    COPYING_THREE: here(Copying(frame, rows, three=True)),
                },
                [(beta, *INITIAL[1:]) for beta in betas],
                sector,
            ),
        ]
    not_measured = [{"way": name, "not installed": text} for name, text in absent.items()]
    return [{"picture": " x ".join(map(str, sector.shape))}, *measured, *not_measured]


def noise_frame(samples: int, lines: int, scanner: Scanner = SCANNER) -> xr.Dataset:
    """A frame of noise in the probe's band that is attenuated as compensation expects it."""
    noise = np.random.default_rng(0).standard_normal((samples, lines))
    frequency = np.fft.rfftfreq(samples, 1 / scanner.sampling_frequency)
    offset = frequency / scanner.center_frequency - 1
    band = 0.5 ** (2 * offset / BANDWIDTH) ** 2
    echoes = np.fft.irfft(np.fft.rfft(noise, axis=0) * band[:, np.newaxis], samples, axis=0)
    depth = scanner.depth(samples) * 100
    gain = attenuation_gain(INITIAL[0], scanner.center_frequency / 1e6, depth)
    return build_frame(echoes / echoes.std() / gain[:, np.newaxis], scanner, "none")


def here(pictures: Any) -> Way:
    """A way of this process: (method, *setting) -> its picture, timed."""
    return lambda method, *setting: timed(getattr(pictures, method), *setting)


def compared(
    task: str, ways: dict[str, Way], settings: Sequence[Sequence[float]], sector: np.ndarray
) -> list[dict[str, Any]]:
    """A row for each way to do a task, a turn of all ways at each setting."""

    def turn(setting: Sequence[float]) -> dict[str, Timed]:
        return {name: way(TASKS[task], *setting) for name, way in ways.items()}

    first = turn(settings[0])
    turns = [  # whose pictures are not kept, as an attack keeps none: their memory is used again
        {name: timing._replace(value=None) for name, timing in turn(setting).items()}
        for setting in settings[1:]
    ]
    return [
        {
            "task": task,
            "way": name,
            "ms": spread([1e3 * timings[name].seconds for timings in turns]),
            "processor ms": spread([1e3 * timings[name].processor_seconds for timings in turns]),
        }
        | ratios([timings[name] for timings in turns], [timings[OURS] for timings in turns])
        | (
            {}
            if name in (OURS, COPYING, COPYING_THREE)
            else agreement(first[name].value, first[OURS].value, sector)
        )
        for name in ways
    ]


def agreement(picture: np.ndarray, ours: np.ndarray, sector: np.ndarray) -> dict[str, Any]:
    """How a picture differs from ours, in the sector and wherever else it is not black."""
    difference = np.abs(picture.astype(int) - ours)[sector | (picture > 0)]
    within = float((difference <= 1).mean())
    return {
        "picture": "the same" if within >= SAME else "another",
        "within one grey level": within,
        "mean difference": float(difference.mean()),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the picture that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=2048, help="samples of a line")
    parser.add_argument("--lines", type=int, default=192)
    parser.add_argument("--rows", type=int, default=512, help="rows of the picture")
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args(arguments)
    rows = measure(chosen.samples, chosen.lines, chosen.rows, chosen.repeats)
    show_and_keep("bmode", rows, chosen.out)


if __name__ == "__main__":
    main()
