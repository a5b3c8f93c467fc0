"""What a new user meets first."""

import os
import subprocess

import pytest


@pytest.fixture
def old_python(tmp_path):
    """A Python that is too old: it fails the check and says which it is."""
    path = tmp_path / "old-python"
    path.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2\nexit 1\n')
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("target", ["reproduce", "test"])
def test_wrong_python_is_refused_before_anything_is_made(checkout, old_python, target):
    ended = make(checkout, target, f"PYTHON={old_python}")
    assert ended.returncode != 0
    assert "3.11, 3.12 or 3.13" in ended.stderr
    assert "Python 3.9.2" in ended.stderr
    assert f"make {target} PYTHON=python3.12" in ended.stderr
    assert not (checkout / ".venv").exists()


def test_make_alone_names_the_targets(checkout):
    lines = make(checkout).stdout
    for target in (
        "environment",
        "reproduce",
        "report",
        "test",
        "lint",
        "lock",
        "bench",
        "peers",
        "validate-simulation",
        "image",
        "sif",
    ):
        assert f"make {target} " in lines


def test_image_without_an_engine_that_answers(checkout, tmp_path):
    """As where Docker's client is installed but nothing serves it."""
    for engine in ("podman", "docker"):
        (tmp_path / engine).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / engine).chmod(0o755)
    ended = make(checkout, "image", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert ended.returncode != 0
    assert "needs podman or docker, and neither responds" in ended.stderr
    assert "make sif" in ended.stderr


def make(folder, *arguments, **variables):
    return subprocess.run(
        ["env", "-u", "MAKEFLAGS", "make", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ | variables,
    )
