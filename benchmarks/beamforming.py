"""Time the lines of a frame with channel data beside PyMUST's own call on the same arrays.

    python -m benchmarks.beamforming

The frame has 128 elements, 11 plane waves, and 1,024 depths on 192 lines, and is filled with noise.
PyMUST is called once for each wave and for a few lines at a time, because its matrix of all lines
would need gigabytes. A query that leaves the beamformer alone is compared with that of an RF frame
of the same lines, in turns. It needs no finished run.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pymust
from pymust.utils import Param

from benchmarks.measuring import OUT, processor_seconds, show_and_keep, space_of, spread
from reconattack.frames.channels import Channels
from reconattack.frames.frame import build_frame, frame_samples
from reconattack.frames.scanner import Scanner
from reconattack.reconstruction.beamforming import Beamformer, beamformed, memory
from reconattack.reconstruction.reconstruction import Reconstruction

ELEMENTS, WAVES, DEPTHS, LINES = 128, 11, 1024, 192
SPEED, CENTER, SAMPLING, PITCH = 1540.0, 5e6, 20e6, 0.3e-3
STEEPEST = 0.2  # rad
QUERIES = 200
LINES_AT_ONCE = 4  # of PyMUST: the number at which it is fastest


def noise_channels(elements: int, waves: int, times: int) -> Channels:
    """Channel data of noise from plane waves of a linear array."""
    x = (np.arange(elements) - (elements - 1) / 2) * PITCH
    delay = np.stack([x * np.sin(a) / SPEED for a in np.linspace(-STEEPEST, STEEPEST, waves)])
    samples = np.random.default_rng(0).standard_normal((waves, elements, times), np.float32)
    delay -= delay.min(axis=1, keepdims=True)
    return Channels(samples, x, 0 * x, delay, np.zeros(waves), SAMPLING)


def measure(channels: Channels, depths: int, lines: int, rows: int, repeats: int) -> list[dict]:
    """Seconds of lines, and milliseconds of a query; a ratio is our time over the other's.

    Parameters
    ----------
    channels
        What each element received.
    depths, lines
        Size of the frame.
    rows
        Height of an image in pixels.
    repeats
        Turns.
    """
    waves, elements, times = channels.samples.shape
    span = float(np.ptp(channels.element_x))
    scanner = Scanner(
        **{"name": "noise", "reference_level": 0.0, "probe": "linear", "lateral_span": span},
        **{"sampling_frequency": SAMPLING, "center_frequency": CENTER, "sound_speed": SPEED},
        start_depth=1e-3,
    )
    depth, places = scanner.depth(depths), scanner.lines(lines)["lateral"]
    made = Beamformer(channels, depth, places, None, SPEED, CENTER)
    speeds = SPEED - 10.0 * np.arange(1, repeats + 1)
    own, librarys, apertures = [], [], []
    for speed in speeds.tolist():
        own.append(processor_seconds(lambda c=speed: made.lines(c)))
        apertures.append(processor_seconds(lambda c=speed: made.lines(c, 1.5, 0.5)))
        librarys.append(
            processor_seconds(lambda c=speed: library_lines(channels, depth, places, c))
        )
    expected, found = library_lines(channels, depth, places, speed), made.lines(speed)
    frame = beamformed(channels, scanner, depth, places, {}, "noise")
    plain = build_frame(frame_samples(frame), scanner, "noise", depth=depth, lines=places)
    query = of_queries(Reconstruction(frame, rows), Reconstruction(plain, rows), repeats)
    gigabytes = memory(elements, depths * lines, waves, times, iq=False) / 1e9
    return [
        {
            "work": "lines at another sound speed",
            "s": spread(own),
            "PyMUST alone, s": spread(librarys),
            "ratio to PyMUST": spread(np.divide(own, librarys)),
            "largest difference over the largest sample": float(
                np.abs(found - expected).max() / np.abs(expected).max()
            ),
            "memory, estimated, GB": gigabytes,
        },
        {"work": "lines at another f-number and window", "s": spread(apertures)},
        query,
    ]


def library_lines(
    channels: Channels, depth: np.ndarray, lines: np.ndarray, speed: float
) -> np.ndarray:
    """The sum of PyMUST's own call for each wave, (depth, line)."""
    result = np.zeros((len(depth), len(lines)))
    for first in range(0, len(lines), LINES_AT_ONCE):
        x, z = np.meshgrid(lines[first : first + LINES_AT_ONCE], depth)
        for samples, delay in zip(channels.samples, channels.transmit_delay, strict=True):
            param = Param()
            param.update(fs=SAMPLING, c=speed, pitch=PITCH, Nelements=len(delay), fnumber=0)
            size = np.array(samples.T.shape)
            matrix = pymust.dasmtx(size, x.ravel(), z.ravel(), delay, param)
            summed = matrix @ samples.ravel()
            result[:, first : first + LINES_AT_ONCE] += summed.reshape(x.shape)
    return result


def of_queries(of_channels: Reconstruction, of_rf: Reconstruction, repeats: int) -> dict[str, Any]:
    """Images at other settings of the paper's parameters, of the same lines in turns."""
    space = space_of("corners")
    random = np.random.default_rng(0)
    times: dict[str, list[float]] = {"channels": [], "rf": []}
    for _ in range(5 * repeats + 1):  # the first to warm up
        points = random.uniform(space.lower, space.upper, (QUERIES, len(space.names)))
        for name, one in (("channels", of_channels), ("rf", of_rf)):
            seconds = processor_seconds(lambda one=one, points=points: one.bmode(points))
            times[name].append(seconds / QUERIES * 1e3)
    return {
        "work": "a query that leaves the beamformer alone",
        "ms": spread(times["channels"][1:]),
        "ratio to an RF frame": spread(np.divide(times["channels"], times["rf"])[1:]),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure a frame of the size that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--elements", type=int, default=ELEMENTS)
    parser.add_argument("--waves", type=int, default=WAVES)
    parser.add_argument("--depths", type=int, default=DEPTHS)
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--rows", type=int, default=400, help="height of an image")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args(arguments)
    channels = noise_channels(chosen.elements, chosen.waves, 2 * chosen.depths)
    rows = measure(channels, chosen.depths, chosen.lines, chosen.rows, chosen.repeats)
    show_and_keep("beamforming", rows, chosen.out)


if __name__ == "__main__":
    main()
