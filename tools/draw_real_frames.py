"""Draw docs/images/real_frames.png from two public recordings: -m tools.draw_real_frames DATA."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import yaml

import reconattack as ra
from reconattack.figures.look import figure_style, inches, letter
from reconattack.figures.panels import centimetre_axes, show_bmode
from reconattack.figures.style import TWO_COLUMNS

ROOT = Path(__file__).parents[1]
FILES = {"beef": "EyeRoundOverChuck_5.0MHz_20V.mha", "mouse": "MouseLiverRF.mha"}
# The liver's coefficient; and that at which the mouse's echoes are as strong below as above.
BETA = {"beef": 0.9, "mouse": 0.3}
HEIGHT = 2.6  # inches


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
        centimetre_axes([axes])
        letter(axes, number, rf"{name}, $\beta$ = {BETA[name]:g}")
    return figure


if __name__ == "__main__":
    with figure_style():
        draw(Path(sys.argv[1])).savefig(ROOT / "docs" / "images" / "real_frames.png")
