"""ART and TensorFlow, set up once for all tests of this folder."""

# Before TensorFlow: what ART does to logging closes the handlers that it finds, and with
# TensorFlow's pytest's own stream.
import art  # noqa: F401
import pytest

from reconattack.classifiers.training import make_deterministic


@pytest.fixture(scope="session", autouse=True)
def _deterministic():
    make_deterministic(0, threads=1)
