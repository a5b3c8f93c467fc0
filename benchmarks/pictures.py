"""Time an audit of finished pictures, and compare an image of one with that of an RF frame.

    python -m benchmarks.pictures --frames 8

Each RF frame is drawn at the initial setting and stored as a PNG of 600 rows. The PNG is then read,
the scan is found in it, and it is attacked, with the test of which flips are sure at both ends of
the dynamic range. An image at another setting is drawn of the picture and of the RF frame in turns.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import xarray as xr
from PIL import Image

from benchmarks.measuring import (
    OUT,
    configuration,
    processor_seconds,
    readable_frames,
    show_and_keep,
    space_of,
    spread,
)
from reconattack.attacks.run import attack_frames
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.frames.region import region_of_frame
from reconattack.readers.formats import read_image_file
from reconattack.readers.picture_frames import picture_frame
from reconattack.reconstruction.pictures import PictureReconstruction
from reconattack.reconstruction.reconstruction import Reconstruction

IMAGES = 50
MARGIN = 5  # black pixels around the image


def measure(model: Path, frames: Sequence[xr.Dataset], rows: int) -> list[dict[str, Any]]:
    """Seconds a picture, and milliseconds an image of a picture beside one of RF.

    Parameters
    ----------
    model
        The network, `.onnx`.
    frames
        RF frames; the spread is that over them.
    rows
        Height of the pictures in pixels.
    """
    config = configuration()
    initial, cutoff = config["reconstruction"]["initial"], config["run"]["cutoff"]
    attack = config["attacks"]["corners"]
    space = space_of("corners")
    random = np.random.default_rng(0)
    points = random.uniform(space.lower, space.upper, (IMAGES, len(space.names)))
    judge = OnnxClassifier(model, resize=config["reconstruction"]["resize"], threads=1)
    reading, attacking, drawing, drawing_rf = [], [], [], []
    with TemporaryDirectory() as folder:
        for number, frame in enumerate(frames):
            path = Path(folder, f"{number}.png")
            rf = Reconstruction(frame, rows, space.names, initial)
            (image,) = rf.bmode(space.initial)
            Image.fromarray(np.pad(image, MARGIN)).save(path)
            description = _described(frame, rows, config)

            def read(path=path, described=description):
                _, file = read_image_file(path, 1)
                return picture_frame(file, 0, described, {"patient": "p"}, initial, ["beta"])

            reading.append(processor_seconds(read))
            picture = read()
            attacking.append(
                processor_seconds(
                    lambda one=picture: attack_frames(
                        {"a": one}, judge, attack, initial, rows, cutoff, "corners"
                    )
                )
            )
            drawn = PictureReconstruction(picture, space.names, initial)
            for one, times in ((drawn, drawing), (rf, drawing_rf)) * 2:
                times.append(processor_seconds(lambda one=one: one.bmode(points)) / IMAGES)
    ratio = np.divide(drawing, drawing_rf)
    return [
        {"work": "reading, with the search of the scan", "seconds a picture": spread(reading)},
        {"work": "corners, with the test of its flips", "seconds a picture": spread(attacking)},
        {"work": "another setting of a picture", "ms": spread(np.multiply(drawing, 1e3))},
        {
            "work": "another setting of an RF frame",
            "ms": spread(np.multiply(drawing_rf, 1e3)),
            "ratio of picture to RF": spread(ratio),
        },
    ]


def _described(frame: xr.Dataset, rows: int, config: dict[str, Any]) -> dict[str, Any]:
    """What is declared of the pictures of an RF frame, as the configuration has it."""
    initial = config["reconstruction"]["initial"]
    region = region_of_frame(frame, rows)
    pixel = np.diff(Reconstruction(frame, rows).z[:2]).item()
    return {
        "name": "drawn",
        "probe": "convex",
        "probe_radius": frame.attrs["probe_radius"],
        "center_frequency": frame.attrs["center_frequency"],
        "picture": {
            "dynamic_range": initial["alpha_upper"] - initial["alpha_lower"],
            "image_depth": region.height * pixel,
        },
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the frames that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--results", type=Path, default=Path("results"), help="results of a finished run"
    )
    parser.add_argument(
        "--model", type=Path, help="an .onnx file; default: first network of the run"
    )
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--rows", type=int, default=590, help="height of the pictures")
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args(arguments)
    frames = readable_frames(chosen.results / "frames/simulated_rf/50x0000.nc", chosen.frames)
    model = chosen.model or chosen.results / "models/compact/seed-0/fold-0.onnx"
    show_and_keep("pictures", measure(model, frames, chosen.rows), chosen.out)


if __name__ == "__main__":
    main()
