import matplotlib.pyplot as plt
import pytest

from reconattack.figures.box import draw_box, is_stepwise

KNOBS = {"beta": {"box": [0.5, 1.3], "rate": 0.05}}
INITIAL = {"beta": 0.9, "alpha_lower": 10.0}


def test_box_is_a_rectangle_with_room_around_it():
    figure, axes = plt.subplots()
    knobs = KNOBS | {"alpha_lower": {"box": [5, 15]}}
    draw_box(axes, knobs, ("beta", "alpha_lower"), INITIAL, margin=0.1)
    (rectangle,) = axes.patches
    assert rectangle.get_bbox().extents.tolist() == [0.5, 5, 1.3, 15]
    assert axes.get_xlim() == pytest.approx((0.42, 1.38))
    assert axes.get_ylim() == pytest.approx((4, 16))
    assert "beta" in axes.get_xlabel()
    plt.close(figure)


def test_parameter_that_is_no_knob_stays_at_its_initial_value():
    figure, axes = plt.subplots()
    draw_box(axes, KNOBS, ("beta", "alpha_lower"), INITIAL, margin=0.1)
    (rectangle,) = axes.patches
    assert rectangle.get_bbox().extents.tolist() == [0.5, 10, 1.3, 10]
    assert axes.get_ylim() == pytest.approx((9.9, 10.1))
    plt.close(figure)


def test_steps_have_a_rate():
    assert is_stepwise(KNOBS)
    assert not is_stepwise({"beta": {"box": [0.5, 1.3]}})
