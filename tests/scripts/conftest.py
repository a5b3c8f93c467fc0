"""Chunks of small images."""

import pytest

from tests.grey_images import write_grey_images


@pytest.fixture
def write_images(tmp_path):
    """Write a chunk of small images beside a test's other files (`tests.grey_images`)."""
    return lambda file, *rows: write_grey_images(tmp_path / file, *rows)
