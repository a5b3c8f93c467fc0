"""What is wrong with the texts of a figure: which hide each other, which leave the canvas."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

SLACK = 0.5  # points that boxes may share: letters do not fill them


def text_faults(figure: Figure) -> list[str]:
    """A line for each text that leaves the canvas and each pair of texts that overlap."""
    canvas = FigureCanvasAgg(figure)
    with recorded_texts() as texts:
        canvas.draw()
    renderer = canvas.get_renderer()
    boxes = np.array([text.get_window_extent(renderer).extents for text in texts]).reshape(-1, 4)
    slack = SLACK * figure.dpi / 72
    (width, height), faults = figure.bbox.size, []
    for text, (left, bottom, right, top) in zip(texts, boxes, strict=True):
        if min(left, bottom) < -slack or right > width + slack or top > height + slack:
            faults.append(f"{text.get_text()!r} leaves the canvas")
    for first, second in overlapping(boxes, slack):
        upright = all(texts[one].get_rotation() % 90 == 0 for one in (first, second))
        if upright or share_ink(figure, texts[first], texts[second]):
            faults.append(f"{texts[first].get_text()!r} overlaps {texts[second].get_text()!r}")
    return faults


@contextmanager
def recorded_texts() -> Iterator[list[Text]]:
    """Collect the texts that are really drawn: not those of ticks beyond an axis' end."""
    texts, draw = [], Text.draw

    def record(text, renderer, *arguments, **options):
        if text.get_visible() and text.get_text().strip() and text not in texts:
            texts.append(text)
        return draw(text, renderer, *arguments, **options)

    Text.draw = record
    try:
        yield texts
    finally:
        Text.draw = draw


def overlapping(boxes: np.ndarray, slack: float) -> list[tuple[int, int]]:
    """Pairs of boxes (n, 4) that share more than `slack` pixels both ways."""
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    shared = (high - low > 2 * slack).all(axis=-1)
    return [tuple(pair) for pair in np.argwhere(np.triu(shared, 1))]


def share_ink(figure: Figure, *texts: Text) -> bool:
    """Whether letters of slanting texts touch, whose boxes say nothing."""
    inks = []
    for text in texts:
        renderer = RendererAgg(*map(int, figure.bbox.size), figure.dpi)
        text.draw(renderer)
        ink = np.asarray(renderer.buffer_rgba())[..., 3] > 0
        inks.append(ink | np.roll(ink, 1, 0) | np.roll(ink, 1, 1))
    return bool((inks[0] & inks[1]).any())
