"""The command line: what it prints, and errors without a traceback."""

import pytest
import yaml

from reconattack.__main__ import main
from reconattack.run.proposal import proposal
from tests.places import ROOT


def test_proposal_is_printed_as_lines_of_a_configuration(capsys):
    assert main(["propose", "--depth", "0.04", "--frequency", "12e6", "--beta", "0.5"]) == 0
    printed = capsys.readouterr().out
    default = yaml.safe_load((ROOT / "config.yaml").read_text())
    assert yaml.safe_load(printed) == proposal(default, 12e6, 0.04, 0.5)
    assert "# " in printed and " dB" in printed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["propose", "--depth", "4", "--frequency", "12"], "12 MHz are 1.2e+07 Hz"),
        (["audit", "absent.tsv", "--model", "net.onnx"], "absent.tsv: expected a frame table"),
        (
            ["audit", "absent.tsv", "--model", "net.onnx", "--scaling", "255"],
            "--scaling 255: expected keys with values",
        ),
        (["propose", "--depth", "1", "--frequency", "1", "--checkout", "/"], "--checkout /: found"),
    ],
)
def test_error_is_a_message_and_a_status(capsys, arguments, said):
    assert main(arguments) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"reconattack {arguments[0]}: ")
    assert said in printed.err


def test_help_names_the_commands(capsys):
    assert main([]) == 0
    printed = capsys.readouterr().out
    assert "audit" in printed and "propose" in printed
    with pytest.raises(SystemExit):
        main(["audit", "--help"])
    assert "Nothing is overwritten" in capsys.readouterr().out.replace("\n", " ")
