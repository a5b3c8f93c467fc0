"""The record of a grid, and that of the paper's attack on the same frames."""

import numpy as np
import pytest

from reconattack.attacks.path import Path
from reconattack.attacks.record import record
from reconattack.storage import write_dataset

WAY = [np.array([0.9, 10.0, 55.0]), np.array([0.7, 10.0, 60.0])]


def fatty(beta, lower, upper):
    """Flips where beta is 0.7 or less, and there only at an alpha_upper of 60."""
    return 10 * (beta - 0.75) + (55 - upper)


FRAMES = {
    "few": (1, lambda beta, lower, upper: fatty(beta, lower, upper) + 6),
    "many": (1, lambda beta, lower, upper: 2 * (beta - 0.8)),
    "normal": (0, lambda beta, lower, upper: -1.0 + (upper - 55) * (lower - 10) / 10),
    "wrong": (0, lambda beta, lower, upper: 1.0),
    "unreadable": (0, None),
}


@pytest.fixture
def grid_file(judged_grid):
    path = judged_grid("grid.nc", **FRAMES)
    return {"model": "m", "seed": "0", "fold": "1", "attack": "grid", "path": path}


@pytest.fixture
def zoo(tmp_path):
    """The paper's attack flips `many`, and `few` not."""
    ways = [
        Path(1, WAY, [1.0, -1.0], [0.1] * 2, [np.ones(3)], "flipped"),
        Path(1, WAY[:1], [1.0], [0.1], [np.zeros(3)], "flat"),
        Path(0, WAY[:1], [1.0], [1.3], [], "wrong_at_start"),
    ]
    names = ("beta", "alpha_lower", "alpha_upper")
    write_dataset(
        tmp_path / "zoo.nc", record(ways, ["many", "few", "wrong"], names, np.array([8, 7, 1])), {}
    )
    return str(tmp_path / "zoo.nc")
