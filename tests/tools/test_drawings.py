"""The pictures of the docs that a person draws with a tool: the tools still draw them."""

import matplotlib.pyplot as plt
import pytest

from tools import draw_channel_settings, draw_real_frames


def test_settings_of_the_beamformer_are_drawn():
    figure = draw_channel_settings.draw()
    assert len(figure.axes) == len(draw_channel_settings.SETTINGS)
    plt.close(figure)


@pytest.mark.parametrize("drawn", [draw_real_frames.draw, draw_real_frames.draw_picture])
def test_recordings_are_drawn(real_data, drawn):
    figure = drawn(real_data)
    assert all(axes.has_data() for axes in figure.axes)
    plt.close(figure)
