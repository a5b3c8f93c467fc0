"""Draw docs/images/channel_settings.png: a simulated phantom at settings of the beamformer.

python -m tools.draw_channel_settings
"""

from pathlib import Path

import matplotlib.pyplot as plt
import yaml
from threadpoolctl import threadpool_limits

from reconattack.figures.look import figure_style, inches, letter
from reconattack.figures.panels import CENTIMETRES, centimetre_axes, show_bmode
from reconattack.figures.style import SERIES, THIN, TWO_COLUMNS
from reconattack.reconstruction.drawing import reconstruct
from reconattack.simulation.channels import simulate_channel_frame
from reconattack.simulation.phantom import simulate_phantom

ROOT = Path(__file__).parents[1]
PHANTOM = "channel-009"
SETTINGS = {
    "initial setting": {},
    "1450 m/s": {"beam_sound_speed": 1450},
    "f-number 3": {"f_number": 3},
    "Hann window": {"receive_window": 1},
    "one transmit": {"transmits": 1},
    "coherence factor": {"coherence": 1},
}
HEIGHT = 1.75  # inches


@figure_style()
def draw() -> plt.Figure:
    """A panel for each setting, with the places of the wires at the sound speed of its delays."""
    config = yaml.safe_load((ROOT / "config" / "channel.yaml").read_text())
    known = config["scanners"]["array"]
    scanner = {"name": "array"} | {key: known[key] for key in known if key != "calibration_frames"}
    initial, rows = config["reconstruction"]["initial"], config["reconstruction"]["rows"]
    frame = simulate_channel_frame(PHANTOM, scanner, initial)
    lateral = frame["lateral"].values
    phantom = simulate_phantom(PHANTOM, lateral[-1] - lateral[0], known["scan"]["end_depth"])
    figure, panels = plt.subplots(
        1, len(SETTINGS), figsize=inches(TWO_COLUMNS, HEIGHT), layout="compressed"
    )
    for number, (axes, (words, moved)) in enumerate(zip(panels, SETTINGS.items(), strict=True)):
        setting = initial | moved
        image = reconstruct(frame, setting, rows)
        show_bmode(axes, image)
        scale = setting["beam_sound_speed"] / phantom.sound_speed
        x, z = CENTIMETRES * phantom.wires.T
        axes.plot(x, scale * z, "+", color=SERIES[0], markersize=3, markeredgewidth=THIN)
        letter(axes, number, words)
    centimetre_axes(panels, image)
    return figure


if __name__ == "__main__":
    with threadpool_limits(1), figure_style():
        draw().savefig(ROOT / "docs" / "images" / "channel_settings.png")
