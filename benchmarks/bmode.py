"""Time a B-mode image beside plain SciPy, and beside the copying of what it reads and writes.

    python -m benchmarks.bmode

A convex frame of noise, 2,048 samples in each of 192 lines, becomes a picture of 512 rows: from its
samples, as the next frame of a scanner that is known, and once more at another setting. Who uses
SciPy computes the places of the pixels once and keeps the envelope, and so does this.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from scipy.ndimage import map_coordinates
from scipy.signal import hilbert

from benchmarks.measuring import OUT, seconds, show_and_keep, spread
from reconattack.frames import build_frame
from reconattack.reconstruction import Reconstruction, attenuation_gain
from reconattack.scan_conversion import image_grid, probe_coordinates
from reconattack.scanners import Scanner

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
INITIAL = (0.9, 10.0, 55.0)
OURS = "reconattack"


class PlainScipy:
    """What one writes who has SciPy: every step by its own function, in double precision."""

    def __init__(self, frame: xr.Dataset, rows: int) -> None:
        places = probe_coordinates(frame, *image_grid(frame, rows))
        axes = frame["depth"].values, frame["angle"].values
        self._places = [
            np.interp(place, axis, np.arange(len(axis)), left=-1, right=-1)
            for place, axis in zip(places, axes, strict=True)
        ]
        self._shown = np.all([place >= 0 for place in self._places], axis=0)
        self._frequency = frame.attrs["center_frequency"] / 1e6
        self._depth = axes[0] * 100
        self._reference_level = frame.attrs["reference_level"]

    def envelope(self, samples: np.ndarray) -> np.ndarray:
        """Amplitude (depth, line) of samples."""
        return np.abs(hilbert(samples, axis=0))

    def bmode(self, envelope: np.ndarray, beta: float, lower: float, upper: float) -> np.ndarray:
        """The picture, uint8 (z, x)."""
        gain = attenuation_gain(beta, self._frequency, self._depth)
        amplitude = map_coordinates(envelope * gain[:, np.newaxis], self._places, order=1)
        level = 20 * np.log10(np.maximum(amplitude, 1e-30)) + self._reference_level
        grey = np.rint(255 * (np.clip(level, lower, upper) - lower) / (upper - lower))
        return np.where(self._shown, grey, 0).astype(np.uint8)


def measure(samples: int, lines: int, rows: int, repeats: int) -> list[dict[str, Any]]:
    """Milliseconds of each way to a picture, and how many times ours that is.

    The ways take turns, after a first one that is not counted.
    """
    frame = noise_frame(samples, lines)
    plain = PlainScipy(frame, rows)
    envelope = plain.envelope(frame["rf"].values)
    reconstruction = Reconstruction(frame, rows)
    picture = reconstruction.bmode(INITIAL)[0]
    betas = iter(np.linspace(0.5, 1.3, 2 * repeats + 2))  # so that nothing is kept from before
    from_rf = {
        OURS: lambda: Reconstruction(frame, rows).bmode(INITIAL),
        "plain SciPy": lambda: plain.bmode(plain.envelope(frame["rf"].values), *INITIAL),
    }
    another_setting = {
        OURS: lambda: reconstruction.bmode([next(betas), *INITIAL[1:]]),
        "plain SciPy": lambda: plain.bmode(envelope, next(betas), *INITIAL[1:]),
        "copying": copying(reconstruction, picture),
    }
    return [
        {
            "picture": " x ".join(map(str, picture.shape)),
            "within one grey level of plain SciPy": agreement(plain, envelope, picture),
            "of the same envelope": agreement(plain, reconstruction.envelope(), picture),
        },
        *compared("from RF", from_rf, repeats),
        *compared("another setting", another_setting, repeats),
    ]


def noise_frame(samples: int, lines: int, scanner: Scanner = SCANNER) -> xr.Dataset:
    """A frame of noise that is attenuated as compensation expects it."""
    noise = np.random.default_rng(0).standard_normal((samples, lines))
    depth = scanner.depth(samples) * 100
    gain = attenuation_gain(INITIAL[0], scanner.center_frequency / 1e6, depth)
    return build_frame(noise / gain[:, np.newaxis], scanner, "none")


def agreement(plain: PlainScipy, envelope: np.ndarray, picture: np.ndarray) -> float:
    """Share of a picture's pixels that plain SciPy draws within one grey level.

    Its Hilbert transform of lines that are not padded carries their loud first samples into the
    faint last ones.
    """
    difference = np.abs(plain.bmode(envelope, *INITIAL).astype(int) - picture)
    return float((difference <= 1).mean())


def copying(reconstruction: Reconstruction, picture: np.ndarray) -> Callable[[], None]:
    """Copy what a new setting has to read of a frame, and the picture that it has to write."""
    amplitudes = reconstruction.amplitudes()
    sources = amplitudes.depth_above, amplitudes.above, amplitudes.below, amplitudes.shown, picture
    targets = [np.empty_like(source) for source in sources]

    def copy() -> None:
        for target, source in zip(targets, sources, strict=True):
            np.copyto(target, source)

    return copy


def compared(
    task: str, ways: dict[str, Callable[[], object]], repeats: int
) -> list[dict[str, Any]]:
    """A row for each way to do a task."""
    turns = [{name: seconds(work) for name, work in ways.items()} for _ in range(repeats + 1)][1:]
    return [
        {
            "task": task,
            "way": name,
            "ms": spread([1e3 * turn[name] for turn in turns]),
            "ratio": spread([turn[name] / turn[OURS] for turn in turns]),
        }
        for name in ways
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the picture that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=2048, help="in a line")
    parser.add_argument("--lines", type=int, default=192)
    parser.add_argument("--rows", type=int, default=512, help="of the picture")
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args(arguments)
    rows = measure(chosen.samples, chosen.lines, chosen.rows, chosen.repeats)
    show_and_keep("bmode", rows, chosen.out)


if __name__ == "__main__":
    main()
