import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from reconattack.attacks.path import Path
from reconattack.attacks.record import record
from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import build_frame
from reconattack.storage import write_dataset
from scripts.figures.animation import animation

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
NAMES = ("beta", "alpha_lower", "alpha_upper")
KNOBS = {
    "beta": {"box": [0.5, 1.3]},
    "alpha_lower": {"box": [5, 15]},
    "alpha_upper": {"box": [50, 60]},
}
COUNT = 5
WAY = [np.array([0.9 + 0.05 * n, 10 + 0.5 * n, 55 - 0.5 * n]) for n in range(COUNT)]
LOGITS = [2.0, 1.5, 1.0, 0.5, -0.5]


@pytest.fixture
def run(tmp_path, convex_scanner):
    """Animate the attack on `b`; `a` is judged by another fold, `c` was flipped by a search."""
    samples = np.random.default_rng(3).standard_normal((3, 300, 24))
    frames = {
        name: build_frame(of_frame, convex_scanner, f"patient {name}", 1, 12.5)
        for name, of_frame in zip("abc", samples, strict=True)
    }
    write_chunk(tmp_path / "chunk.nc", frames, {})
    flipped = Path(1, WAY, LOGITS, [0.1] * COUNT, [np.ones(3)] * (COUNT - 1), "flipped")
    files = []
    for fold in "01":
        file = {"model": "m", "seed": "0", "fold": fold, "attack": "zoo"}
        files.append(file | {"path": str(tmp_path / f"{fold}.nc")})
    pd.DataFrame(
        {
            **{"model": "m", "seed": 0, "fold": [0, 1, 0], "attack": ["zoo", "zoo", "corners"]},
            **{"frame": list("abc"), "success": [False, True, True], "queries": [29, 29, 2]},
            **{"probability_initial": 0.9, "probability_final": 0.4},
        }
    ).to_csv(tmp_path / "attacks.csv", index=False)

    def animate(simulated=True, label=1):
        for name, file in zip("ab", files, strict=True):
            found = record([flipped], [name], NAMES, np.array([29]))
            write_dataset(file["path"], found.assign(label=("frame", [label])), {})
        table, gif = tmp_path / "attack.csv", tmp_path / "attack.gif"
        chunks, classes = [str(tmp_path / "chunk.nc")], ("normal", "fatty")
        how = ({"zoo": KNOBS}, INITIAL, 48, 0.5, classes, simulated, str(table), str(gif))
        animation(str(tmp_path / "attacks.csv"), files, chunks, *how)
        return pd.read_csv(table), gif

    return animate


@pytest.fixture
def figures(monkeypatch):
    """The figures of the pictures, in their order."""
    closed, close = [], plt.close
    monkeypatch.setattr(plt, "close", closed.append)
    yield closed
    for figure in closed:
        close(figure)


def test_every_step_has_a_row(run):
    table, _ = run()
    assert set(table["frame"]) == {"b"}
    np.testing.assert_allclose(table[list(NAMES)], WAY)
    assert table["predicted"].tolist() == [1, 1, 1, 1, 0]
    assert table["shown"].all()


def test_a_picture_of_each_step_and_the_last_one_stays(run):
    _, path = run()
    with Image.open(path) as gif:
        assert gif.n_frames == COUNT
        assert gif.size == (900, 425)
        assert gif.info["loop"] == 0
        times = [gif.seek(number) or gif.info["duration"] for number in range(COUNT)]
    assert times == [2000, 1000, 1000, 1000, 6000]


def test_words_follow_the_decision(run, figures):
    run()
    said = [[text.get_text() for text in figure.texts] for figure in figures]
    assert said[0][:2] == ["b, fatty, 12.5 % fat; zoo on m", "step 0 of 4: called fatty"]
    assert said[-1][1] == "step 4 of 4: called normal, a missed disease"
    assert all("simulated data" in texts for texts in said)


def test_flip_without_a_label_is_no_mistake(run, figures):
    run(label=-1)
    said = [[text.get_text() for text in figure.texts] for figure in figures]
    assert said[-1][1] == "step 4 of 4: called normal, a change of own decision"


def test_sliders_stand_at_the_setting_of_the_step(run, figures):
    run(simulated=False)
    sliders = figures[2].axes[1]
    dots = [line for line in sliders.lines if line.get_marker() == "o"]
    shares = [float(dot.get_xdata()[0]) for dot in dots]
    assert shares == pytest.approx([(1.0 - 0.5) / 0.8, 0.6, 0.4])
    assert sliders.get_yticklabels()[0].get_text().startswith(r"$\beta$")
    curve = figures[2].axes[2].lines[1]
    assert len(curve.get_xdata()) == 3
    assert not [text for text in figures[2].texts if text.get_text() == "simulated data"]


def test_same_bits_twice(run):
    first = run()[1].read_bytes()
    assert run()[1].read_bytes() == first
