"""Small networks and pictures to train them."""

from contextlib import contextmanager

import keras
import numpy as np
import pandas as pd
import pytest

SIDE = 32


@pytest.fixture
def seeded():
    """Start over as in a fresh process: seeds set, layer names counted from one."""

    def start(seed=0):
        keras.backend.clear_session()
        keras.utils.set_random_seed(seed)

    start()
    return start


@pytest.fixture
def half_precision():
    """Make networks under a dtype policy of Keras: `with half_precision("mixed_float16"):`."""

    @contextmanager
    def policy(name):
        keras.mixed_precision.set_global_policy(name)
        yield
        keras.mixed_precision.set_global_policy("float32")

    yield policy
    keras.mixed_precision.set_global_policy("float32")


@pytest.fixture(scope="session")
def toy():
    """(images, cases): 48 patients of two scanners; a fatty liver is bright above, dark below."""
    random = np.random.default_rng(6)
    labels = np.arange(48) % 2
    gradient = np.linspace(1, -1, SIDE)[:, np.newaxis] * np.where(labels, 1, -1)[:, None, None]
    images = 128 + 40 * gradient + 40 * random.standard_normal((48, SIDE, SIDE))
    cases = pd.DataFrame(
        {
            "frame": [f"f{number}" for number in range(48)],
            "patient": [f"p{number}" for number in range(48)],
            "label": labels,
            "scanner": np.where(np.arange(48) < 32, "a", "b"),
        }
    )
    return np.clip(images, 0, 255).astype(np.float32), cases
