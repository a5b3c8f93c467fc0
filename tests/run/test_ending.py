import logging
import os
import subprocess
import sys

import pytest

from reconattack.run.ending import SNAKEMAKE, ending
from tests.places import ROOT

PROGRAM = """
import logging, os, sys
from pathlib import Path
from reconattack.run.ending import if_nothing_is_done
from snakemake.logging import logger

logger.setLevel(logging.INFO)
if_nothing_is_done(lambda: Path("answer.txt").read_text())
logger.info(sys.argv[1])
os.chdir("/")  # as Snakemake leaves the folder of the run
print("the end")
"""


def test_answer_and_pages(tmp_path):
    (tmp_path / "answer.txt").write_text("one\ntwo\n")
    said = ending(tmp_path / "answer.txt", ["results/summary.html", "results/explorer.html"])
    assert said.splitlines() == [
        *("", "one", "two", ""),
        "Open in a browser: results/summary.html, results/explorer.html",
    ]


def test_answer_in_object_storage_is_left_out(tmp_path):
    said = ending(tmp_path / "answer.txt", ["results/summary.html"])
    assert said == "\nOpen in a browser: results/summary.html (in the object storage)\n"


@pytest.fixture
def printed(tmp_path):
    """What a program prints that logs a message as Snakemake does."""
    (tmp_path / "answer.txt").write_text("the answer\n")

    def run(message):
        ended = subprocess.run(
            [sys.executable, "-c", PROGRAM, message],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
            text=True,
        )
        return ended.stdout

    return run


def test_answer_is_shown_last_where_nothing_had_to_be_done(printed):
    said = printed("Nothing to be done (all requested files are present and up to date).")
    assert said.splitlines() == ["the end", "the answer"]


def test_answer_is_not_shown_where_something_was(printed):
    assert printed("Finished job 0.").splitlines() == ["the end"]


def test_logger_is_that_of_snakemake():
    from snakemake.logging import logger

    assert logging.getLogger(SNAKEMAKE) is logger
