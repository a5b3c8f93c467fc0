import matplotlib.pyplot as plt
import pandas as pd
import pytest

from reconattack.evidence.agreement_of_numbers import agreement_points
from reconattack.figures.bland_altman import draw_bland_altman
from tests.evidence.test_agreement_of_numbers import FRAMES, attacks


@pytest.fixture
def points():
    return agreement_points(attacks(), pd.Series(list("aabbc"), FRAMES))


def lines(axes, label):
    return [line for line in axes.lines if line.get_label() == label]


def test_panels_show_points_bias_limits_and_threshold(points):
    (figure,) = draw_bland_altman(points, {"m": 15.0})
    initial, zoo, corners = figure.axes
    assert initial.get_xlabel() == "mean of model and truth (mm)"
    assert zoo.get_ylabel() == "attacked \N{MINUS SIGN} initial (mm)"
    (flipped,), (kept,) = (lines(zoo, f"after the attack, {one}") for one in ("flipped", "kept"))
    assert list(flipped.get_ydata()) == [4, 4]
    assert list(kept.get_ydata()) == [1, 1]
    (bias,) = lines(zoo, "mean difference")
    assert set(bias.get_ydata()) == {2.5}
    assert len(lines(corners, "95 % limits of agreement")) == 2
    (threshold,) = lines(corners, "threshold")
    assert set(threshold.get_xdata()) == {15}
    plt.close(figure)


def test_without_a_threshold_there_is_no_line(points):
    (figure,) = draw_bland_altman(points, {})
    assert not any(lines(axes, "threshold") for axes in figure.axes)
    plt.close(figure)


def test_a_unit_of_one_is_not_written(points):
    (figure,) = draw_bland_altman(points.assign(unit="1"), {})
    assert figure.axes[1].get_xlabel() == "mean of attacked and initial"
    plt.close(figure)
