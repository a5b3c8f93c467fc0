"""Names and texts of configuration and frame table that lead paths, a shell or pages astray."""

import copy
import csv

import pytest
import yaml

from reconattack.errors import InputError
from reconattack.frames.table import read_frame_table
from reconattack.run.configuration import check_configuration
from tests.places import ROOT

SCHEMAS = ROOT / "schemas"
DEFAULT = yaml.safe_load((ROOT / "config.yaml").read_text())
HOSTILE = [
    *("../x", "/abs", "a/b", "a\\b", "..", ".", "-rf", "", "~", "$(x)", "a b", "{wildcard}", "a*"),
    *("a\n", "a\nb", "a\0", "a\x1b[2J", "<script>", '"', "é"),
]
DIGEST = "@sha256:" + "0123456789abcdef" * 4


def errors_of(config):
    with pytest.raises(InputError) as error:
        check_configuration(config, SCHEMAS / "config.schema.yaml")
    head, *lines = str(error.value).split("\n")
    assert head == "the configuration cannot be used:"
    return lines


@pytest.mark.parametrize("section", ["cohorts", "scanners", "models", "attacks"])
def test_name_that_is_no_name_is_refused_under_its_key(section):
    names = HOSTILE
    defined = next(iter(DEFAULT[section].values()))
    lines = errors_of(DEFAULT | {section: DEFAULT[section] | dict.fromkeys(names, defined)})
    for line, name in zip(lines, names, strict=True):
        assert line.startswith(f"  {section}: {name!r} cannot be a name; expected letters")


def test_key_that_is_no_text_is_an_unknown_key():
    lines = errors_of(DEFAULT | {"run": DEFAULT["run"] | dict.fromkeys((1, None, "<b>"), 1)})
    assert sorted(line.split(";")[0] for line in lines) == [
        f"  run.{key}: unknown key" for key in (1, "<b>", None)
    ]


@pytest.mark.parametrize("key", ["image_cohorts", "models", "attacks"])
def test_selected_name_has_to_be_a_defined_one(key):
    lines = errors_of(DEFAULT | {"run": DEFAULT["run"] | {key: HOSTILE}})
    for line, name in zip(lines, HOSTILE, strict=True):
        assert line.startswith(f"  run.{key}: {name!r} is not defined under ")


def test_calibration_frame_that_is_no_name():
    config = copy.deepcopy(DEFAULT)
    scanner = next(iter(config["scanners"]))
    config["scanners"][scanner]["calibration_frames"] = HOSTILE
    for line, name in zip(errors_of(config), HOSTILE, strict=True):
        assert line.startswith(f"  scanners.{scanner}.calibration_frames.")
        assert f": {name!r} does not match " in line


@pytest.mark.parametrize("column", ["frame", "patient", "scanner"])
def test_name_in_a_frame_table_is_refused_under_its_column(tmp_path, column):
    row = {"frame": "f", "patient": "p", "path": "f.mha", "scanner": "s"}
    for name in HOSTILE:
        (line,) = errors_of_table(tmp_path, row | {column: name})
        assert f"row 2, column {column}: found {repr(name) if name else 'an empty cell'}; " in line


@pytest.mark.parametrize("end", ["\0", "\n", "\r", "\x1b[2J", "\x7f"], ids=repr)
@pytest.mark.parametrize("column", ["path", "liver_mask", "variable"])
def test_control_characters_have_no_place_in_a_frame_table(tmp_path, column, end):
    row = {"frame": "f", "patient": "p", "path": "f.mha", "scanner": "s"}
    line, *_ = errors_of_table(tmp_path, row | {column: f"x{end}"})
    assert f"row 2, column {column}: found {f'x{end}'!r}; expected " in line
    assert "without control characters" in line


def errors_of_table(folder, row):
    (folder / "f.mha").touch()
    with open(folder / "frames.tsv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t").writerows([row.keys(), row.values()])
    with pytest.raises(InputError) as error:
        read_frame_table(folder / "frames.tsv", SCHEMAS / "frames.schema.json")
    return str(error.value).split("\n")


@pytest.mark.parametrize(
    "word",
    [
        *("", " fatty", "fatty\n", "fatty\n\n.. raw:: html\n\n   <script>alert(1)</script>"),
        *("<script>", "a & b", "`x`__", "x_", "*x*", "|x|", "$x", "{{ x }}", "https://x", 'on"x'),
    ],
)
def test_word_for_a_class_is_no_markup(word):
    """It stands in figures, in the explorer and, as reStructuredText, in the report."""
    (line,) = errors_of(DEFAULT | {"run": DEFAULT["run"] | {"classes": ["normal", word]}})
    assert line.startswith(f"  run.classes.1: {word!r} does not match ")


@pytest.mark.parametrize(
    "word", ["fatty", "a word, or two (of them)", "BI-RADS 4/5", "fête", "正常"]
)
def test_word_for_a_class_may_be_of_any_language(word):
    config = DEFAULT | {"run": DEFAULT["run"] | {"classes": ["normal", word]}}
    check_configuration(config, SCHEMAS / "config.schema.yaml")


@pytest.mark.parametrize(
    "image",
    [
        *(
            "",
            "x y.sif",
            "-x.sif",
            "x.sif;id",
            "$(id).sif",
            "`id`",
            "x.sif\n",
            "x.sif|id",
            "~/x.sif",
        ),
        *(f"docker://a.org/b;id{DIGEST}", f"docker://a.org/b;touch${{IFS}}x{DIGEST}"),
    ],
)
def test_image_cannot_end_in_a_command(image):
    """Snakemake gives it to a shell as it is."""
    (line,) = errors_of(DEFAULT | {"container": {"image": image}})
    assert line.startswith(f"  container.image: {image!r} does not match ")


def test_no_text_is_markup():
    """Snakemake puts the params of a figure into its report as they are."""
    config = copy.deepcopy(DEFAULT)
    text = "</script><script>alert(1)</script>"
    config["attacks"]["zoo"]["parameters"]["beta"]["source"] = text
    config["models"]["brought"] = {"source": "a>b.onnx"}
    assert errors_of(config) == [
        "  models.brought.source: found 'a>b.onnx'; expected a text without < and >",
        f"  attacks.zoo.parameters.beta.source: found {text!r}; expected a text without < and >",
    ]
