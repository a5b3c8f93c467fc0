"""TensorFlow, set up once for all tests of this folder as a training job sets it up."""

import pytest

from reconattack.classifiers.backends.determinism import make_deterministic


@pytest.fixture(scope="session", autouse=True)
def _deterministic():
    make_deterministic(0, threads=1)
