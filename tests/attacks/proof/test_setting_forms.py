"""The told setting lies between its forms, and small cells leave little between them."""

import numpy as np
import pytest

from reconattack.attacks.proof.cell import Cell, coordinates
from reconattack.attacks.proof.setting_forms import setting_forms
from tests.attacks.proof.conftest import BOX, WITH_GAIN


def settings_in(cell, count=2000):
    random = np.random.default_rng(2)
    return np.concatenate([cell.corners, random.uniform(cell.lower, cell.upper, (count, 4))])


def part(box, size):
    """A cell around a place in a box, `size` times as wide."""
    lower, upper = np.array(box.lower), np.array(box.upper)
    place, half = lower + 0.3 * (upper - lower), size * (upper - lower) / 2
    return Cell(tuple((place - half).tolist()), tuple((place + half).tolist()))


@pytest.mark.parametrize("size", [0.5, 0.1, 0.01])
@pytest.mark.parametrize("box", [BOX, WITH_GAIN])
def test_setting_lies_between_its_forms(box, size):
    cell = part(box, size)
    settings = settings_in(cell)
    below, above = (forms @ coordinates(settings) for forms in setting_forms(cell))
    assert (below <= settings[:, :3].T).all()
    assert (above >= settings[:, :3].T).all()


def test_what_is_left_open_shrinks_with_the_square_of_the_cell():
    def widest(size):
        cell = part(BOX, size)
        below, above = setting_forms(cell)
        return np.ptp([below[:, 3], above[:, 3]], axis=0)

    np.testing.assert_array_less(widest(0.01), 0.012 * widest(0.1))
    assert widest(0.1).max() < 0.05  # of thresholds that move by 1 dB
