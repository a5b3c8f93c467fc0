"""Small images of distinct grey levels."""

import numpy as np
import pytest


@pytest.fixture
def image():
    """12 rows, 16 columns, every pixel another grey level."""
    return np.random.default_rng(2).permutation(192).reshape(12, 16).astype(np.uint8)


@pytest.fixture
def images():
    """Three of them."""
    return np.random.default_rng(3).integers(0, 256, (3, 12, 16)).astype(np.uint8)
