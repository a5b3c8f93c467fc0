"""Lines around the clipped, rounded grey level."""

import numpy as np
import pytest

from reconattack.attacks.proof.pixels import lines

ERROR = 1e-3
RANGES = [
    *((-40.0, 300.0), (-40.0, 100.0), (100.0, 300.0), (-0.6, 20.0), (-0.5001, 3.0)),
    *((-300.0, 0.7), (250.0, 255.6), (254.2, 400.0), (-0.4995, 255.6), (-1e-9, 0.51)),
]


@pytest.mark.parametrize(("lowest", "highest"), RANGES)
def test_no_computed_grey_level_crosses_its_lines(lowest, highest):
    (low_slope, low_at), (high_slope, high_at) = lines(
        np.array([lowest]), np.array([highest]), ERROR
    )
    halves = np.arange(-1, 257) + 0.5
    grey = np.concatenate([np.linspace(lowest, highest, 5001), halves, halves - ERROR])
    grey = np.concatenate([grey, halves + ERROR, [lowest, highest]])
    grey = grey[(grey >= lowest) & (grey <= highest)]
    for moved in (-ERROR, 0, ERROR):
        for tie in (-1e-12, 1e-12):  # a half is rounded to the even number: either way
            computed = np.clip(np.rint(grey + moved + tie), 0, 255)
            assert (computed >= low_slope * grey + low_at - 1e-9).all()
            assert (computed <= high_slope * grey + high_at + 1e-9).all()


def test_lines_touch_the_most_that_rounding_does():
    """Lines that ignored rounding or its error would be crossed: the lines are tight."""
    (_, _), (slope, at) = lines(np.array([-40.0]), np.array([100.4]), ERROR)
    assert slope * 100.4 + at == pytest.approx(100.9 + ERROR)
    assert slope * -40 + at == pytest.approx(0)
