"""Draw docs/images/real_frames.png and real_picture.png from public recordings.

python -m tools.draw_real_frames DATA, a folder with the files that are named below.
"""

import math
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import SimpleITK
import xarray as xr
import yaml
from matplotlib.axes import Axes

import reconattack as ra
from reconattack.figures.look import figure_style, inches, letter
from reconattack.figures.panels import centimetre_axes, show_bmode
from reconattack.figures.style import INK, LINE, SERIES, THIN, TWO_COLUMNS
from reconattack.frames.find_region import find_region
from reconattack.frames.region import Fan
from reconattack.reconstruction.reconstruction import Reconstruction

ROOT = Path(__file__).parents[1]
FILES = {"beef": "EyeRoundOverChuck_5.0MHz_20V.mha", "mouse": "MouseLiverRF.mha"}
# The liver's coefficient; and that at which the mouse's echoes are as strong below as above.
BETA = {"beef": 0.9, "mouse": 0.3}
HEIGHT = 2.6  # inches

# A recording of PLUS and PLUS's own picture of it. Its settings state the pixel and the geometry.
RECORDING = "plus/BkCurvilinearRfData.igs.mhd"
PICTURE = "plus/BkCurvilinearScanConvertedData.igs.mha"
PIXEL = 0.15e-3  # m
FACE = 300.5, 53.5  # x and y of the middle of the probe's face [pixels]
RADIUS, DEPTH, SPAN = 0.010, 0.050, math.radians(140)
SAMPLES = 1740
PLUS = {
    "probe": "convex",
    "sampling_frequency": 1540 / 2 * (SAMPLES - 1) / DEPTH,
    "center_frequency": 6e6,
    "sound_speed": 1540,
    "reference_level": 0,
    "probe_radius": RADIUS,
    "angle_span": SPAN,
}
STEP = 2  # dB, width of a class of levels
FEWEST = 100  # pixels of a class that is shown


@figure_style()
def draw(data: Path) -> plt.Figure:
    """A panel for each recording, as high as the other, at a coefficient that suits it."""
    scanners = yaml.safe_load((ROOT / "config" / "real.yaml").read_text())["scanners"]
    images = {}
    for name, file in FILES.items():
        known = {key: value for key, value in scanners[name].items() if key != "calibration_frames"}
        frame = ra.read_frame(data / file, ra.scanner(name=name, **known), index=0)
        setting = ra.setting(beta=BETA[name], alpha_lower=10, alpha_upper=55)
        level = ra.reference_level(frame, setting)
        images[name] = ra.reconstruct(frame.assign_attrs(reference_level=level), setting)
    widths = [image.sizes["x"] / image.sizes["z"] for image in images.values()]
    figure, panels = plt.subplots(
        1,
        len(images),
        figsize=inches(TWO_COLUMNS, HEIGHT),
        width_ratios=widths,
        layout="compressed",
    )
    for number, (axes, (name, image)) in enumerate(zip(panels, images.items(), strict=True)):
        show_bmode(axes, image)
        centimetre_axes([axes], image)
        letter(axes, number, rf"{name}, $\beta$ = {BETA[name]:g}")
    return figure


@figure_style()
def draw_picture(data: Path) -> plt.Figure:
    """PLUS's picture with the fan found in it, and its grey levels over the IQ frame's levels."""
    grey = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(data / PICTURE)).squeeze()
    x, y = FACE
    radii = RADIUS / PIXEL, (RADIUS + DEPTH) / PIXEL
    declared = Fan(x, y - radii[0], *radii, -SPAN / 2, SPAN / 2)
    found = find_region(grey).region
    levels = levels_of_recording(data / RECORDING, grey.shape)
    figure, panels = plt.subplots(
        1, 2, figsize=inches(TWO_COLUMNS, HEIGHT), width_ratios=(1.5, 1), layout="constrained"
    )
    _show_fans(panels[0], grey, {"declared": declared, "found in the picture": found})
    letter(panels[0], 0, "picture of PLUS")
    _show_levels(panels[1], levels[np.isfinite(levels)], grey[np.isfinite(levels)])
    letter(panels[1], 1, "the same place in both")
    return figure


def levels_of_recording(path: Path, shape: tuple[int, int]) -> np.ndarray:
    """Level of the echoes of PLUS's recording [dB] at each pixel of its picture; NaN outside."""
    frame = ra.read_frame(path, ra.scanner(name="bk", **PLUS))
    reconstruction = Reconstruction(frame, 2 * shape[0])
    levels = np.full(reconstruction.sector.shape, np.nan)
    levels[reconstruction.sector] = reconstruction.levels(beta=0)
    levels = xr.DataArray(levels, {"z": reconstruction.z, "x": reconstruction.x}, ("z", "x"))
    x, y = (PIXEL * (np.arange(n) + 0.5 - at) for n, at in zip(shape[::-1], FACE, strict=True))
    return levels.interp(z=y, x=x).values


def _show_fans(axes: Axes, grey: np.ndarray, fans: dict[str, Fan]) -> None:
    rows, columns = grey.shape
    axes.imshow(grey, cmap="gray", vmin=0, vmax=255, extent=(0, columns, rows, 0))
    for (name, fan), color, style in zip(fans.items(), SERIES, ("-", (0, (3, 3))), strict=False):
        axes.plot(*_outline(fan), color=color, linestyle=style, linewidth=LINE, label=name)
    axes.set(xlim=(0, columns), ylim=(rows, 0), xlabel="column", ylabel="row")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, borderpad=0)


def _outline(fan: Fan) -> tuple[np.ndarray, np.ndarray]:
    """x and y [pixels] once around a fan."""
    angles = np.linspace(fan.left_angle, fan.right_angle, 200)
    angle = np.concatenate([angles, angles[::-1], angles[:1]])
    radius = np.repeat([fan.face_radius, fan.far_radius, fan.face_radius], [200, 200, 1])
    return fan.apex_x + radius * np.sin(angle), fan.apex_y + radius * np.cos(angle)


def _show_levels(axes: Axes, levels: np.ndarray, grey: np.ndarray) -> None:
    """Median grey level of each class of levels, and the middle 80 % of them."""
    edges = np.arange(np.floor(levels.min()), levels.max() + STEP, STEP)
    place = np.digitize(levels, edges)
    shown = [number for number in np.unique(place) if np.sum(place == number) >= FEWEST]
    middles = edges[np.array(shown) - 1] + STEP / 2
    low, median, high = np.transpose(
        [np.quantile(grey[place == number], (0.1, 0.5, 0.9)) for number in shown]
    )
    axes.fill_between(middles, low, high, color=SERIES[0], alpha=0.3, linewidth=0)
    axes.plot(middles, median, color=INK, linewidth=THIN)
    axes.set(xlabel="level of the IQ frame (dB)", ylabel="grey level of the picture", ylim=(0, 255))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    with figure_style():
        for name, drawn in (("real_frames", draw), ("real_picture", draw_picture)):
            drawn(folder).savefig(ROOT / "docs" / "images" / f"{name}.png")
