import numpy as np
import pandas as pd
from PIL import Image

from reconattack.figures import animation
from reconattack.figures.animation import choose_flip, palette, shown_steps, write_gif


def test_long_path_is_thinned_out(monkeypatch):
    assert shown_steps(4) == [0, 1, 2, 3]
    assert shown_steps(1) == [0]
    monkeypatch.setattr(animation, "MAX_PICTURES", 3)
    assert shown_steps(101) == [0, 50, 100]


def test_palette_fits():
    assert len(list(palette())) <= 3 * 64


def test_the_clearest_flip_is_chosen():
    rows = pd.DataFrame(
        {
            "frame": list("abcd"),
            "success": [True, True, True, False],
            "probability_initial": [0.05, 0.3, 0.45, 0.9],
            "probability_final": [0.51, 0.7, 0.95, 0.6],
        }
    )
    assert choose_flip(rows, 0.5)["frame"] == "b"
    assert choose_flip(rows.assign(success=False), 0.5)["frame"] == "c"


def test_steps_of_a_long_path_are_quick_and_its_end_stays(tmp_path):
    pictures = [np.full((4, 4, 3), level, np.uint8) for level in range(0, 240, 8)]
    write_gif(tmp_path / "a.gif", iter(pictures))
    with Image.open(tmp_path / "a.gif") as gif:
        times = [gif.seek(number) or gif.info["duration"] for number in range(gif.n_frames)]
    assert times[0] == 2000
    assert set(times[1:-1]) == {250}
    assert times[-1] == 6000
