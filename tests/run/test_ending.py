import logging
import subprocess
import sys

from reconattack.run.ending import SNAKEMAKE, ending
from tests.places import ROOT

PROGRAM = """
import logging, sys
from reconattack.run.ending import if_nothing_is_done
from snakemake.logging import logger

logger.setLevel(logging.INFO)
if_nothing_is_done(lambda: print("the answer"))
logger.info(sys.argv[1])
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
    assert said == "\nOpen in a browser: results/summary.html (in the object storage)"


def printed(message):
    command = [sys.executable, "-c", PROGRAM, message]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def test_answer_is_shown_last_where_nothing_had_to_be_done():
    said = printed("Nothing to be done (all requested files are present and up to date).")
    assert said.splitlines() == ["the end", "the answer"]


def test_answer_is_not_shown_where_something_was():
    assert printed("Finished job 0.").splitlines() == ["the end"]


def test_logger_is_that_of_snakemake():
    from snakemake.logging import logger

    assert logging.getLogger(SNAKEMAKE) is logger
