import json

import pytest

from reconattack.errors import InputError
from reconattack.run.configuration_files import check_files
from tests.places import ROOT


@pytest.fixture
def traps(tmp_path):
    """Lines about a configuration file with a text."""

    def check(text):
        path = tmp_path / "my.yaml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError) as error:
            check_files([path])
        head, *lines = str(error.value).splitlines()
        assert head == "the configuration cannot be used:"
        return [line.removeprefix(f"{path}, ") for line in lines]

    return check


def test_ready_made_files_have_no_traps(tmp_path):
    check_files([ROOT / "config.yaml", *(ROOT / "config").glob("*.yaml"), tmp_path / "absent.yaml"])


def test_key_that_stands_twice_is_named_with_both_lines(traps):
    assert traps("run: {cutoff: 0.3}\nmodels:\n  a: {of: b}\n  a: {of: c}\nrun: {folds: 3}\n") == [
        "line 5: run stands in line 1 too, and only the last would count; expected one, with all "
        "that both hold",
        "line 4: models.a stands in line 3 too, and only the last would count; expected one, with "
        "all that both hold",
    ]


def test_number_of_another_base_is_told_with_its_value(traps):
    text = "seeds: [010, 8]\ntime: 1:30\nframes:\n  - 007\nmodels: {017: {}}\n"
    octal, sixties, name, key = traps(text)
    assert octal == (
        "line 1: seeds.0: YAML takes 010 for the number 8; write 8, or '010' in quotes if it is a "
        "name"
    )
    assert sixties.startswith("line 2: time: YAML takes 1:30 for the number 90; write 90, or")
    assert name.startswith("line 4: frames.0: YAML takes 007 for the number 7; write 7, or '007'")
    assert key.startswith("line 5: models: YAML takes 017 for the number 15")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a: 0\nb: -1\nc: 0.5\nd: 1_000\ne: 0x10\nf: 08\ng: '010'\nh: 40e6\ni: docker://a:1:30",
        "base: &base {box: [0, 1]}\none: {<<: *base}\nother: *base\n",
        json.dumps({"run": {"cutoff": 0.3, "seeds": [0, 10]}}),
    ],
)
def test_file_without_traps(tmp_path, text):
    path = tmp_path / "my.yaml"
    path.write_text(text)
    check_files([path])


def test_anchor_inside_itself_ends(traps):
    assert len(traps("a: &a\n  b: *a\n  c: 010\n")) == 1
