"""What judges mutants: the same tests again and again, on the code as it stands each time."""

import subprocess
import sys

import pytest

from tests.places import ROOT

TOOL = ROOT / "tools" / "forked_tests.py"
TEST = """
import planted

def test_planted():
    assert planted.number() == 3
"""


@pytest.fixture
def ask(tmp_path):
    """Write the code that is tested, then ask whether its test passes."""
    (tmp_path / "test_planted.py").write_text(TEST)
    (tmp_path / "planted.py").write_text("def number(): return 3")
    with subprocess.Popen(
        [sys.executable, "-B", TOOL, "test_planted.py"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def asked(code, limit=60):
            (tmp_path / "planted.py").write_text(code)
            print(limit, file=process.stdin, flush=True)
            return process.stdout.readline().strip()

        yield asked
        process.stdin.close()


def test_every_answer_is_of_the_code_as_it_stands(ask):
    assert ask("def number(): return 3") == "survived"
    assert ask("def number(): return 4") == "killed"
    assert ask("def number(): return +") == "killed"
    assert ask("def number(): return 3") == "survived"


def test_code_that_never_ends_is_ended(ask):
    assert ask("def number():\n    while True: pass", limit=3) == "timeout"
    assert ask("def number(): return 3") == "survived"
