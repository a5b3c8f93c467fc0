"""The given setting lies between its forms, and small parts leave little between them."""

import numpy as np
import pytest

from tests.tools.proof_check.conftest import BOX, WITH_GAIN, part_in, settings_in
from tools.proof_check.enclosure import Part, coordinates
from tools.proof_check.told import told_setting


@pytest.mark.parametrize("box", [BOX, WITH_GAIN], ids=["paper", "gain"])
def test_setting_lies_between_its_forms(box):
    random = np.random.default_rng(2)
    for _ in range(300):
        part = part_in(box, random)
        settings = settings_in(part, random, 200)
        below, above, error = told_setting(part)
        exact = coordinates(settings)
        assert (below @ exact - error[:, np.newaxis] <= settings[:, :3].T).all()
        assert (above @ exact + error[:, np.newaxis] >= settings[:, :3].T).all()


def part(box, size):
    lower, upper = np.array(box.lower), np.array(box.upper)
    place, half = lower + 0.3 * (upper - lower), size * (upper - lower) / 2
    return Part(tuple((place - half).tolist()), tuple((place + half).tolist()))


def test_what_is_left_open_shrinks_with_the_square_of_the_part():
    def widest(size):
        cell = part(BOX, size)
        below, above, _ = told_setting(cell)
        return ((above - below) @ cell.coordinates).max(axis=1)

    np.testing.assert_array_less(widest(0.01), 0.012 * widest(0.1))
    assert widest(0.1).max() < 0.05  # of thresholds that move by 1 dB


def test_forms_without_what_is_left_open_do_not_hold():
    """Nothing is added that the largest parts do not need, within a factor of two."""
    cell = part(WITH_GAIN, 0.5)
    settings = settings_in(cell, np.random.default_rng(1), 20_000)
    below, above, _ = told_setting(cell)
    exact, told = coordinates(settings), settings[:, :3].T
    open_ = ((above - below) @ exact) / 2
    middle = (above + below) @ exact / 2
    assert (np.abs(told - middle).max(axis=1) > open_.max(axis=1) / 2).all()
